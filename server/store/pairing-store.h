/* SPDX-License-Identifier: Apache-2.0
 *
 * Pairings that wait for a coordinator, in the manner of RFC 8628: the device keeps the device code, its
 * screen shows the user code. requested → confirmed (classroom_id) → finished (device_id), each once.
 *
 * Thread: that of the job.
 */
#pragma once

#include "base/token.h"
#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
  CrTokenHash device_code_hash;
  gchar *user_code;
  gchar *address;
  gint64 created_at;
  gint64 expires_at;
  gchar *classroom_id; /* NULL: not confirmed yet */
  gchar *device_id;    /* NULL: the device has not fetched its credential yet */
  gchar *confirmed_by; /* an account's id */
} CrPairingRow;

void cr_pairing_row_free (CrPairingRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPairingRow, cr_pairing_row_free)

/* CONFLICT: user_code, then take another. */
gboolean cr_pairing_store_insert (CrStoreTx *tx, const CrPairingRow *row,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NOT_FOUND when there is none or it has expired at `now`. */
CrPairingRow *cr_pairing_store_get (CrStoreTx *tx, const CrTokenHash *device_code_hash, gint64 now,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrPairingRow *cr_pairing_store_find (CrStoreTx *tx, const gchar *user_code, gint64 now,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NOT_FOUND when there is none, it has expired or was confirmed before. */
gboolean cr_pairing_store_confirm (CrStoreTx *tx, const gchar *user_code, const gchar *classroom_id,
                                   const gchar *confirmed_by, gint64 now,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NOT_FOUND unless it is confirmed and not finished. In the same job as cr_device_store_insert(). */
gboolean cr_pairing_store_finish (CrStoreTx *tx, const CrTokenHash *device_code_hash, const gchar *device_id,
                                  gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Pairings of an address (NULL: of all) that have not expired: what a limit counts. */
gboolean cr_pairing_store_count (CrStoreTx *tx, const gchar *address, gint64 now, guint *n_pairings,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_pairing_store_remove_expired (CrStoreTx *tx, gint64 now, guint *n_removed,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
