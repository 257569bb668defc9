/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /api/v1/audit/export: the rows that the list would give, newest first, as one CSV file. Read in
 * stretches, each a job of its own, so that a long log holds nobody up; rows that are added meanwhile come
 * before the first and are not in it.
 */
#include "base/csv.h"
#include "http/audit-query.h"
#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "people/authorize.h"

#define STRETCH_ROWS CR_PAGE_LIMIT_MAX

typedef struct {
  CrAuditQuery query;
  gchar *cursor;
  CrCsvWriter *writer;
  CrCsvEncoding encoding;
} Export;

static void
export_clear (gpointer data)
{
  Export *export = data;

  cr_audit_query_clear (&export->query);
  g_free (export->cursor);
  g_clear_pointer (&export->writer, cr_csv_writer_free);
}

static void
export_unref (gpointer data)
{
  g_rc_box_release_full (data, export_clear);
}

static void
write_heading (CrCsvWriter *writer, gboolean chinese)
{
  static const gchar *const words[][2] = {
      {"seq", "序号"},    {"at (UTC)", "时间（UTC）"}, {"actor", "谁"},    {"name", "姓名"},
      {"role", "角色"},   {"verb", "做了什么"},        {"object", "对象"}, {"address", "从哪里"},
      {"hash", "校验值"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    cr_csv_writer_cell (writer, words[i][chinese]);
  cr_csv_writer_end_row (writer);
}

static void
write_row (CrCsvWriter *writer, const CrAuditRow *row)
{
  g_autofree gchar *seq = g_strdup_printf ("%" G_GINT64_FORMAT, row->seq);
  g_autofree gchar *hash = cr_audit_hash_text (&row->hash);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (row->at);
  g_autofree gchar *at = time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : NULL;
  const gchar *const cells[] = {seq,         at,           row->actor, row->actor_name, row->role, row->verb,
                                row->object, row->address, hash};

  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    cr_csv_writer_cell (writer, cells[i]);
  cr_csv_writer_end_row (writer);
}

static gboolean
run_stretch (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  CrObject object = {.kind = CR_OBJECT_AUDIT};
  Export *export = data;
  const CrPage page = {.limit = STRETCH_ROWS, .cursor = export->cursor};
  g_autoptr (GPtrArray) rows = NULL;
  gchar *next = NULL;

  if (!cr_access_check (access, &object, error) ||
      !cr_audit_store_list (tx, &export->query.filter, &page, &rows, &next, error))
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    write_row (export->writer, rows->pdata[i]);
  g_free (export->cursor);
  export->cursor = next;
  return TRUE;
}

static gboolean encode_stretch (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response,
                                GError **error);

static const CrJob stretch_job = {.run = run_stretch, .encode = encode_stretch, .destroy = export_unref};

static gboolean
encode_stretch (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  Export *export = data;
  gboolean utf8 = export->encoding == CR_CSV_UTF8;

  if (export->cursor != NULL)
    return cr_job_start (http, request, response, &stretch_job, g_rc_box_acquire (export), error);
  cr_response_set_body (response, 200, utf8 ? "text/csv; charset=utf-8" : "text/csv; charset=gb18030",
                        cr_csv_writer_finish (g_steal_pointer (&export->writer)));
  soup_message_headers_replace (response->headers, "Content-Disposition",
                                "attachment; filename=\"audit.csv\"");
  soup_message_headers_replace (response->headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  return TRUE;
}

static gboolean
read_encoding (const CrRequest *request, CrCsvEncoding *encoding, GError **error)
{
  g_autofree gchar *name = cr_request_get_query (request, "encoding");

  if (name == NULL || cr_csv_encoding_parse (name, encoding))
    return TRUE;
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_BAD_REQUEST, "encoding is utf-8 or gb18030");
  return FALSE;
}

gboolean
cr_handle_audit_export (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  Export *export = g_rc_box_new0 (Export);

  if (!cr_audit_query_read (request, &export->query, error) ||
      !read_encoding (request, &export->encoding, error)) {
    export_unref (export);
    return FALSE;
  }
  export->writer = cr_csv_writer_new (export->encoding, ',');
  write_heading (export->writer, cr_request_is_chinese (request));
  return cr_job_start (http, request, response, &stretch_job, export, error);
}
