/* SPDX-License-Identifier: Apache-2.0
 *
 * The state that publisher.c (packets in) and publisher-feedback.c (reports and requests back) share. Nobody
 * else includes it.
 */
#pragma once

#include "rtc/capture-time.h"
#include "rtc/ingress.h"
#include "rtc/keyframe.h"
#include "rtc/publisher.h"
#include "rtc/stream-match.h"
#include "rtc/twcc.h"

G_BEGIN_DECLS

#define CR_CNAME_BYTES 24 /* 96 random bits as hexadecimal digits, RFC 7022 section 4.2 */

typedef struct {
  const CrMediaLine *line;
  CrIngress *ingress; /* NULL: no packet yet */
  CrStreamInfo info;
  CrCaptureTime capture;
  gint64 started_us; /* when on_stream_started was called last */
  gint64 last_packet_us;
  gboolean ended;            /* BYE, and nothing since */
  guint other_payload_types; /* packets in a row of this SSRC with another one than `info` has */

  CrKeyframeGate gate;
  guint8 fir_seq;
} CrPublisherStream;

struct CrPublisher {
  CrPeer *peer;
  CrWorker *worker;
  CrNegotiation *negotiation;
  const CrPublisherHandler *handler;
  gpointer data;

  CrStreamMatch match;
  CrPublisherStream streams[CR_PUBLISHER_MAX_STREAMS];
  CrCaptureClock capture_clock;
  gint64 wall_ahead_us; /* our wall clock less the monotonic one, read once so that it never steps */
  GstCaps *ntp_caps, *estimated_caps;

  gboolean away;
  gint64 last_media_us; /* when connected, if there was none yet */

  CrPublisherStats stats;
  guint64 retired_lost, retired_recovered; /* of ingresses that were replaced */
  gint64 rate_since_us;
  guint64 rate_bytes;

  CrTimer timer; /* armed while connected */
  CrTwcc *twcc;  /* NULL: not agreed */
  guint32 own_ssrc;
  gchar cname[CR_CNAME_BYTES + 1];
  gint64 report_due_us;
  gint64 twcc_due_us;
  gint64 twcc_sent_us;
  guint32 last_media_ssrc; /* what transport-wide feedback names */
};

/* Feedback begins: the peer is connected. */
void cr_publisher_feedback_start (CrPublisher *publisher, gint64 now_us);
void cr_publisher_feedback_stop (CrPublisher *publisher);

/* A packet with a transport-wide sequence number arrived. */
void cr_publisher_feedback_note_twcc (CrPublisher *publisher, guint16 seq, gint64 arrival_us);

/* Wakes for feedback not later than `due_us`. */
void cr_publisher_feedback_wake (CrPublisher *publisher, gint64 due_us);

/* Asks for a keyframe, or remembers to. */
void cr_publisher_feedback_request_keyframe (CrPublisher *publisher, CrPublisherStream *stream,
                                             gint64 now_us);

/* Nothing has come for too long, or something came again. */
void cr_publisher_set_away (CrPublisher *publisher, gboolean away);

G_END_DECLS
