/* SPDX-License-Identifier: Apache-2.0
 *
 * Which packets of one stream are missing, and when to ask for them (again). It knows sequence numbers and
 * times only; the RTCP is written by the publisher. Fixed memory.
 *
 * Thread: [media].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CrNackList CrNackList;

/* Most packets that are missing at one time. At 2.5 Mbit/s this is about two seconds of video: whoever lost
 * more is better served by a keyframe. */
#define CR_NACK_MAX_PENDING 512

/* Reordering in a network is mostly within this. */
#define CR_NACK_REORDER_US (10 * 1000)
#define CR_NACK_MAX_TRIES  10
/* Viewers have given up by then. */
#define CR_NACK_MAX_AGE_US (1000 * 1000)

CrNackList *cr_nack_list_new (void);
void cr_nack_list_free (CrNackList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrNackList, cr_nack_list_free)

/* `first` to `end` - 1, extended sequence numbers above all that were added before, are missing. Returns how
 * many packets, of these or older, were given up to stay within CR_NACK_MAX_PENDING. */
guint64 cr_nack_list_add_gap (CrNackList *list, guint64 first, guint64 end, gint64 now_us);

typedef enum {
  CR_NACK_NOT_PENDING,
  CR_NACK_REORDERED, /* came before it was asked for */
  CR_NACK_ANSWERED
} CrNackOutcome;

/* `seq` arrived after all. */
CrNackOutcome cr_nack_list_arrived (CrNackList *list, guint64 seq, gint64 now_us);

/* Writes at most `max` sequence numbers that are due, in ascending order, into `seqs`, and counts them as
 * asked for at `now_us`. `*given_up` grows by those that were too old or asked for too often. */
guint cr_nack_list_collect (CrNackList *list, gint64 now_us, guint16 *seqs, guint max, guint *given_up);

/* When cr_nack_list_collect() has something to do next; G_MAXINT64 when nothing is missing. */
gint64 cr_nack_list_due_us (const CrNackList *list);

guint cr_nack_list_get_n_pending (const CrNackList *list);

/* Forgets everything. */
void cr_nack_list_clear (CrNackList *list);

G_END_DECLS
