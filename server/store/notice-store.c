/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices, their recipients and acknowledgements in SQL.
 */
#include "store/notice-store.h"

#include "store/statement.h"

#define COLUMNS "id, course_id, lesson_key, starts_at, kind, text_zh, text_en, created_at, created_by"

static void
recipient_row_free (gpointer data)
{
  CrNoticeRecipientRow *row = data;

  g_free (row->kind);
  g_free (row->id);
  g_free (row->acknowledged_by);
  g_free (row);
}

void
cr_notice_row_free (CrNoticeRow *row)
{
  if (row == NULL)
    return;
  g_free (row->id);
  g_free (row->course_id);
  g_free (row->lesson_id);
  g_free (row->kind);
  g_free (row->text_zh);
  g_free (row->text_en);
  g_free (row->created_by);
  g_ptr_array_unref (row->recipients);
  g_free (row);
}

gboolean
cr_notice_store_insert (CrStoreTx *tx, const CrNotice *notice, const gchar *created_by, gint64 now_s,
                        gboolean webhook, gchar **id, GError **error)
{
  g_autofree gchar *notice_id = cr_store_new_id ();

  if (!cr_statement_exec (
          tx, NULL, error, "INSERT INTO notice (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
          CR_TEXT (notice_id), CR_TEXT (notice->course_id), CR_TEXT (notice->lesson_id),
          CR_INT_OR_NULL (notice->due_at, 0), CR_TEXT (notice->kind), CR_TEXT (notice->text_zh),
          CR_TEXT (notice->text_en), CR_INT (now_s), CR_TEXT (created_by)))
    return FALSE;
  for (guint i = 0; i < notice->recipients->len; i++) {
    const CrNoticeRecipient *recipient = g_ptr_array_index (notice->recipients, i);

    if (!cr_statement_exec (
            tx, NULL, error,
            "INSERT INTO notice_recipient (notice_id, kind, recipient_id) VALUES (?1, ?2, ?3)",
            CR_TEXT (notice_id), CR_TEXT (cr_recipient_kind_name (recipient->kind)), CR_TEXT (recipient->id)))
      return FALSE;
  }
  if (webhook) {
    g_autofree gchar *delivery_id = cr_store_new_id ();

    if (!cr_statement_exec (tx, NULL, error,
                            "INSERT INTO webhook_delivery (id, notice_id, next_at) VALUES (?1, ?2, ?3)",
                            CR_TEXT (delivery_id), CR_TEXT (notice_id), CR_INT (now_s)))
      return FALSE;
  }
  if (id != NULL)
    *id = g_steal_pointer (&notice_id);
  return TRUE;
}

/* `first` is the column that the notice begins at. */
static CrNoticeRow *
read_notice (CrStatement *s, gint first)
{
  CrNoticeRow *row = g_new0 (CrNoticeRow, 1);

  row->id = cr_statement_dup_text (s, first);
  row->course_id = cr_statement_dup_text (s, first + 1);
  row->lesson_id = cr_statement_dup_text (s, first + 2);
  row->due_at = cr_statement_int (s, first + 3);
  row->kind = cr_statement_dup_text (s, first + 4);
  row->text_zh = cr_statement_dup_text (s, first + 5);
  row->text_en = cr_statement_dup_text (s, first + 6);
  row->created_at = cr_statement_int (s, first + 7);
  row->created_by = cr_statement_dup_text (s, first + 8);
  row->recipients = g_ptr_array_new_with_free_func (recipient_row_free);
  return row;
}

static gpointer
read_notice_row (CrStatement *s)
{
  return read_notice (s, 0);
}

static gboolean
read_recipients (CrStoreTx *tx, CrNoticeRow *notice, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (
      tx, "SELECT kind, recipient_id, acknowledged_at, acknowledged_by FROM notice_recipient"
          " WHERE notice_id = ?1 ORDER BY kind, recipient_id");
  CrStep step;

  cr_statement_bind (s, CR_TEXT (notice->id));
  while ((step = cr_statement_step (s, error)) == CR_STEP_ROW) {
    CrNoticeRecipientRow *row = g_new0 (CrNoticeRecipientRow, 1);

    row->kind = cr_statement_dup_text (s, 0);
    row->id = cr_statement_dup_text (s, 1);
    row->acknowledged_at = cr_statement_int (s, 2);
    row->acknowledged_by = cr_statement_dup_text (s, 3);
    g_ptr_array_add (notice->recipients, row);
  }
  return step == CR_STEP_DONE;
}

/* Newest first: a page begins before the key. Before the first page nothing is newer than the greatest time.
 */
static gint64
created_before (const gchar *key)
{
  return *key == '\0' ? G_MAXINT64 : g_ascii_strtoll (key, NULL, 10);
}

gboolean
cr_notice_store_list (CrStoreTx *tx, const CrNoticeFilter *filter, const CrPage *page, GPtrArray **out,
                      gchar **next_cursor, GError **error)
{
  const CrNoticeFilter all = {0};
  const CrNoticeFilter *f = filter != NULL ? filter : &all;
  g_auto (GStrv) key = cr_page_key (page, 2, error);
  g_autoptr (CrStatement) s = NULL;
  g_autoptr (GPtrArray) rows = NULL;

  if (key == NULL)
    return FALSE;
  s = cr_statement_open (
      tx,
      "SELECT " COLUMNS " FROM notice WHERE (created_at < ?1 OR (created_at = ?1 AND id < ?2))"
      " AND (?5 = 0 OR starts_at < ?5) AND (?6 = 0 OR starts_at > ?6)"
      " AND ((?3 IS NULL AND ?7 = 0) OR EXISTS (SELECT 1 FROM notice_recipient r WHERE r.notice_id = "
      "notice.id"
      " AND (?3 IS NULL OR (r.kind = ?3 AND r.recipient_id = ?4)) AND (?7 = 0 OR r.acknowledged_at IS NULL)))"
      " ORDER BY created_at DESC, id DESC LIMIT ?8");
  cr_statement_bind (s, CR_INT (created_before (key[0])), CR_TEXT (key[1]), CR_TEXT (f->recipient_kind),
                     CR_TEXT (f->recipient_id), CR_INT (f->due_before_s), CR_INT (f->due_after_s),
                     CR_INT (f->unread ? 1 : 0), CR_INT (cr_page_sql_limit (page)));
  rows = cr_statement_read_all (s, read_notice_row, (GDestroyNotify)cr_notice_row_free, error);
  if (rows == NULL)
    return FALSE;
  if (next_cursor != NULL)
    *next_cursor = NULL;
  if (cr_page_cut (page, rows) && next_cursor != NULL) {
    const CrNoticeRow *last = g_ptr_array_index (rows, rows->len - 1);
    g_autofree gchar *at = g_strdup_printf ("%" G_GINT64_FORMAT, last->created_at);

    *next_cursor = cr_page_cursor (2, at, last->id);
  }
  for (guint i = 0; i < rows->len; i++) {
    if (!read_recipients (tx, g_ptr_array_index (rows, i), error))
      return FALSE;
  }
  *out = g_steal_pointer (&rows);
  return TRUE;
}

gboolean
cr_notice_store_acknowledge (CrStoreTx *tx, const gchar *notice_id, const gchar *recipient_kind,
                             const gchar *recipient_id, const gchar *by, gint64 now_s, GError **error)
{
  guint n_changed;

  if (!cr_statement_exec (tx, &n_changed, error,
                          "UPDATE notice_recipient SET acknowledged_by = coalesce (acknowledged_by, ?4),"
                          " acknowledged_at = coalesce (acknowledged_at, ?5)"
                          " WHERE notice_id = ?1 AND kind = ?2 AND recipient_id = ?3",
                          CR_TEXT (notice_id), CR_TEXT (recipient_kind), CR_TEXT (recipient_id), CR_TEXT (by),
                          CR_INT (now_s)))
    return FALSE;
  if (n_changed == 0)
    g_set_error_literal (error, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND,
                         "no such notice for this recipient");
  return n_changed > 0;
}

void
cr_webhook_row_free (CrWebhookRow *row)
{
  g_free (row->id);
  cr_notice_row_free (row->notice);
  g_free (row);
}

static gpointer
read_webhook_row (CrStatement *s)
{
  CrWebhookRow *row = g_new0 (CrWebhookRow, 1);

  row->id = cr_statement_dup_text (s, 0);
  row->attempts = (guint)cr_statement_int (s, 1);
  row->next_at = cr_statement_int (s, 2);
  row->notice = read_notice (s, 3);
  return row;
}

gboolean
cr_webhook_store_pending (CrStoreTx *tx, GPtrArray **out, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (
      tx,
      "SELECT d.id, d.attempts, d.next_at, n.id, n.course_id, n.lesson_key, n.starts_at, n.kind, n.text_zh,"
      " n.text_en, n.created_at, n.created_by FROM webhook_delivery d JOIN notice n ON n.id = d.notice_id"
      " WHERE d.delivered_at IS NULL AND d.next_at < ?1 ORDER BY d.next_at, n.created_at, d.id");

  cr_statement_bind (s, CR_INT (G_MAXINT64));
  *out = cr_statement_read_all (s, read_webhook_row, (GDestroyNotify)cr_webhook_row_free, error);
  return *out != NULL;
}

gboolean
cr_webhook_store_delivered (CrStoreTx *tx, const gchar *id, guint attempts, gint64 at, GError **error)
{
  return cr_statement_exec (tx, NULL, error,
                            "UPDATE webhook_delivery SET delivered_at = ?2, attempts = ?3, last_error = NULL"
                            " WHERE id = ?1",
                            CR_TEXT (id), CR_INT (at), CR_INT (attempts));
}

gboolean
cr_webhook_store_failed (CrStoreTx *tx, const gchar *id, guint attempts, gint64 next_at, const gchar *why,
                         GError **error)
{
  return cr_statement_exec (
      tx, NULL, error,
      "UPDATE webhook_delivery SET attempts = ?2, next_at = ?3, last_error = ?4 WHERE id = ?1", CR_TEXT (id),
      CR_INT (attempts), CR_INT (next_at), CR_TEXT (why));
}

gboolean
cr_feed_store_insert (CrStoreTx *tx, const CrTokenHash *hash, const gchar *owner_kind, const gchar *owner_id,
                      gint64 now_s, GError **error)
{
  return cr_statement_exec (
      tx, NULL, error,
      "INSERT INTO feed (token_hash, owner_kind, owner_id, created_at) VALUES (?1, ?2, ?3, ?4)",
      CR_BLOB (hash->bytes, sizeof hash->bytes), CR_TEXT (owner_kind), CR_TEXT (owner_id), CR_INT (now_s));
}

gboolean
cr_feed_store_find (CrStoreTx *tx, const CrTokenHash *hash, gchar **owner_kind, gchar **owner_id,
                    GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (
      tx, "SELECT owner_kind, owner_id FROM feed WHERE token_hash = ?1 AND revoked_at IS NULL");

  cr_statement_bind (s, CR_BLOB (hash->bytes, sizeof hash->bytes));
  if (!cr_statement_step_one (s, "feed", error))
    return FALSE;
  *owner_kind = cr_statement_dup_text (s, 0);
  *owner_id = cr_statement_dup_text (s, 1);
  return TRUE;
}

gboolean
cr_feed_store_revoke (CrStoreTx *tx, const gchar *owner_kind, const gchar *owner_id, gint64 now_s,
                      guint *n_revoked, GError **error)
{
  return cr_statement_exec (
      tx, n_revoked, error,
      "UPDATE feed SET revoked_at = ?3 WHERE owner_kind = ?1 AND owner_id = ?2 AND revoked_at IS NULL",
      CR_TEXT (owner_kind), CR_TEXT (owner_id), CR_INT (now_s));
}
