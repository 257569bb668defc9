/* SPDX-License-Identifier: Apache-2.0
 *
 * /api/v1/notices: what changed, for those whom it concerns, and 已知晓. Whoever plans sees all notices of
 * her districts and who has acknowledged; everybody else those that were sent to him, his school or his
 * classroom. What is still unread shortly before its bell comes first.
 */
#include "exchange/directory.h"
#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "store/notice-store.h"

#define URGENT_BEFORE_S (30 * 60)
#define URGENT_AFTER_S  (45 * 60) /* a lesson long: then it is over */

typedef struct {
  gboolean chinese, unread;
  CrPage page;
  gchar *cursor, *id;
  gchar *answer;
} Edit;

static void
edit_free (gpointer data)
{
  Edit *edit = data;

  g_free (edit->cursor);
  g_free (edit->id);
  g_free (edit->answer);
  g_free (edit);
}

/* As which recipient the actor reads; FALSE for those who read them all. */
static gboolean
recipient_of (const CrActor *actor, const gchar **kind, const gchar **id)
{
  *kind = *id = NULL;
  if (actor->role == CR_ROLE_TEACHER && actor->teacher_id != NULL) {
    *kind = "teacher";
    *id = actor->teacher_id;
  } else if (actor->role == CR_ROLE_CLASSROOM) {
    *kind = "classroom";
    *id = actor->classroom_id;
  } else if (actor->school_id != NULL) {
    *kind = "school";
    *id = actor->school_id;
  }
  return *id != NULL;
}

static gboolean
is_mine (const CrActor *actor, const CrNoticeRecipientRow *recipient)
{
  const gchar *kind, *id;

  return recipient_of (actor, &kind, &id) && g_str_equal (recipient->kind, kind) &&
         g_str_equal (recipient->id, id);
}

static const gchar *
school_of (CrDirectory *directory, const CrNoticeRecipientRow *recipient)
{
  const CrClassroomRow *room = cr_directory_classroom (directory, recipient->id);
  const CrTeacherRow *teacher = cr_directory_teacher (directory, recipient->id);

  if (g_str_equal (recipient->kind, "school"))
    return recipient->id;
  if (g_str_equal (recipient->kind, "classroom"))
    return room != NULL ? room->school_id : NULL;
  return teacher != NULL ? teacher->school_id : NULL;
}

static const gchar *
name_of (CrDirectory *directory, const CrNoticeRecipientRow *recipient)
{
  const CrSchoolRow *school = cr_directory_school (directory, recipient->id);
  const CrClassroomRow *room = cr_directory_classroom (directory, recipient->id);
  const CrTeacherRow *teacher = cr_directory_teacher (directory, recipient->id);

  return school != NULL ? school->name : room != NULL ? room->name : teacher != NULL ? teacher->name : NULL;
}

/* A district that takes part is enough to see it. */
static gboolean
may_see (CrDirectory *directory, const CrActor *actor, const CrNoticeRow *notice)
{
  for (guint i = 0; i < notice->recipients->len; i++) {
    const CrNoticeRecipientRow *recipient = notice->recipients->pdata[i];
    g_auto (CrConcern) concern = {0};

    cr_concern_of_school (directory, CR_OBJECT_NOTICE, school_of (directory, recipient), &concern);
    if (g_str_equal (recipient->kind, "teacher"))
      concern.object.teacher_id = recipient->id;
    if (g_str_equal (recipient->kind, "classroom"))
      concern.object.classroom_id = recipient->id;
    if (cr_authorize (actor, CR_VERB_VIEW, &concern.object))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_unread (const CrNoticeRow *notice)
{
  for (guint i = 0; i < notice->recipients->len; i++) {
    if (((const CrNoticeRecipientRow *)notice->recipients->pdata[i])->acknowledged_at == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_urgent (const CrNoticeRow *notice, gint64 now)
{
  return notice->due_at != 0 && notice->due_at - URGENT_BEFORE_S <= now &&
         now < notice->due_at + URGENT_AFTER_S && is_unread (notice);
}

static void
add_recipient (JsonBuilder *builder, CrDirectory *directory, const CrActor *actor,
               const CrNoticeRecipientRow *recipient)
{
  json_builder_begin_object (builder);
  cr_json_add_string (builder, "kind", recipient->kind);
  cr_json_add_string (builder, "id", recipient->id);
  cr_json_add_string (builder, "name", name_of (directory, recipient));
  cr_json_add_time (builder, "acknowledged_at", recipient->acknowledged_at);
  cr_json_add_boolean (builder, "mine", is_mine (actor, recipient));
  json_builder_end_object (builder);
}

static void
add_notice (JsonBuilder *builder, const Edit *edit, CrDirectory *directory, const CrAccess *access,
            const CrNoticeRow *notice)
{
  json_builder_begin_object (builder);
  cr_json_add_string (builder, "id", notice->id);
  cr_json_add_string (builder, "kind", notice->kind);
  cr_json_add_string (builder, "course_id", notice->course_id);
  cr_json_add_string (builder, "lesson_id", notice->lesson_id);
  cr_json_add_time (builder, "due_at", notice->due_at);
  cr_json_add_string (builder, "text", edit->chinese ? notice->text_zh : notice->text_en);
  cr_json_add_string (builder, "text_zh", notice->text_zh);
  cr_json_add_string (builder, "text_en", notice->text_en);
  cr_json_add_time (builder, "created_at", notice->created_at);
  cr_json_add_string (builder, "created_by", notice->created_by);
  cr_json_add_boolean (builder, "urgent", is_urgent (notice, access->now));
  json_builder_set_member_name (builder, "recipients");
  json_builder_begin_array (builder);
  for (guint i = 0; i < notice->recipients->len; i++)
    add_recipient (builder, directory, access->actor, notice->recipients->pdata[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

/* Adds those that may be seen; urgent ones are left out of the rest, since they have come before. */
static guint
add_notices (JsonBuilder *builder, const Edit *edit, CrDirectory *directory, const CrAccess *access,
             GPtrArray *notices, gboolean urgent)
{
  guint n = 0;

  for (guint i = 0; notices != NULL && i < notices->len; i++) {
    if (is_urgent (notices->pdata[i], access->now) != urgent ||
        !may_see (directory, access->actor, notices->pdata[i]))
      continue;
    add_notice (builder, edit, directory, access, notices->pdata[i]);
    n++;
  }
  return n;
}

static gboolean
run_list (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;
  CrNoticeFilter filter = {.unread = edit->unread}, urgent_filter;
  const CrPage all = {0};
  g_autoptr (CrDirectory) directory = cr_directory_load (tx, error);
  g_autoptr (GPtrArray) urgent = NULL, notices = NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree gchar *next = NULL;
  guint n_urgent;

  cr_access_grant (access); /* each is asked for */
  recipient_of (access->actor, &filter.recipient_kind, &filter.recipient_id);
  urgent_filter = filter;
  /* what the reader has acknowledged stays urgent, and in the list, until everybody has */
  urgent_filter.unread = edit->unread || filter.recipient_kind == NULL;
  urgent_filter.due_before_s = access->now + URGENT_BEFORE_S + 1;
  urgent_filter.due_after_s = access->now - URGENT_AFTER_S;
  if (directory == NULL || !cr_notice_store_list (tx, &urgent_filter, &all, &urgent, NULL, error) ||
      !cr_notice_store_list (tx, &filter, &edit->page, &notices, &next, error))
    return FALSE;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "items");
  json_builder_begin_array (builder);
  n_urgent = edit->page.cursor == NULL ? add_notices (builder, edit, directory, access, urgent, TRUE) : 0;
  add_notices (builder, edit, directory, access, notices, FALSE);
  json_builder_end_array (builder);
  cr_json_add_string (builder, "next", next);
  cr_json_add_int (builder, "n_urgent", n_urgent);
  json_builder_end_object (builder);
  edit->answer = cr_json_build (builder, NULL);
  return TRUE;
}

static gboolean
encode_answer (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  Edit *edit = data;

  cr_response_take_text (response, 200, "application/json", g_steal_pointer (&edit->answer));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  return TRUE;
}

gboolean
cr_handle_notice_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_list, .encode = encode_answer, .destroy = edit_free};
  g_autofree gchar *unread = cr_request_get_query (request, "unread");
  Edit *edit = g_new0 (Edit, 1);

  edit->chinese = cr_request_is_chinese (request);
  edit->unread = g_strcmp0 (unread, "1") == 0;
  if (!cr_request_get_page (request, &edit->page, &edit->cursor, error)) {
    edit_free (edit);
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, edit, error);
}

static gboolean
run_acknowledge (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  const Edit *edit = data;
  const gchar *kind, *id;

  /* the table of rules has said that this kind of person reads notices; which ones, his own id says */
  cr_access_grant (access);
  if (!recipient_of (access->actor, &kind, &id)) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_FORBIDDEN, "nothing is addressed to you");
    return FALSE;
  }
  return cr_notice_store_acknowledge (tx, edit->id, kind, id, access->actor->id, access->now, error) &&
         cr_access_note (tx, access, "acknowledge", "notice", edit->id, error);
}

gboolean
cr_handle_notice_acknowledge (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.writes = TRUE, .run = run_acknowledge, .destroy = edit_free};
  Edit *edit = g_new0 (Edit, 1);

  edit->id = g_strdup (request->params[0]);
  return cr_job_start (http, request, response, &job, edit, error);
}
