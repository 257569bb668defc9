/* SPDX-License-Identifier: Apache-2.0
 *
 * Classes (班级): pupils who learn together, known by school, grade and number.
 *
 * Thread: that of the job.
 */
#pragma once

#include "store/school-store.h"

G_BEGIN_DECLS

typedef struct {
  gchar *id;
  gchar *school_id;
  gchar *school_code; /* read only */
  gint64 grade;
  gint64 number;
  gint64 pupils;
  gint64 version;
} CrClassRow;

void cr_class_row_free (CrClassRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrClassRow, cr_class_row_free)

/* By the school's code, grade, number. The filter's text is looked for in the school's code and name. */
gboolean cr_class_store_list (CrStoreTx *tx, const CrSchoolFilter *filter, const CrPage *page,
                              GPtrArray **out, gchar **next_cursor, GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrClassRow *cr_class_store_get (CrStoreTx *tx, const gchar *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrClassRow *cr_class_store_find (CrStoreTx *tx, const gchar *school_code, gint64 grade, gint64 number,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* CONFLICT: number. INVALID: a grade outside 1–12. */
gboolean cr_class_store_insert (CrStoreTx *tx, CrClassRow *row, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The school stays what it was. */
gboolean cr_class_store_update (CrStoreTx *tx, CrClassRow *row, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_class_store_remove (CrStoreTx *tx, const gchar *id, gint64 version,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
