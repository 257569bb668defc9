/* SPDX-License-Identifier: Apache-2.0
 *
 * Paired classroom devices, known by the hash of their credential. A revoked device stays as a row: the log
 * speaks of it.
 *
 * Thread: that of the job.
 */
#pragma once

#include "base/token.h"
#include "store/school-store.h"

G_BEGIN_DECLS

typedef struct {
  gchar *id;
  gchar *classroom_id;
  gchar *name;
  CrTokenHash credential_hash;
  gint64 paired_at;
  gchar *paired_by;  /* an account's id */
  gint64 seen_at;    /* 0: never */
  gint64 revoked_at; /* 0: not */
  /* Read only. */
  gchar *classroom_code;
  gchar *classroom_name;
  gchar *school_id;
  gchar *school_code;
  gchar *school_name;
  gchar *district;
} CrDeviceRow;

void cr_device_row_free (CrDeviceRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrDeviceRow, cr_device_row_free)

/* By school, classroom, id. Text is part of the device's or classroom's name. `classroom_id` NULL: all. */
gboolean cr_device_store_list (CrStoreTx *tx, const CrSchoolFilter *filter, const gchar *classroom_id,
                               gboolean with_revoked, const CrPage *page, GPtrArray **out,
                               gchar **next_cursor, GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrDeviceRow *cr_device_store_get (CrStoreTx *tx, const gchar *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NOT_FOUND for a revoked one too. */
CrDeviceRow *cr_device_store_find (CrStoreTx *tx, const CrTokenHash *credential_hash,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes row->id when NULL. */
gboolean cr_device_store_insert (CrStoreTx *tx, CrDeviceRow *row, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_device_store_rename (CrStoreTx *tx, const gchar *id, const gchar *name,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_device_store_touch (CrStoreTx *tx, const gchar *id, gint64 seen_at,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For good; its join tokens go. NOT_FOUND when it was revoked before. */
gboolean cr_device_store_revoke (CrStoreTx *tx, const gchar *id, gint64 now,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
