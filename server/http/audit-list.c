/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /api/v1/audit: the audit log, newest first, by page; ?actor, ?verb, ?object (its beginning), ?from and
 * ?to (seconds). Reading it is itself not written into it: a page that refreshes would bury everything else.
 */
#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "people/authorize.h"
#include "store/audit-store.h"

typedef struct {
  CrAuditFilter filter;
  gchar *actor, *verb, *object, *cursor, *next_cursor;
  CrPage page;
  GPtrArray *rows;
} List;

static void
list_free (gpointer data)
{
  List *list = data;

  g_free (list->actor);
  g_free (list->verb);
  g_free (list->object);
  g_free (list->cursor);
  g_free (list->next_cursor);
  g_clear_pointer (&list->rows, g_ptr_array_unref);
  g_free (list);
}

static gboolean
run_list (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  CrObject object = {.kind = CR_OBJECT_AUDIT};
  List *list = data;

  return cr_access_check (access, &object, error) &&
         cr_audit_store_list (tx, &list->filter, &list->page, &list->rows, &list->next_cursor, error);
}

static void
add_row (JsonBuilder *builder, const CrAuditRow *row)
{
  json_builder_begin_object (builder);
  cr_json_add_int (builder, "seq", row->seq);
  cr_json_add_time (builder, "at", row->at);
  cr_json_add_string (builder, "actor", row->actor);
  cr_json_add_string (builder, "role", row->role);
  cr_json_add_string (builder, "verb", row->verb);
  cr_json_add_string (builder, "object", row->object);
  cr_json_add_string (builder, "address", row->address);
  json_builder_end_object (builder);
}

static gboolean
encode_list (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const List *list = data;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "items");
  json_builder_begin_array (builder);
  for (guint i = 0; i < list->rows->len; i++)
    add_row (builder, list->rows->pdata[i]);
  json_builder_end_array (builder);
  cr_json_add_string (builder, "next", list->next_cursor);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  return TRUE;
}

static gboolean
read_seconds (const CrRequest *request, const gchar *name, gint64 *seconds, GError **error)
{
  g_autofree gchar *text = cr_request_get_query (request, name);

  if (text == NULL || g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, seconds, NULL))
    return TRUE;
  g_set_error (error, CR_HTTP_ERROR, CR_HTTP_ERROR_BAD_REQUEST, "%s is a number of seconds", name);
  return FALSE;
}

gboolean
cr_handle_audit_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_list, .encode = encode_list, .destroy = list_free};
  List *list = g_new0 (List, 1);

  list->filter.actor = list->actor = cr_request_get_query (request, "actor");
  list->filter.verb = list->verb = cr_request_get_query (request, "verb");
  list->filter.object = list->object = cr_request_get_query (request, "object");
  if (!read_seconds (request, "from", &list->filter.from_at, error) ||
      !read_seconds (request, "to", &list->filter.to_at, error) ||
      !cr_request_get_page (request, &list->page, &list->cursor, error)) {
    list_free (list);
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, list, error);
}
