/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of a whole lesson: a real CrLessonPipeline on a real worker, and guests that publish to it and
 * view it over loopback, each a light peer that says what it likes and remembers what it got. Descriptions
 * are negotiated as the daemon would.
 */
#pragma once

#include "lesson-pipeline.h"
#include "light-peer.h"
#include "offer.h"

#define CR_GUEST_PATIENCE_US (30 * G_USEC_PER_SEC)

/* A guest's camera: a hundred small pictures a second, so that little time shows much. */
#define CR_GUEST_FRAME_US  10000
#define CR_GUEST_FRAME_RTP 900

/* The m-lines of every guest, in the order of its offer. */
enum { CR_GUEST_VOICE, CR_GUEST_CAMERA, CR_GUEST_SCREEN };

/* With so many workers at most. */
#define CR_GUEST_MAX_WORKERS 3

typedef struct {
  CrWorker *worker; /* the lesson's: the first of `workers` */
  CrWorker *workers[CR_GUEST_MAX_WORKERS];
  guint n_workers;
  guint n_placed; /* viewers: they go to one worker after another, the second first */
  CrLightLoop *loop;
  CrDtlsIdentity *relay, *guest;
  CrCodec video_codec;      /* the lesson's only one: VP8, unless set before anybody joins */
  CrLessonPipeline *lesson; /* may be ended, and NULL, before the tear-down */
  GPtrArray *facts;         /* "connected v1", "closed p1 2", "camera 1", as the lesson told them */
} CrGuestLesson;

/* One packet as a viewer got it. */
typedef struct {
  guint line;
  CrSlot slot;
  gint64 at_us;
  gboolean resent; /* by RTX; `seq` is then the original one */
  guint32 ssrc;
  guint16 seq;
  guint32 rtp;
  gboolean marker;
  gboolean starts_keyframe;
  guint picture_id; /* of VP8 */
  gsize bytes;      /* of the payload */
  guint32 mark;     /* the publisher's number of the packet, voice apart */
} CrGuestPacket;

typedef struct CrGuest CrGuest;
struct CrGuest {
  CrGuestLesson *l;
  gchar id[16];
  CrLightPeer *light;
  gboolean connected, closed;
  CrLightEnd end;

  /* viewer */
  CrAnswer *answer;
  CrSlot slots[CR_OFFER_MAX_LINES]; /* by line */
  GArray *packets;                  /* CrGuestPacket */
  /* For media that guests have not made: gets each video packet that is no resend, whole, and it is then not
   * read as one of theirs. */
  void (*on_video) (CrGuest *guest, CrSlot slot, const guint8 *data, gsize length_bytes, gpointer user);
  gpointer on_video_data;
  guint n_reports; /* sender reports */

  /* publisher; may be set before the first packet */
  guint32 video_ssrc, voice_ssrc;
  guint64 video_index, voice_index; /* of the next packet; the lower 16 bits go on the wire */
  guint32 video_rtp, voice_rtp;
  guint picture_id_bits;
  guint16 picture_id;
  guint32 next_mark, next_voice_mark;
  guint payload_bytes;
  gint64 clock_off_us; /* its wall clock against the true one */
  guint n_plis, n_nacks;
  guint n_plis_high; /* of these */

  /* a classroom's larger encoding */
  guint32 high_ssrc;
  guint64 high_index;
  guint32 high_rtp;
  guint16 high_picture_id;
};

/* `data`: how many workers, GUINT_TO_POINTER(); NULL: one. */
void cr_guest_lesson_set_up (CrGuestLesson *l, gconstpointer data);
void cr_guest_lesson_tear_down (CrGuestLesson *l, gconstpointer data);
guint cr_guest_lesson_count (CrGuestLesson *l, const gchar *fact);

/* Both are answered and begin to connect. `loop` NULL: the lesson's. Who may see the wall is on the lesson's
 * worker, as publishers are. */
CrGuest *cr_guest_view (CrGuestLesson *l, const gchar *id, CrLightTransport transport, CrLightLoop *loop);
CrGuest *cr_guest_publish (CrGuestLesson *l, const gchar *id, CrSource source);

/* A viewer of camera, floor, floor2 and wall, and of the voices of teacher and floors; `owner` as in
 * lesson-pipeline.h. */
CrGuest *cr_guest_view_class (CrGuestLesson *l, const gchar *id, const gchar *owner, gboolean sees_wall);

/* A classroom's camera (RIDs `l` and `h`) and microphone. Nothing but what is asked for is sent. */
CrGuest *cr_guest_publish_classroom (CrGuestLesson *l, const gchar *id, const gchar *owner);

/* A viewer that somebody else connects, or never does: of the remote username fragment "half". `local` is
 * what the relay answers it. */
void cr_guest_lesson_add_stranger (CrGuestLesson *l, const gchar *id, CrIceCredentials *local);

/* Forgets the guest as if its machine had lost power. */
void cr_guest_free (CrGuest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrGuest, cr_guest_free)

/* One picture of the camera, and voice for as long where it is due. */
void cr_guest_send_frame (CrGuest *guest, gboolean keyframe, guint n_packets);
/* One picture alone, one of the larger encoding, 20 ms of voice. */
void cr_guest_send_picture (CrGuest *guest, gboolean keyframe, guint n_packets);
void cr_guest_send_high (CrGuest *guest, gboolean keyframe, guint n_packets);
void cr_guest_send_voice (CrGuest *guest);
void cr_guest_send_sender_reports (CrGuest *guest);

/* Any packet of a publisher, sealed. `index` as in CrSrtpParts. */
void cr_guest_send_packet (CrGuest *guest, guint8 payload_type, guint32 ssrc, guint64 index, gsize bytes);

/* The line on which a viewer receives a slot. */
guint cr_guest_line_of (const CrGuest *guest, CrSlot slot);

void cr_guest_nack (CrGuest *guest, guint line, guint16 seq, guint16 more);
void cr_guest_pli (CrGuest *guest, guint line);

/* Lets `n_frames` pictures of each publisher pass in their time, and waits for the last packet of the first
 * one at `viewer`. */
void cr_guest_play (CrGuest *const *publishers, guint n_publishers, guint n_frames, CrGuest *viewer);

/* Everything of `line` from the packet `from` (of all that the guest got) on: one SSRC, no gap in sequence
 * numbers, timestamps and PictureIDs that go on. Resends are passed over. Returns how many there were. */
guint cr_guest_assert_continuous (const CrGuest *guest, guint line, guint from);

/* The newest packet of `line` that is no resend; NULL: none. */
const CrGuestPacket *cr_guest_last (const CrGuest *guest, guint line);

/* Waits until the relay has received every datagram that guests have sent, so that no storm is lost in a
 * socket's buffer and with it what is counted. */
void cr_guest_lesson_settle (CrGuestLesson *l);

/* The process's memory, and that it has not grown by more; under a sanitizer, whose memory grows by itself,
 * nothing is asserted. */
gsize cr_guest_resident_bytes (void);
void cr_guest_assert_grown_less (gsize before_bytes, gsize allowed_bytes);

#define CR_GUEST_WAIT_FOR(condition)                                                                         \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    gint64 until_us = g_get_monotonic_time () + CR_GUEST_PATIENCE_US;                                        \
    while (!(condition)) {                                                                                   \
      g_assert_cmpint (g_get_monotonic_time (), <, until_us);                                                \
      if (!g_main_context_iteration (NULL, FALSE))                                                           \
        g_usleep (500);                                                                                      \
    }                                                                                                        \
  }                                                                                                          \
  G_STMT_END
