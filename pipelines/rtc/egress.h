/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 8 of the path: one m-line of one viewer. Whatever sources and layers come and go behind it, the
 * decoder in front of it sees one stream: one SSRC, sequence numbers without gaps of our making, time stamps
 * and VP8 picture ids that go on. A mapping says how a stretch of a source stream became outgoing packets;
 * the last few are kept, so that a NACK is answered with the very packet that was lost, also from before a
 * switch.
 *
 *   source seq    ... 812 813 814 |           (another stream) 7002 7003 ...
 *   mapping       +delta           |  lead     +delta'
 *   outgoing      ... 100 101 102 | 103        104  105 ...
 *
 * Thread: [media]. The struct is open to its users in this folder; they write only what has no function here.
 */
#pragma once

#include "rtc/bandwidth.h"
#include "rtc/pacer.h"
#include "rtc/peer.h"
#include "rtc/resend.h"
#include "rtc/sdp.h"
#include "rtc/stream.h"

G_BEGIN_DECLS

/* Where packets go: a peer, or a test. */
typedef struct {
  gboolean (*send_rtp) (CrPeer *peer, const CrSrtpParts *parts);
  gboolean (*send_rtcp) (CrPeer *peer, const guint8 *compound, gsize length_bytes);
  /* Takes back what has been sent of an SSRC and has not left yet; NULL: whatever is sent has left. */
  void (*discard_rtp) (CrPeer *peer, guint32 ssrc);
} CrEgressSink;

/* Of all viewers of a fan-out, one cache line that stays hot. */
typedef struct {
  guint64 forwarded, resent, dropped;
} CrEgressTotals;

/* What the m-lines of one viewer share. */
typedef struct {
  const CrEgressSink *sink;
  CrPeer *peer;
  CrEgressTotals *totals;
  CrBandwidth *bandwidth; /* NULL when no m-line has transport-wide sequence numbers */
  guint16 twcc_seq;       /* of the last packet sent */
  guint rtt_us;           /* 0: not known */
  gint64 now_us;          /* of this turn */
  guint64 packets, bytes, resent;
  CrResendBudget resend_budget;
} CrEgressPort;

typedef enum {
  CR_REWRITE_NOTHING,
  CR_REWRITE_VP8,        /* PictureID and TL0PICIDX continue */
  CR_REWRITE_RED,        /* the viewer's payload type for Opus in the block headers */
  CR_REWRITE_RED_PRIMARY /* plain Opus out of RED */
} CrRewrite;

/* One stretch of one source stream. What every packet needs comes first. */
typedef struct {
  CrStream *stream;  /* referenced; NULL: nothing yet */
  guint64 first_seq; /* source packets before it are not forwarded */
  guint64 delta;     /* outgoing index = source sequence number + delta (modulo 2^64) */
  guint32 head_rtp;  /* source time stamps from here on map one to one ... */
  guint32 head_out_rtp;
  guint8 shift; /* ... and those before are pressed together by 2^shift */
  guint8 rewrite;
  guint8 codec; /* as sent */
  guint8 payload_type;
  guint8 tl0picidx_delta;
  guint16 picture_id_delta;

  guint64 first_out; /* of the lead, if there is one */
  guint64 last_out;  /* of a mapping that has ended */
  GBytes *lead;      /* parameter sets sent before the first packet, at its time; NULL */
  guint32 first_rtp; /* source time of `first_seq` and the lead */
  gint64 ended_us;
} CrEgressMap;

/* Teacher replaced, layers up and down within a NACK's reach: a handful. */
#define CR_EGRESS_OLD_MAPS 8

#define CR_EGRESS_LIVE G_MAXUINT64

/* Fixed header, block header, MID, abs-send-time, transport-wide number, rounded up to words. */
#define CR_EGRESS_MAX_HEADER_BYTES (12 + 4 + 28)

typedef struct {
  /* Touched for every packet, two cache lines up to the map's cold part. */
  guint64 cursor; /* source packets from here on come later, from the history; CR_EGRESS_LIVE */
  CrEgressPort *port;
  guint64 highest_out;
  guint8 header[CR_EGRESS_MAX_HEADER_BYTES]; /* the template; its variable fields are written in place */
  guint8 header_bytes;
  guint8 abs_send_time_at; /* offsets of the values in `header`; 0: not negotiated */
  guint8 twcc_at;
  CrEgressMap map;

  /* Of the packet with the highest outgoing index. */
  guint32 last_out_rtp;
  guint32 last_picture_id;
  guint8 last_tl0picidx;
  gboolean has_sent;
  gint64 last_capture_ns;
  gint64 last_arrival_us;
  gboolean last_is_estimated; /* that capture time */
  guint32 packets, octets;    /* as a sender report counts: modulo 2^32 */

  /* Off the path. */
  CrSlot slot;
  const CrMediaLine *line;
  CrPacer pacer;
  gboolean codec_missing;
  gboolean waiting; /* for a keyframe */
  guint64 rtx_index;
  CrResendTable *resend_table; /* made with the first resend */
  CrEgressMap old_maps[CR_EGRESS_OLD_MAPS];
  guint next_old_map;
  /* The last mapping that a sender report stood behind: `anchor_rtp` was sent for what was captured at
   * `anchor_ns`. */
  gboolean has_anchor;
  gint64 anchor_ns;
  guint32 anchor_rtp;
  gdouble loss_fraction;
  guint jitter_us;
} CrEgress;

/* `line` outlives the egress. `first_index` is the first outgoing sequence number: random, below 2^15 (RFC
 * 3711 section 3.3.1); `first_rtp` the first time stamp. */
void cr_egress_init (CrEgress *egress, const CrMediaLine *line, CrEgressPort *port, guint64 first_index,
                     guint32 first_rtp);
void cr_egress_clear (CrEgress *egress);

/* Has the viewer negotiated what the codec needs? */
gboolean cr_egress_can_play (const CrEgress *egress, CrCodec codec);

/* From now on packets of `stream`, `first` the first of them; `shift` presses the time stamps of the backlog
 * together. Sends nothing yet. The codec must be one that the viewer can play. */
void cr_egress_begin (CrEgress *egress, CrStream *stream, const CrHistoryPacket *first, guint shift);

/* Sends what the mapping puts before its first packet, if anything. */
void cr_egress_send_lead (CrEgress *egress);

/* Sends one packet of the mapping's stream for the first time. */
void cr_egress_forward (CrEgress *egress, const CrHistoryPacket *packet);

/* Sends from the history what the pacer allows; TRUE when the viewer has caught up. */
gboolean cr_egress_catch_up (CrEgress *egress);

/* Answers a NACK for one outgoing sequence number, within the limits of resend.h. */
void cr_egress_resend (CrEgress *egress, guint16 out_seq);

/* The outgoing time stamp that corresponds to `ntp_ns` (since 1900). FALSE before anything was sent. */
gboolean cr_egress_time_at (const CrEgress *egress, gint64 ntp_ns, guint32 *out_rtp);

/* Sends nothing more, new or old, before the next cr_egress_begin(): no NACK is answered, no backlog goes on.
 * Whatever comes then continues the one stream that the decoder sees. */
void cr_egress_stop (CrEgress *egress);

/* Lets go of mappings that no NACK can reach any more. */
void cr_egress_sweep (CrEgress *egress);

G_END_DECLS
