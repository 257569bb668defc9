/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit log: rows that are only added, each with the SHA-256 over itself and the hash of the row before.
 * Changing or taking out a row in the middle breaks the chain; the newest hash, noted elsewhere, shows that
 * the end was not cut either.
 *
 * Thread: that of the job.
 */
#pragma once

#include "base/token.h"
#include "store/page.h"

G_BEGIN_DECLS

typedef struct {
  gint64 seq; /* from 1, without gaps */
  gint64 at;
  gchar *actor; /* an account's or device's id, or "operator" */
  gchar *role;
  gchar *verb;   /* "sign-in" */
  gchar *object; /* "account/abc…": ids, never tokens or pupils' names */
  gchar *address;
  CrTokenHash previous; /* of row 1: zeros */
  CrTokenHash hash;
  gchar
      *actor_name; /* in lists: what the account or device is called now; NULL when it is gone. Not hashed */
} CrAuditRow;

void cr_audit_row_free (CrAuditRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrAuditRow, cr_audit_row_free)

/* In the job that does what it tells of. Fills seq, previous and hash. */
gboolean cr_audit_store_append (CrStoreTx *tx, CrAuditRow *row, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  const gchar *actor;    /* NULL: all */
  const gchar *verb;     /* NULL: all */
  const gchar *object;   /* NULL: all; else its beginning */
  gint64 from_at, to_at; /* to_at is excluded; 0: no bound */
} CrAuditFilter;

/* Newest first. `filter` may be NULL. */
gboolean cr_audit_store_list (CrStoreTx *tx, const CrAuditFilter *filter, const CrPage *page, GPtrArray **out,
                              gchar **next_cursor, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  gint64 n_rows;
  gint64 bad_seq;   /* the first row that does not fit its predecessor; 0: none */
  CrTokenHash head; /* the newest hash, of a good chain */
} CrAuditVerdict;

/* Reads the whole log, row by row. FALSE only when it cannot be read. */
gboolean cr_audit_store_verify (CrStoreTx *tx, CrAuditVerdict *verdict,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Goes on from where `verdict` stands, at most `limit` rows (0: all). `*done` is TRUE when the log ends there
 * or a row does not fit. All zeros is the beginning; one that was kept is proof that nothing up to it has
 * changed since. */
gboolean cr_audit_store_verify_some (CrStoreTx *tx, guint limit, CrAuditVerdict *verdict, gboolean *done,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* How many rows there are. */
gboolean cr_audit_store_count (CrStoreTx *tx, gint64 *n_rows, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
