/* SPDX-License-Identifier: Apache-2.0
 *
 * Transport-wide feedback to a publisher (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1):
 * arrival times of transport sequence numbers are remembered and turned into feedback packets. Memory is
 * fixed, whatever arrives. The other direction, feedback from viewers, is read in bandwidth.c.
 *
 * Thread: [media].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CrTwcc CrTwcc;

/* Sequence numbers remembered: more than 50 ms of 30,000 packets/s. */
#define CR_TWCC_WINDOW 2048

/* Often enough for a sender's estimator to follow a queue, 20 small packets a second. */
#define CR_TWCC_INTERVAL_US (50 * 1000)

CrTwcc *cr_twcc_new (void);
void cr_twcc_free (CrTwcc *twcc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTwcc, cr_twcc_free)

/* A packet with this transport-wide sequence number arrived. Duplicates keep the first time; one that comes
 * after later ones were reported is reported with the next feedback, together with those after it. */
void cr_twcc_arrived (CrTwcc *twcc, guint16 seq, gint64 arrival_us);

/* Is there something to report? */
gboolean cr_twcc_is_pending (const CrTwcc *twcc);

/* Writes the feedback control information of one feedback packet, what follows the media source SSRC, a
 * multiple of 4 and at most `capacity_bytes` (at least 64) long. Returns its bytes, 0 when nothing is
 * pending. Call until it returns 0: one packet may not hold everything. */
gsize cr_twcc_build (CrTwcc *twcc, guint8 *fci, gsize capacity_bytes);

G_END_DECLS
