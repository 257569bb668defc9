/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /api/v1/audit: the audit log, newest first, by page. Reading it is itself not written into it: a page
 * that refreshes would bury everything else.
 */
#include "http/audit-query.h"
#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "people/authorize.h"

typedef struct {
  CrAuditQuery query;
  gchar *cursor, *next_cursor;
  CrPage page;
  GPtrArray *rows;
} List;

static void
list_free (gpointer data)
{
  List *list = data;

  cr_audit_query_clear (&list->query);
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
         cr_audit_store_list (tx, &list->query.filter, &list->page, &list->rows, &list->next_cursor, error);
}

static void
add_row (JsonBuilder *builder, const CrAuditRow *row)
{
  g_autofree gchar *hash = cr_audit_hash_text (&row->hash);

  json_builder_begin_object (builder);
  cr_json_add_int (builder, "seq", row->seq);
  cr_json_add_time (builder, "at", row->at);
  cr_json_add_string (builder, "actor", row->actor);
  cr_json_add_string (builder, "actor_name", row->actor_name);
  cr_json_add_string (builder, "role", row->role);
  cr_json_add_string (builder, "verb", row->verb);
  cr_json_add_string (builder, "object", row->object);
  cr_json_add_string (builder, "address", row->address);
  cr_json_add_string (builder, "hash", hash);
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

gboolean
cr_handle_audit_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_list, .encode = encode_list, .destroy = list_free};
  List *list = g_new0 (List, 1);

  if (!cr_audit_query_read (request, &list->query, error) ||
      !cr_request_get_page (request, &list->page, &list->cursor, error)) {
    list_free (list);
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, list, error);
}
