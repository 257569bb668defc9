/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /api/v1/imports and GET /api/v1/exports/{kind}: tables out of files and into files. An iCalendar file
 * becomes the busy times of one school.
 */
#include "exchange/clash-check.h"
#include "exchange/import.h"
#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "live/timetables.h"

typedef struct {
  const CrTable *table;
  gboolean chinese;
  gchar *term_id, *school_id;
  GBytes *file;
  CrIcalReport *calendar; /* that the file was made of; NULL: it was sent as a table */
  gboolean dry_run, confirmed, webhook;
  GPtrArray *before; /* the terms' timetables when it came */
  CrCsvEncoding encoding;
  gchar separator;
  JsonNode *result;
  GBytes *out;
} Transfer;

static void
transfer_free (gpointer data)
{
  Transfer *transfer = data;

  g_free (transfer->term_id);
  g_free (transfer->school_id);
  g_clear_pointer (&transfer->file, g_bytes_unref);
  g_clear_pointer (&transfer->before, g_ptr_array_unref);
  g_clear_pointer (&transfer->calendar, cr_ical_report_free);
  g_clear_pointer (&transfer->result, json_node_unref);
  g_clear_pointer (&transfer->out, g_bytes_unref);
  g_free (transfer);
}

static Transfer *
transfer_new (CrHttp *http, const CrRequest *request, const gchar *kind, GError **error)
{
  const CrTable *table = cr_table_by_name (kind);
  Transfer *transfer;

  if (table == NULL) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "there is no such table");
    return NULL;
  }
  transfer = g_new0 (Transfer, 1);
  transfer->table = table;
  transfer->chinese = cr_request_is_chinese (request);
  transfer->term_id = cr_request_get_query (request, "term_id");
  transfer->school_id = cr_request_get_query (request, "school_id");
  transfer->separator = ',';
  if (transfer->term_id == NULL)
    transfer->term_id = g_strdup (cr_http_current_term_id (http));
  return transfer;
}

static gboolean
run_import (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Transfer *transfer = data;
  const CrImport import = {.table = transfer->table,
                           .file = transfer->file,
                           .calendar = transfer->calendar,
                           .term_id = transfer->term_id,
                           .dry_run = transfer->dry_run,
                           .before = transfer->before,
                           .confirmed = transfer->confirmed,
                           .webhook = transfer->webhook,
                           .chinese = transfer->chinese,
                           .actor = access->actor,
                           .now = access->now};

  cr_access_grant (
      access); /* the dispatcher has asked whether there is anything to import; each row is asked for */
  transfer->result = cr_import_run (tx, &import, error);
  return transfer->result != NULL &&
         cr_access_note (tx, access, "import", "table", transfer->table->name, error);
}

static gboolean
encode_import (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  const Transfer *transfer = data;

  cr_timetables_refresh (http->timetables);
  cr_response_take_text (response, 200, "application/json", json_to_string (transfer->result, FALSE));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  return TRUE;
}

/* text/csv, and what browsers on Windows call a CSV file. */
static gboolean
check_type (const CrRequest *request, GError **error)
{
  static const gchar *const types[] = {"text/csv", "application/vnd.ms-excel", "text/plain",
                                       "text/tab-separated-values", "application/octet-stream"};
  const gchar *type = soup_message_headers_get_content_type (request->headers, NULL);

  for (guint i = 0; type != NULL && i < G_N_ELEMENTS (types); i++) {
    if (g_ascii_strcasecmp (type, types[i]) == 0)
      return TRUE;
  }
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_UNSUPPORTED_TYPE,
                       "the body must be text/csv, or text/calendar for busy");
  return FALSE;
}

/* The calendar's occurrences as a table of busy times: from there on it is imported as any other. libical is
 * used on main alone, and cr_ical_read() gives up before it is noticed. */
static GBytes *
table_of_calendar (CrHttp *http, Transfer *transfer, GBytes *file, GError **error)
{
  CrTimetable *timetable = cr_timetables_find (http->timetables, transfer->term_id);
  gsize length;
  const gchar *text = g_bytes_get_data (file, &length);
  const CrPlaceSchool *school = timetable != NULL && transfer->school_id != NULL
                                    ? cr_timetable_school (timetable, transfer->school_id)
                                    : NULL;

  if (school == NULL) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_BAD_REQUEST,
                         "a calendar needs term_id and school_id");
    return NULL;
  }
  transfer->calendar = cr_ical_read (text != NULL ? text : "", length, cr_timetable_term (timetable),
                                     cr_lessons_get_clock (http->lessons));
  return cr_calendar_table (transfer->calendar->found, school->code);
}

/* The file as a table; NULL when it is none that can be imported. */
static GBytes *
take_file (CrHttp *http, const CrRequest *request, Transfer *transfer, GError **error)
{
  const gchar *type = soup_message_headers_get_content_type (request->headers, NULL);

  if (transfer->table == &cr_table_busy && g_strcmp0 (type, "text/calendar") == 0)
    return table_of_calendar (http, transfer, request->body, error);
  return check_type (request, error) ? g_bytes_ref (request->body) : NULL;
}

gboolean
cr_handle_import_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {
      .writes = TRUE, .run = run_import, .encode = encode_import, .destroy = transfer_free};
  g_autofree gchar *kind = cr_request_get_query (request, "kind");
  g_autofree gchar *dry_run = cr_request_get_query (request, "dry_run");
  g_autofree gchar *confirm = cr_request_get_query (request, "confirm");
  Transfer *transfer = transfer_new (http, request, kind, error);

  if (transfer == NULL)
    return FALSE;
  transfer->dry_run = g_strcmp0 (dry_run, "1") == 0;
  transfer->confirmed = g_strcmp0 (confirm, CR_CLASH_CONFIRM) == 0;
  transfer->webhook = http->config->webhook_url != NULL;
  if (http->timetables != NULL)
    transfer->before = g_ptr_array_ref (cr_timetables_all (http->timetables));
  transfer->file = take_file (http, request, transfer, error);
  if (transfer->file == NULL) {
    transfer_free (transfer);
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, transfer, error);
}

static gboolean
run_export (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Transfer *transfer = data;
  CrSchoolFilter filter = {0};
  const CrExport export = {.table = transfer->table,
                           .term_id = transfer->term_id,
                           .encoding = transfer->encoding,
                           .separator = transfer->separator,
                           .chinese = transfer->chinese,
                           .actor = access->actor,
                           .filter = &filter};

  cr_access_limit (access, &filter);
  transfer->out = cr_export_run (tx, &export, error);
  return transfer->out != NULL;
}

static gboolean
encode_export (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  Transfer *transfer = data;
  gboolean utf8 = transfer->encoding == CR_CSV_UTF8;
  g_autofree gchar *name = g_strdup_printf ("attachment; filename=\"%s.csv\"", transfer->table->name);

  cr_response_set_body (response, 200, utf8 ? "text/csv; charset=utf-8" : "text/csv; charset=gb18030",
                        g_steal_pointer (&transfer->out));
  soup_message_headers_replace (response->headers, "Content-Disposition", name);
  soup_message_headers_replace (response->headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  return TRUE;
}

static gboolean
read_format (const CrRequest *request, Transfer *transfer, GError **error)
{
  g_autofree gchar *encoding = cr_request_get_query (request, "encoding");
  g_autofree gchar *separator = cr_request_get_query (request, "separator");

  if ((encoding == NULL || cr_csv_encoding_parse (encoding, &transfer->encoding)) &&
      (separator == NULL || cr_csv_separator_parse (separator, &transfer->separator)))
    return TRUE;
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_BAD_REQUEST,
                       "encoding is utf-8 or gb18030, separator is comma, semicolon or tab");
  return FALSE;
}

gboolean
cr_handle_export_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_export, .encode = encode_export, .destroy = transfer_free};
  Transfer *transfer = transfer_new (http, request, request->params[0], error);

  if (transfer == NULL)
    return FALSE;
  if (!read_format (request, transfer, error)) {
    transfer_free (transfer);
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, transfer, error);
}
