/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 5 of the path, the entry of one stream (one SSRC): which packets are new, which are missing, and what
 * a receiver report says of them. Packets go on at once, in whatever order they come. It sees sequence
 * numbers, timestamps and times, never the bytes.
 *
 * Thread: [media].
 */
#pragma once

#include "rtc/capture-time.h"
#include "rtc/nack.h"

G_BEGIN_DECLS

typedef struct CrIngress CrIngress;

/* A jump forward beyond this is a new beginning, not a loss (MAX_DROPOUT of RFC 3550 appendix A.1). */
#define CR_INGRESS_MAX_DROPOUT 3000
/* How far back a packet is told from its duplicate: CR_NACK_MAX_AGE_US of 1,000 packets/s. */
#define CR_INGRESS_WINDOW 1024

typedef enum {
  CR_INGRESS_NEW,       /* forward it; it is the newest, or an older one that was missing */
  CR_INGRESS_RESTARTED, /* forward it as the first of a new stream: the sender began anew */
  CR_INGRESS_DUPLICATE,
  CR_INGRESS_TOO_OLD /* further back than CR_INGRESS_WINDOW, or a retransmission of nothing we know */
} CrIngressVerdict;

typedef struct {
  guint64 packets;    /* new ones, however they came */
  guint64 lost;       /* missing when later ones came, and not merely late */
  guint64 recovered;  /* of these: came after they were asked for */
  guint64 given_up;   /* of these: no longer asked for */
  guint64 duplicates; /* and those that were too old */
} CrIngressStats;

/* RFC 3550 section 6.4.1. */
typedef struct {
  guint8 fraction_lost;
  gint32 cumulative_lost;
  guint32 extended_highest_seq;
  guint32 jitter_rtp;
  guint32 lsr;
  guint32 dlsr;
} CrIngressReport;

/* `with_nack`: remember what is missing so that it can be asked for. */
CrIngress *cr_ingress_new (guint32 ssrc, guint clock_rate, gboolean with_nack);
void cr_ingress_free (CrIngress *ingress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrIngress, cr_ingress_free)

guint32 cr_ingress_get_ssrc (const CrIngress *ingress);

/* A packet of the stream arrived; `retransmitted`: unwrapped from RTX, so that it says nothing of loss and
 * jitter of the path and cannot restart the stream. */
CrIngressVerdict cr_ingress_receive (CrIngress *ingress, guint16 seq, guint32 timestamp_rtp,
                                     gint64 arrival_us, gboolean retransmitted);

/* Sequence numbers to ask for now; see cr_nack_list_collect(). */
guint cr_ingress_collect_nacks (CrIngress *ingress, gint64 now_us, guint16 *seqs, guint max);
gint64 cr_ingress_nack_due_us (const CrIngress *ingress);

/* TRUE once after packets were given up: only a keyframe helps now. */
gboolean cr_ingress_take_given_up (CrIngress *ingress);

/* A sender report arrived: for LSR and DLSR. `ntp` as in the report. */
void cr_ingress_sender_report (CrIngress *ingress, guint64 ntp, gint64 arrival_us);

/* The next report block; the fraction is of the time since the last call (RFC 3550 appendix A.3). */
void cr_ingress_make_report (CrIngress *ingress, gint64 now_us, CrIngressReport *report);

const CrIngressStats *cr_ingress_get_stats (const CrIngress *ingress);

G_END_DECLS
