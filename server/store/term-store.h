/* SPDX-License-Identifier: Apache-2.0
 *
 * Terms with their holidays and make-up days, bell schedules with their periods, and busy times, as the
 * database holds them.
 *
 * Thread: that of the job.
 */
#pragma once

#include "schedule/places.h"
#include "store/page.h"

G_BEGIN_DECLS

/* All terms, latest first: CrTerm. There are two a year, so no pages. */
gboolean cr_term_store_list (CrStoreTx *tx, GPtrArray **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrTerm *cr_term_store_get (CrStoreTx *tx, const gchar *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes term->id when NULL, and the version; days included. CONFLICT: name. */
gboolean cr_term_store_insert (CrStoreTx *tx, CrTerm *term, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All fields and days, where term->version is the present one, which is counted up. */
gboolean cr_term_store_update (CrStoreTx *tx, CrTerm *term, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* IN_USE while it has courses. */
gboolean cr_term_store_remove (CrStoreTx *tx, const gchar *id, guint version,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* By school and first date: CrBellSchedule. `school_id` NULL: of all. */
gboolean cr_bell_store_list (CrStoreTx *tx, const gchar *school_id, const CrPage *page, GPtrArray **out,
                             gchar **next_cursor, GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrBellSchedule *cr_bell_store_get (CrStoreTx *tx, const gchar *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_bell_store_insert (CrStoreTx *tx, CrBellSchedule *schedule,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_bell_store_update (CrStoreTx *tx, CrBellSchedule *schedule,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_bell_store_remove (CrStoreTx *tx, const gchar *id, guint version,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* By id: CrBusy. `school_id` NULL: of all. */
gboolean cr_busy_store_list (CrStoreTx *tx, const gchar *school_id, const CrPage *page, GPtrArray **out,
                             gchar **next_cursor, GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrBusy *cr_busy_store_get (CrStoreTx *tx, const gchar *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_busy_store_insert (CrStoreTx *tx, CrBusy *busy, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_busy_store_update (CrStoreTx *tx, CrBusy *busy, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_busy_store_remove (CrStoreTx *tx, const gchar *id, guint version,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
