/* SPDX-License-Identifier: Apache-2.0
 *
 * What people edit, as JSON: lists in pages, one, make, change, remove. One set of handlers for all tables;
 * which one it is the route's object says. Each job finds the object, asks whether the actor may, checks,
 * writes, notes it in the audit log, and makes the answer's text while it has the names at hand.
 */
#include "exchange/clash-check.h"
#include "exchange/course-edit.h"
#include "exchange/refusal.h"
#include "exchange/table.h"
#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "live/timetables.h"

typedef struct {
  const CrTable *table;
  gboolean chinese, webhook;
  gchar *id;
  gint64 version; /* 0: any */
  JsonNode *body;
  GPtrArray
      *before; /* the terms' timetables when the edit came, where it can make lessons clash; else NULL */
  gboolean confirmed;                /* it stands, whatever clashes */
  gchar *text, *school_id, *term_id; /* of a list */
  CrPage page;
  gchar *cursor;

  gchar *answer;
  gint64 new_version;
} Edit;

static void
edit_free (gpointer data)
{
  Edit *edit = data;

  g_free (edit->id);
  g_clear_pointer (&edit->body, json_node_unref);
  g_clear_pointer (&edit->before, g_ptr_array_unref);
  g_free (edit->text);
  g_free (edit->school_id);
  g_free (edit->term_id);
  g_free (edit->cursor);
  g_free (edit->answer);
  g_free (edit);
}

static Edit *
edit_new (const CrHttp *http, const CrRequest *request)
{
  Edit *edit = g_new0 (Edit, 1);

  edit->table = cr_table_by_kind (request->object);
  edit->chinese = cr_request_is_chinese (request);
  edit->webhook = http->config->webhook_url != NULL;
  edit->id = g_strdup (request->params[0]);
  return edit;
}

static gboolean
may (CrAccess *access, const Edit *edit, CrDirectory *directory, gconstpointer row, GError **error)
{
  g_auto (CrConcern) concern = {0};

  edit->table->concern (directory, row, &concern);
  return cr_access_check (access, &concern.object, error);
}

/* The answer with the row as it is now. */
static void
set_answer (Edit *edit, CrDirectory *directory, gconstpointer row)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  cr_table_add_json (edit->table, directory, row, builder);
  edit->new_version = cr_table_version (edit->table, row);
  g_free (edit->answer);
  edit->answer = cr_json_build (builder, NULL);
  if (edit->id == NULL)
    edit->id = g_strdup (cr_table_id (row));
}

static gboolean
refuse_fault (CrFault *fault, GError **error)
{
  if (fault->sentence == NULL)
    return TRUE;
  cr_refuse_with (error, CR_REFUSAL_INVALID, fault->field, fault->sentence, NULL);
  g_clear_pointer (&fault->sentence, g_free);
  return FALSE;
}

/* Reads the body into the entry and checks it as a whole. */
static gboolean
read_entry (const Edit *edit, CrDirectory *directory, CrEntry *entry, gboolean is_new, GError **error)
{
  CrFault fault = {0};

  cr_table_read_json (edit->table, entry, json_node_get_object (edit->body), is_new, edit->chinese, &fault);
  if (fault.sentence == NULL && edit->table->check != NULL)
    edit->table->check (directory, entry->row, edit->chinese, &fault);
  return refuse_fault (&fault, error);
}

static CrEditor
editor_of (const CrAccess *access, const Edit *edit)
{
  return (CrEditor){
      .actor = access->actor, .now = access->now, .chinese = edit->chinese, .webhook = edit->webhook};
}

static gboolean
tell_course (CrStoreTx *tx, const CrAccess *access, const Edit *edit, const CrCourse *before,
             const CrCourse *after, GError **error)
{
  const CrEditor editor = editor_of (access, edit);
  g_autoptr (CrTimetable) timetable =
      cr_timetable_store_load (tx, (after != NULL ? after : before)->term_id, error);

  return timetable != NULL && cr_course_edit_tell (tx, &editor, timetable, before, after, error);
}

static gboolean
check_course (CrStoreTx *tx, const CrAccess *access, const Edit *edit, const CrCourse *course, GError **error)
{
  const CrEditor editor = editor_of (access, edit);
  g_autoptr (GError) why = NULL;

  if (cr_course_edit_check (tx, &editor, course, &why))
    return TRUE;
  if (g_error_matches (why, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND))
    return cr_refuse (error, CR_REFUSAL_INVALID, "term_id", edit->chinese, "没有这个学期",
                      "there is no such term");
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* After the writing: what clashes now is refused or, if it stands, told. */
static gboolean
check_clashes (CrStoreTx *tx, const CrAccess *access, const Edit *edit, GError **error)
{
  const CrEditor editor = editor_of (access, edit);
  g_autoptr (CrClashCheck) check = NULL;

  if (!cr_clash_concerns (edit->table))
    return TRUE;
  check = cr_clash_check_new (tx, edit->before, access->now, error);
  if (check == NULL)
    return FALSE;
  if (!cr_clash_check_any (check))
    return TRUE;
  return edit->confirmed ? cr_clash_check_tell (check, tx, &editor, error)
                         : cr_clash_check_refuse (check, edit->chinese, error);
}

/* Insert or update, with what goes with a course. */
static gboolean
write_row (CrStoreTx *tx, CrAccess *access, Edit *edit, gpointer row, const CrCourse *course_before,
           gboolean is_new, GError **error)
{
  const CrTable *table = edit->table;
  gboolean is_course = table == &cr_table_courses;

  if (is_course)
    cr_course_edit_date (course_before, row, access->now);
  if (is_course && !check_course (tx, access, edit, row, error))
    return FALSE;
  if (!(is_new ? table->insert : table->update) (tx, row, error))
    return FALSE;
  if (is_course && !tell_course (tx, access, edit, course_before, row, error))
    return FALSE;
  if (!check_clashes (tx, access, edit, error))
    return FALSE;
  return cr_access_note (tx, access, is_new ? "create" : "edit", table->one, cr_table_id (row), error);
}

/* Of a request that changes something. */
static Edit *
edit_new_change (CrHttp *http, const CrRequest *request)
{
  Edit *edit = edit_new (http, request);
  g_autofree gchar *confirm = cr_request_get_query (request, "confirm");

  edit->confirmed = g_strcmp0 (confirm, CR_CLASH_CONFIRM) == 0;
  if (cr_clash_concerns (edit->table) && http->timetables != NULL)
    edit->before = g_ptr_array_ref (cr_timetables_all (http->timetables));
  return edit;
}

/* A school that was made or renamed is not yet in the directory. */
static gboolean
answer_afresh (CrStoreTx *tx, Edit *edit, gconstpointer row, GError **error)
{
  g_autoptr (CrDirectory) directory = cr_directory_load (tx, error);

  if (directory == NULL)
    return FALSE;
  set_answer (edit, directory, row);
  return TRUE;
}

static gboolean
run_create (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;
  g_autoptr (CrDirectory) directory = cr_directory_load (tx, error);
  CrEntry entry = {.row = edit->table->make ()};
  gboolean good = directory != NULL && read_entry (edit, directory, &entry, TRUE, error) &&
                  may (access, edit, directory, entry.row, error) &&
                  write_row (tx, access, edit, entry.row, NULL, TRUE, error) &&
                  answer_afresh (tx, edit, entry.row, error);

  cr_entry_clear (edit->table, &entry);
  return good;
}

static gboolean
edit_row (CrStoreTx *tx, CrAccess *access, Edit *edit, CrDirectory *directory, CrEntry *entry, GError **error)
{
  g_autoptr (CrCourse) before = edit->table == &cr_table_courses ? cr_course_copy (entry->row) : NULL;

  if (!may (access, edit, directory, entry->row, error))
    return FALSE;
  if (edit->version != 0)
    cr_table_set_version (edit->table, entry->row, edit->version);
  return read_entry (edit, directory, entry, FALSE, error) &&
         may (access, edit, directory, entry->row, error) &&
         write_row (tx, access, edit, entry->row, before, FALSE, error) &&
         answer_afresh (tx, edit, entry->row, error);
}

static gboolean
run_edit (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;
  g_autoptr (CrDirectory) directory = cr_directory_load (tx, error);
  CrEntry entry = {.row = directory != NULL ? edit->table->get (tx, edit->id, error) : NULL};
  gboolean good = entry.row != NULL && edit_row (tx, access, edit, directory, &entry, error);

  cr_entry_clear (edit->table, &entry);
  return good;
}

static gboolean
run_get (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;
  g_autoptr (CrDirectory) directory = cr_directory_load (tx, error);
  gpointer row = directory != NULL ? edit->table->get (tx, edit->id, error) : NULL;
  gboolean good = row != NULL && may (access, edit, directory, row, error);

  if (good)
    set_answer (edit, directory, row);
  if (row != NULL)
    edit->table->free_row (row);
  return good;
}

static gboolean
remove_row (CrStoreTx *tx, CrAccess *access, Edit *edit, CrDirectory *directory, gpointer row, GError **error)
{
  gint64 version = edit->version != 0 ? edit->version : cr_table_version (edit->table, row);

  if (!may (access, edit, directory, row, error) ||
      !edit->table->remove (tx, edit->id, version, access->now, error))
    return FALSE;
  if (edit->table == &cr_table_courses && !tell_course (tx, access, edit, row, NULL, error))
    return FALSE;
  if (!check_clashes (tx, access, edit, error))
    return FALSE;
  return cr_access_note (tx, access, "delete", edit->table->one, edit->id, error);
}

static gboolean
run_remove (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;
  g_autoptr (CrDirectory) directory = cr_directory_load (tx, error);
  gpointer row = directory != NULL ? edit->table->get (tx, edit->id, error) : NULL;
  gboolean good = row != NULL && remove_row (tx, access, edit, directory, row, error);

  if (row != NULL)
    edit->table->free_row (row);
  return good;
}

static gboolean
may_see (const CrAccess *access, const Edit *edit, CrDirectory *directory, gconstpointer row)
{
  g_auto (CrConcern) concern = {0};

  edit->table->concern (directory, row, &concern);
  return cr_authorize (access->actor, CR_VERB_VIEW, &concern.object);
}

static gboolean
matches (const Edit *edit, CrDirectory *directory, gconstpointer row)
{
  g_auto (CrConcern) concern = {0};

  if (edit->school_id == NULL)
    return TRUE;
  edit->table->concern (directory, row, &concern);
  return g_strcmp0 (concern.object.school_id, edit->school_id) == 0 ||
         (concern.object.school_ids != NULL && g_strv_contains (concern.object.school_ids, edit->school_id));
}

/* Who belongs to a school sees more than what is its own of courses only, so those are not limited by it. */
static void
limit (CrAccess *access, const Edit *edit, CrListQuery *query)
{
  query->filter.text = edit->text;
  query->term_id = edit->term_id;
  cr_access_limit (access, &query->filter);
  if (query->filter.school_id == NULL)
    query->filter.school_id = edit->school_id;
}

static gboolean
run_list (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;
  CrListQuery query = {0};
  g_autoptr (CrDirectory) directory = cr_directory_load (tx, error);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree gchar *next = NULL;

  limit (access, edit, &query);
  if (directory == NULL || !edit->table->list (tx, &query, &edit->page, &rows, &next, error))
    return FALSE;
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "items");
  json_builder_begin_array (builder);
  for (guint i = 0; i < rows->len; i++) {
    if (may_see (access, edit, directory, rows->pdata[i]) && matches (edit, directory, rows->pdata[i]))
      cr_table_add_json (edit->table, directory, rows->pdata[i], builder);
  }
  json_builder_end_array (builder);
  cr_json_add_string (builder, "next", next);
  json_builder_end_object (builder);
  edit->answer = cr_json_build (builder, NULL);
  return TRUE;
}

static void
respond (CrResponse *response, guint status, Edit *edit)
{
  cr_response_take_text (response, status, "application/json", g_steal_pointer (&edit->answer));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
}

static gboolean
encode_list (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  respond (response, 200, data);
  return TRUE;
}

static gboolean
encode_row (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  Edit *edit = data;

  respond (response, 200, edit);
  cr_response_set_version (response, edit->new_version);
  return TRUE;
}

static gboolean
encode_edited (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  cr_timetables_refresh (http->timetables);
  return encode_row (http, request, data, response, error);
}

static gboolean
encode_created (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  Edit *edit = data;
  g_autofree gchar *location = g_strdup_printf ("/api/v1/%s/%s", edit->table->name, edit->id);

  cr_timetables_refresh (http->timetables);
  respond (response, 201, edit);
  cr_response_set_version (response, edit->new_version);
  soup_message_headers_replace (response->headers, "Location", location);
  return TRUE;
}

static gboolean
encode_removed (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  cr_timetables_refresh (http->timetables);
  cr_response_set_empty (response, 204);
  return TRUE;
}

static gboolean
start (CrHttp *http, CrRequest *request, CrResponse *response, const CrJob *job, Edit *edit, gboolean ready,
       GError **error)
{
  if (ready)
    return cr_job_start (http, request, response, job, edit, error);
  edit_free (edit);
  return FALSE;
}

static gboolean
take_body (const CrRequest *request, Edit *edit, GError **error)
{
  edit->body = cr_body_parse (request, error);
  return edit->body != NULL;
}

gboolean
cr_handle_resource_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_list, .encode = encode_list, .destroy = edit_free};
  Edit *edit = edit_new (http, request);

  edit->text = cr_request_get_query (request, "text");
  edit->school_id = cr_request_get_query (request, "school_id");
  edit->term_id = cr_request_get_query (request, "term_id");
  return start (http, request, response, &job, edit,
                cr_request_get_page (request, &edit->page, &edit->cursor, error), error);
}

gboolean
cr_handle_resource_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_get, .encode = encode_row, .destroy = edit_free};

  return start (http, request, response, &job, edit_new (http, request), TRUE, error);
}

gboolean
cr_handle_resource_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {
      .writes = TRUE, .run = run_create, .encode = encode_created, .destroy = edit_free};
  Edit *edit = edit_new_change (http, request);

  return start (http, request, response, &job, edit, take_body (request, edit, error), error);
}

gboolean
cr_handle_resource_patch (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.writes = TRUE, .run = run_edit, .encode = encode_edited, .destroy = edit_free};
  Edit *edit = edit_new_change (http, request);

  return start (http, request, response, &job, edit,
                cr_request_get_version (request, &edit->version, error) && take_body (request, edit, error),
                error);
}

gboolean
cr_handle_resource_delete (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {
      .writes = TRUE, .run = run_remove, .encode = encode_removed, .destroy = edit_free};
  Edit *edit = edit_new_change (http, request);

  return start (http, request, response, &job, edit, cr_request_get_version (request, &edit->version, error),
                error);
}
