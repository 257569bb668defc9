/* SPDX-License-Identifier: Apache-2.0
 *
 * Schools as the database holds them: rows in, rows out, nothing decided here. The other *-store.h follow the
 * same manner: list() pages by key, update() and remove() take the version that the editor saw and fail with
 * VERSION when it is not the present one, insert() makes id and version.
 *
 * Thread: that of the job.
 */
#pragma once

#include "store/page.h"

G_BEGIN_DECLS

typedef struct {
  gchar *id;
  gchar *code;
  gchar *name;
  gchar *district;
  gchar *phone;       /* NULL: none */
  gint64 uplink_kbps; /* 0: not known */
  gint64 version;
} CrSchoolRow;

void cr_school_row_free (CrSchoolRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSchoolRow, cr_school_row_free)

/* Which rows a list holds; every member NULL (or 0) asks nothing. Shared by all that belongs to a school. */
typedef struct {
  const gchar *districts_json; /* a JSON list of districts: a coordinator's reach */
  const gchar *school_id;
  const gchar *text; /* part of the code or the name */
} CrSchoolFilter;

/* By code. `filter` may be NULL. `*out` gets CrSchoolRow, `*next_cursor` (may be NULL) NULL after the last
 * page. */
gboolean cr_school_store_list (CrStoreTx *tx, const CrSchoolFilter *filter, const CrPage *page,
                               GPtrArray **out, gchar **next_cursor,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NULL with NOT_FOUND when there is none. */
CrSchoolRow *cr_school_store_get (CrStoreTx *tx, const gchar *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrSchoolRow *cr_school_store_find (CrStoreTx *tx, const gchar *code,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes row->id (when NULL) and row->version. CONFLICT: code. */
gboolean cr_school_store_insert (CrStoreTx *tx, CrSchoolRow *row, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes all members where row->id and row->version are the present ones, and counts row->version up. */
gboolean cr_school_store_update (CrStoreTx *tx, CrSchoolRow *row, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* IN_USE while it has classrooms, classes, teachers, accounts, bells. */
gboolean cr_school_store_remove (CrStoreTx *tx, const gchar *id, gint64 version,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
