/* SPDX-License-Identifier: Apache-2.0
 *
 * How often a lost packet is sent again: at most three times and a round trip apart, and all resends of a
 * viewer together at most a fifth of what it got first. A viewer that asks for everything costs no more.
 *
 * Thread: [media]; memory is fixed.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_RESEND_MAX_TIMES   3
#define CR_RESEND_MEDIA_PARTS 5 /* one byte of five */

/* Per packet; one for each m-line. */
typedef struct CrResendTable CrResendTable;
CrResendTable *cr_resend_table_new (guint n_entries); /* a power of two */
void cr_resend_table_free (CrResendTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrResendTable, cr_resend_table_free)

/* May the packet with this outgoing index be sent again now? TRUE counts it. */
gboolean cr_resend_table_pass (CrResendTable *table, guint64 out_index, gint64 now_us, guint rtt_us);

/* Per viewer; zero-initialised. `media_bytes` is all that was sent for the first time so far. */
typedef struct {
  guint64 media_bytes_seen;
  guint64 spent_bytes;
  guint64 earned_bytes;
} CrResendBudget;

/* TRUE when `bytes` may be resent, and takes them. */
gboolean cr_resend_budget_take (CrResendBudget *budget, guint64 media_bytes, gsize bytes);

G_END_DECLS
