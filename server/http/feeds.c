/* SPDX-License-Identifier: Apache-2.0
 *
 * /api/v1/feeds: secret addresses of calendars, made for a teacher, school or classroom, listed, revoked; and
 * GET /calendar/{file}, which serves them to any calendar program. The address is told once; only its hash is
 * kept.
 */
#include "exchange/directory.h"
#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "live/timetables.h"
#include "schedule/ical.h"
#include "store/feed-store.h"
#include "store/notice-store.h"

#include <string.h>

#define SUFFIX ".ics"

typedef struct {
  gchar *owner_kind, *owner_id;
  gchar *token; /* of a new one, or the one that was shown */
  CrTokenHash hash;
  CrFeedRow *row;
  GPtrArray *rows;
} Feed;

static void
feed_free (gpointer data)
{
  Feed *feed = data;

  g_free (feed->owner_kind);
  g_free (feed->owner_id);
  g_free (feed->token);
  g_clear_pointer (&feed->row, cr_feed_row_free);
  g_clear_pointer (&feed->rows, g_ptr_array_unref);
  g_free (feed);
}

static gchar *
id_of (const CrTokenHash *hash)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < CR_TOKEN_HASH_BYTES; i++)
    g_string_append_printf (text, "%02x", hash->bytes[i]);
  return g_string_free (text, FALSE);
}

/* Whom the feed is of. FALSE when there is nobody of the name. */
static gboolean
concern_of (CrDirectory *directory, const gchar *kind, const gchar *id, CrConcern *concern)
{
  const CrTeacherRow *teacher = g_str_equal (kind, "teacher") ? cr_directory_teacher (directory, id) : NULL;
  const CrClassroomRow *room =
      g_str_equal (kind, "classroom") ? cr_directory_classroom (directory, id) : NULL;
  const CrSchoolRow *school = g_str_equal (kind, "school") ? cr_directory_school (directory, id) : NULL;
  const gchar *school_id = teacher != NULL  ? teacher->school_id
                           : room != NULL   ? room->school_id
                           : school != NULL ? school->id
                                            : NULL;

  cr_concern_of_school (directory, CR_OBJECT_FEED, school_id, concern);
  concern->object.teacher_id = teacher != NULL ? teacher->id : NULL;
  concern->object.classroom_id = room != NULL ? room->id : NULL;
  return school_id != NULL;
}

static gboolean
may (CrStoreTx *tx, CrAccess *access, const gchar *kind, const gchar *id, GError **error)
{
  g_autoptr (CrDirectory) directory = cr_directory_load (tx, error);
  g_auto (CrConcern) concern = {0};

  if (directory == NULL)
    return FALSE;
  if (!concern_of (directory, kind, id, &concern)) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND,
                         "no such teacher, school or classroom");
    return FALSE;
  }
  return cr_access_check (access, &concern.object, error);
}

static gboolean
run_create (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Feed *feed = data;
  g_autofree gchar *id = id_of (&feed->hash);

  if (!may (tx, access, feed->owner_kind, feed->owner_id, error) ||
      !cr_feed_store_insert (tx, &feed->hash, feed->owner_kind, feed->owner_id, access->now, error))
    return FALSE;
  feed->row = cr_feed_store_get (tx, &feed->hash, error);
  return feed->row != NULL && cr_access_note (tx, access, "create", "feed", id, error);
}

static void
add_feed (JsonBuilder *builder, const CrFeedRow *row, const gchar *token)
{
  g_autofree gchar *id = id_of (&row->token_hash);

  json_builder_begin_object (builder);
  cr_json_add_string (builder, "id", id);
  cr_json_add_string (builder, "owner_kind", row->owner_kind);
  cr_json_add_string (builder, "owner_id", row->owner_id);
  cr_json_add_time (builder, "created_at", row->created_at);
  cr_json_add_time (builder, "revoked_at", row->revoked_at);
  if (token != NULL) {
    g_autofree gchar *url = g_strconcat ("/calendar/", token, SUFFIX, NULL);

    cr_json_add_string (builder, "url", url);
  }
  json_builder_end_object (builder);
}

static gboolean
encode_created (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  const Feed *feed = data;
  g_autofree gchar *id = id_of (&feed->hash);
  g_autofree gchar *location = g_strconcat ("/api/v1/feeds/", id, NULL);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  add_feed (builder, feed->row, feed->token);
  cr_response_set_json (response, 201, builder);
  soup_message_headers_replace (response->headers, "Location", location);
  return TRUE;
}

gboolean
cr_handle_feed_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {
      .writes = TRUE, .run = run_create, .encode = encode_created, .destroy = feed_free};
  Feed *feed = g_new0 (Feed, 1);
  const CrField fields[] = {{"owner_kind", CR_FIELD_STRING, TRUE, &feed->owner_kind},
                            {"owner_id", CR_FIELD_STRING, TRUE, &feed->owner_id}};

  if (!cr_body_read (request, fields, G_N_ELEMENTS (fields), error)) {
    feed_free (feed);
    return FALSE;
  }
  feed->token = cr_token_generate ();
  cr_token_hash (feed->token, &feed->hash);
  return cr_job_start (http, request, response, &job, feed, error);
}

static gboolean
run_list (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Feed *feed = data;
  g_autoptr (CrDirectory) directory = cr_directory_load (tx, error);

  cr_access_grant (access); /* each is asked for */
  if (directory == NULL || !cr_feed_store_list (tx, feed->owner_kind, feed->owner_id, &feed->rows, error))
    return FALSE;
  for (guint i = feed->rows->len; i > 0; i--) {
    const CrFeedRow *row = feed->rows->pdata[i - 1];
    g_auto (CrConcern) concern = {0};

    if (!concern_of (directory, row->owner_kind, row->owner_id, &concern) ||
        !cr_authorize (access->actor, CR_VERB_VIEW, &concern.object))
      g_ptr_array_remove_index (feed->rows, i - 1);
  }
  return TRUE;
}

static gboolean
encode_list (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  const Feed *feed = data;
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "items");
  json_builder_begin_array (builder);
  for (guint i = 0; i < feed->rows->len; i++)
    add_feed (builder, feed->rows->pdata[i], NULL);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  return TRUE;
}

gboolean
cr_handle_feed_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_list, .encode = encode_list, .destroy = feed_free};
  Feed *feed = g_new0 (Feed, 1);

  feed->owner_kind = cr_request_get_query (request, "owner_kind");
  feed->owner_id = cr_request_get_query (request, "owner_id");
  return cr_job_start (http, request, response, &job, feed, error);
}

static gboolean
run_revoke (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Feed *feed = data;
  g_autofree gchar *id = id_of (&feed->hash);

  feed->row = cr_feed_store_get (tx, &feed->hash, error);
  return feed->row != NULL && may (tx, access, feed->row->owner_kind, feed->row->owner_id, error) &&
         cr_feed_store_revoke_one (tx, &feed->hash, access->now, error) &&
         cr_access_note (tx, access, "revoke", "feed", id, error);
}

gboolean
cr_handle_feed_delete (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.writes = TRUE, .run = run_revoke, .destroy = feed_free};
  Feed *feed = g_new0 (Feed, 1);

  if (!cr_token_hash_parse (request->params[0], &feed->hash)) {
    feed_free (feed);
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "no such feed");
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, feed, error);
}

static gboolean
run_find (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Feed *feed = data;

  cr_access_grant (access); /* who knows the address */
  return cr_feed_store_find (tx, &feed->hash, &feed->owner_kind, &feed->owner_id, error);
}

static gboolean
encode_calendar (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  const Feed *feed = data;
  GPtrArray *terms = cr_timetables_all (http->timetables);
  gint64 now = cr_clock_wall_us (cr_lessons_get_clock (http->lessons)) / G_USEC_PER_SEC;
  CrViewKind kind;

  if (terms->len == 0 || !cr_view_kind_parse (feed->owner_kind, &kind)) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "no such calendar");
    return FALSE;
  }
  cr_response_take_text (response, 200, "text/calendar; charset=utf-8",
                         cr_ical_feed_of_terms ((CrTimetable *const *)terms->pdata, terms->len, kind,
                                                feed->owner_id, cr_request_is_chinese (request), now));
  soup_message_headers_replace (response->headers, "Cache-Control", "private, max-age=300");
  soup_message_headers_replace (response->headers, "X-Content-Type-Options", "nosniff");
  return TRUE;
}

gboolean
cr_handle_calendar_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_find, .encode = encode_calendar, .destroy = feed_free};
  const gchar *file = request->params[0];
  Feed *feed;

  if (!g_str_has_suffix (file, SUFFIX) || strlen (file) > CR_TOKEN_MAX_BYTES) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "no such calendar");
    return FALSE;
  }
  feed = g_new0 (Feed, 1);
  feed->token = g_strndup (file, strlen (file) - strlen (SUFFIX));
  cr_token_hash (feed->token, &feed->hash);
  return cr_job_start (http, request, response, &job, feed, error);
}
