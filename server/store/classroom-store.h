/* SPDX-License-Identifier: Apache-2.0
 *
 * Classrooms: places with a device.
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
  gchar *code;
  gchar *name;
  gint64 seats; /* -1: not known */
  gint64 version;
} CrClassroomRow;

void cr_classroom_row_free (CrClassroomRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrClassroomRow, cr_classroom_row_free)

/* By the school's code, then the classroom's. */
gboolean cr_classroom_store_list (CrStoreTx *tx, const CrSchoolFilter *filter, const CrPage *page,
                                  GPtrArray **out, gchar **next_cursor,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrClassroomRow *cr_classroom_store_get (CrStoreTx *tx, const gchar *id,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrClassroomRow *cr_classroom_store_find (CrStoreTx *tx, const gchar *school_code, const gchar *code,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* IN_USE: no such school. CONFLICT: code. */
gboolean cr_classroom_store_insert (CrStoreTx *tx, CrClassroomRow *row,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The school stays what it was. */
gboolean cr_classroom_store_update (CrStoreTx *tx, CrClassroomRow *row,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_classroom_store_remove (CrStoreTx *tx, const gchar *id, gint64 version,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
