/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of parts. Whatever is added to a lesson has its members here and nowhere else.
 */
#include "http/lesson-json.h"

#include "http/body.h"
#include "live/live.h"

CrAudience
cr_lesson_audience (CrLesson *lesson, const CrActor *actor)
{
  CrObject object;

  cr_lesson_get_object (lesson, &object);
  return cr_authorize (actor, CR_VERB_EDIT, &object) ? CR_AUDIENCE_STAFF : CR_AUDIENCE_OTHERS;
}

static void
add_time (JsonBuilder *builder, const gchar *name, const CrLessonTimes *times, gint64 seconds)
{
  json_builder_set_member_name (builder, name);
  if (times != NULL)
    json_builder_add_int_value (builder, seconds);
  else
    json_builder_add_null_value (builder);
}

static void
add_times (JsonBuilder *builder, const CrLessonTimes *times)
{
  add_time (builder, "starts_at", times, times != NULL ? times->starts_at : 0);
  add_time (builder, "ends_at", times, times != NULL ? times->ends_at : 0);
  add_time (builder, "closes_at", times, times != NULL ? times->closes_at : 0);
  cr_json_add_boolean (builder, "may_extend", times != NULL && times->may_extend);
}

static void
add_state (JsonBuilder *builder, CrHttp *http, CrLesson *lesson)
{
  cr_json_add_string (builder, "title", cr_lesson_get_title (lesson));
  cr_json_add_string (builder, "state",
                      cr_lesson_source_flows (lesson, CR_SOURCE_CAMERA) ||
                              cr_lesson_source_flows (lesson, CR_SOURCE_SCREEN)
                          ? "live"
                          : "open");
  json_builder_set_member_name (builder, "publishers");
  json_builder_begin_object (builder);
  cr_json_add_boolean (builder, "camera", cr_lesson_source_flows (lesson, CR_SOURCE_CAMERA));
  cr_json_add_boolean (builder, "screen", cr_lesson_source_flows (lesson, CR_SOURCE_SCREEN));
  json_builder_end_object (builder);
  cr_json_add_int (builder, "viewers", cr_lesson_get_n_connected (lesson, FALSE));
  add_times (builder, cr_lesson_get_times (lesson));
  cr_json_add_string (builder, "phone", http->config->phone);
}

const CrLessonPart cr_lesson_parts[] = {
    {CR_TOPIC_STATE, "state", FALSE, add_state},
};
const guint cr_n_lesson_parts = G_N_ELEMENTS (cr_lesson_parts);

/* What the reader is in this lesson: a teacher who watches another's is a viewer. */
static void
add_you (JsonBuilder *builder, CrLesson *lesson, const CrActor *actor, CrAudience audience)
{
  const gchar *key = actor->role != CR_ROLE_CLASSROOM     ? NULL
                     : actor->classroom_id != NULL ? actor->classroom_id
                                                   : actor->name;
  gboolean takes_part = audience == CR_AUDIENCE_STAFF || key != NULL;

  json_builder_set_member_name (builder, "you");
  json_builder_begin_object (builder);
  cr_json_add_string (builder, "role", cr_role_name (takes_part ? actor->role : CR_ROLE_VIEWER));
  cr_json_add_string (builder, "classroom", key);
  json_builder_end_object (builder);
}

void
cr_lesson_json_add_document (JsonBuilder *builder, CrHttp *http, CrLesson *lesson, const CrActor *actor)
{
  CrAudience audience = cr_lesson_audience (lesson, actor);

  cr_json_add_string (builder, "id", cr_lesson_get_id (lesson));
  cr_json_add_string (builder, "boot_id", cr_lessons_get_boot_id (http->lessons));
  add_you (builder, lesson, actor, audience);
  for (guint i = 0; i < cr_n_lesson_parts; i++) {
    if (audience == CR_AUDIENCE_STAFF || !cr_lesson_parts[i].is_private)
      cr_lesson_parts[i].add (builder, http, lesson);
  }
}
