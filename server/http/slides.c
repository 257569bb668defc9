/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /api/v1/lessons/{lesson}/slides: the picture of a slide, from the teacher's page. GET
 * …/slides/{number}: that picture, for whoever may watch.
 */
#include "http/body.h"
#include "http/etag.h"
#include "http/routes.h"
#include "exchange/refusal.h"
#include "live/lesson-class.h"
#include "live/slides.h"

enum { PARAM_LESSON, PARAM_NUMBER };

gboolean
cr_handle_slide_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  const gchar *id = cr_lesson_get_id (request->lesson);
  g_autoptr (JsonBuilder) builder = NULL;
  g_autofree gchar *location = NULL;
  guint number;

  if (!cr_slide_is_png (request->body))
    return cr_refuse (error, CR_REFUSAL_INVALID, "body", response->chinese,
                      "图片必须是 PNG，长和宽都不超过 4096 像素",
                      "the picture must be a PNG of at most 4096 by 4096 pixels");
  if (g_str_equal (cr_lesson_get_state (request->lesson), "ended")) {
    g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_ENDED, "the lesson has ended");
    return FALSE;
  }
  number = cr_slides_add (http->slides, id, request->body);
  cr_lesson_tell (request->lesson, CR_TOPIC_SLIDE);
  builder = json_builder_new ();
  json_builder_begin_object (builder);
  cr_json_add_int (builder, "number", number);
  json_builder_end_object (builder);
  cr_response_set_json (response, 201, builder);
  location = g_strdup_printf ("%s/%u", request->path, number);
  soup_message_headers_replace (response->headers, "Location", location);
  return TRUE;
}

gboolean
cr_handle_slide_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  const gchar *id = cr_lesson_get_id (request->lesson);
  g_autofree gchar *etag = NULL;
  GBytes *picture = NULL;
  guint64 number;

  if (g_ascii_string_to_unsigned (request->params[PARAM_NUMBER], 10, 1, G_MAXINT, &number, NULL))
    picture = cr_slides_get (http->slides, id, (guint)number);
  if (picture == NULL) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "no such slide (any more)");
    return FALSE;
  }
  etag = g_strdup_printf ("\"%s.%u\"", cr_lessons_get_boot_id (http->lessons), (guint)number);
  if (cr_etag_is_known (request, etag))
    cr_response_set_empty (response, 304);
  else
    cr_response_set_body (response, 200, "image/png", g_bytes_ref (picture));
  soup_message_headers_replace (response->headers, "ETag", etag); /* of this start, a number is one picture */
  soup_message_headers_replace (response->headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (response->headers, "Cache-Control", "private, no-cache");
  soup_message_headers_replace (response->headers, "Vary", "Authorization, Cookie");
  return TRUE;
}
