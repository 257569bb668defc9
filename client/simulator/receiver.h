/* SPDX-License-Identifier: Apache-2.0
 *
 * What a browser does with the packets of one session short of decoding them: resends are put in their place,
 * gaps are asked for, reports and transport-wide feedback go back, a missing keyframe is requested. And it
 * measures: loss after recovery, the first decodable picture, delay.
 *
 * Thread: one; time is a parameter.
 */
#pragma once

#include "offer.h"

G_BEGIN_DECLS

/* How often cr_receiver_tick() is to be called. */
#define CR_RECEIVER_TICK_US (20 * 1000)

typedef struct CrReceiver CrReceiver;

/* Plain RTCP, at most CR_RTCP_MAX_BYTES. */
typedef void (*CrReceiverSendFunc) (const guint8 *compound, gsize length_bytes, gpointer data);

/* A packet in its place, resends unwrapped, in the order of arrival; for decoding. `index` of the line. */
typedef void (*CrReceiverMediaFunc) (const CrAnswerLine *line, const guint8 *packet, gsize length_bytes,
                                     gint64 arrival_us, gpointer data);

/* Takes `answer`. `media` may be NULL. `seed` makes the SSRC and the CNAME. */
CrReceiver *cr_receiver_new (CrAnswer *answer, guint32 seed, gint64 now_us, CrReceiverSendFunc send,
                             CrReceiverMediaFunc media, gpointer data);
void cr_receiver_free (CrReceiver *receiver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrReceiver, cr_receiver_free)

void cr_receiver_take_rtp (CrReceiver *receiver, const guint8 *packet, gsize length_bytes, gint64 arrival_us);
void cr_receiver_take_rtcp (CrReceiver *receiver, const guint8 *packet, gsize length_bytes,
                            gint64 arrival_us);
void cr_receiver_tick (CrReceiver *receiver, gint64 now_us);

/* Counts since the beginning, of all lines. */
typedef struct {
  guint64 packets, bytes; /* media, each once */
  guint64 expected;       /* that have had their time to come */
  guint64 lost;           /* and did not, even when asked for */
  guint64 recovered;      /* came after they were asked for */
  guint64 duplicates, unmatched;
  guint64 nacks, plis;
  guint64 keyframes;
  guint64 sender_reports[CR_OFFER_MAX_LINES]; /* by line of the answer */
  guint freezes; /* more than a second without a packet of a line that was flowing */
  gint64 first_packet_us, first_keyframe_us; /* monotonic; 0: not yet */
  /* The last abs-send-time against our clock: above the least seen in the session. Milliseconds, 99th
   * percentile and median of the last thousand packets; -1 when the relay sends none. */
  gdouble delay_p50_ms, delay_p99_ms;
} CrReceiverStats;

void cr_receiver_get_stats (CrReceiver *receiver, CrReceiverStats *stats);

/* Monotonic time of the last packet of any kind. */
gint64 cr_receiver_get_last_us (CrReceiver *receiver);

G_END_DECLS
