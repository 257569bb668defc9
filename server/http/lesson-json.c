/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of parts. Whatever is added to a lesson has its members here and nowhere else.
 */
#include "http/lesson-json.h"

#include "http/body.h"
#include "live/lesson-class.h"
#include "wall-layout.h"

CrAudience
cr_lesson_audience (CrLesson *lesson, const CrActor *actor)
{
  CrObject object;

  cr_lesson_get_object (lesson, &object);
  return cr_authorize (actor, CR_VERB_EDIT, &object) ? CR_AUDIENCE_STAFF : CR_AUDIENCE_OTHERS;
}

static void
begin_array (JsonBuilder *builder, const gchar *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
}

static void
add_times (JsonBuilder *builder, const CrLessonTimes *times)
{
  static const CrLessonTimes none = {0};
  gboolean known = times != NULL;
  const CrLessonTimes *of = known ? times : &none;

  cr_json_add_int_or_null (builder, "starts_at", known, of->starts_at);
  cr_json_add_int_or_null (builder, "ends_at", known, of->ends_at);
  cr_json_add_int_or_null (builder, "closes_at", known, of->closes_at);
  cr_json_add_boolean (builder, "may_extend", of->may_extend);
}

static void
add_state (JsonBuilder *builder, CrHttp *http, CrLesson *lesson)
{
  cr_json_add_string (builder, "title", cr_lesson_get_title (lesson));
  cr_json_add_string (builder, "state", cr_lesson_get_state (lesson));
  json_builder_set_member_name (builder, "publishers");
  json_builder_begin_object (builder);
  cr_json_add_boolean (builder, "camera", cr_lesson_source_flows (lesson, CR_SOURCE_CAMERA));
  cr_json_add_boolean (builder, "screen", cr_lesson_source_flows (lesson, CR_SOURCE_SCREEN));
  json_builder_end_object (builder);
  cr_json_add_int (builder, "viewers", cr_lesson_get_n_connected (lesson, FALSE));
  add_times (builder, cr_lesson_get_times (lesson));
  cr_json_add_string (builder, "phone", http->config->phone);
}

static void
add_line (JsonBuilder *builder, const CrHealth *health)
{
  cr_json_add_string (builder, "condition", cr_condition_name (health->condition));
  json_builder_set_member_name (builder, "loss");
  if (health->has_figures)
    json_builder_add_double_value (builder,
                                   (gint)(health->loss * 100 + 0.5) / 100.0); /* per cent are enough */
  else
    json_builder_add_null_value (builder);
  cr_json_add_int_or_null (builder, "rtt_ms", health->has_figures,
                           (health->rtt_ms + 5) / 10 * 10); /* so that noise is no change */
  cr_json_add_string (builder, "transport", !health->has_figures ? NULL : health->tcp ? "tcp" : "udp");
}

JsonNode *
cr_lesson_json_classroom (CrLesson *lesson, guint index, CrAudience audience)
{
  const CrFloorClassroom *room = cr_floor_get_classroom (cr_lesson_get_floor_state (lesson), index);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  cr_json_add_string (builder, "id", room->key);
  cr_json_add_int (builder, "number", room->number);
  cr_json_add_string (builder, "name", room->name);
  cr_json_add_boolean (builder, "present", room->present);
  cr_json_add_boolean (builder, "publishing", room->publishing);
  cr_json_add_int (builder, "hand", room->hand);
  cr_json_add_int_or_null (builder, "floor", room->slot != CR_FLOOR_NO_SLOT, room->slot);
  cr_json_add_boolean (builder, "muted", room->muted);
  cr_json_add_int (builder, "turns", room->turns);
  if (audience == CR_AUDIENCE_STAFF)
    add_line (builder, cr_lesson_get_health (lesson, room->key));
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

static void
add_classrooms (JsonBuilder *builder, CrLesson *lesson, CrAudience audience)
{
  guint n = cr_floor_get_n_classrooms (cr_lesson_get_floor_state (lesson));

  begin_array (builder, "classrooms");
  for (guint i = 0; i < n; i++)
    json_builder_add_value (builder, cr_lesson_json_classroom (lesson, i, audience));
  json_builder_end_array (builder);
}

static void
add_hands (JsonBuilder *builder, CrHttp *http, CrLesson *lesson)
{
  GPtrArray *hands = cr_floor_get_hands (cr_lesson_get_floor_state (lesson));

  begin_array (builder, "hands");
  for (guint i = 0; i < hands->len; i++)
    json_builder_add_string_value (builder, ((const CrFloorClassroom *)hands->pdata[i])->key);
  json_builder_end_array (builder);
}

static void
add_floor (JsonBuilder *builder, CrHttp *http, CrLesson *lesson)
{
  begin_array (builder, "floor");
  for (guint slot = 0; slot < CR_FLOOR_N_SLOTS; slot++) {
    const CrFloorClassroom *holder = cr_floor_get_holder (cr_lesson_get_floor_state (lesson), slot);

    if (holder != NULL)
      json_builder_add_string_value (builder, holder->key);
    else
      json_builder_add_null_value (builder);
  }
  json_builder_end_array (builder);
}

static void
add_notes (JsonBuilder *builder, CrHttp *http, CrLesson *lesson)
{
  GPtrArray *notes = cr_floor_get_notes (cr_lesson_get_floor_state (lesson));

  begin_array (builder, "notes");
  for (guint i = 0; i < notes->len; i++) {
    const CrFloorNote *note = notes->pdata[i];

    json_builder_begin_object (builder);
    cr_json_add_string (builder, "classroom", note->classroom);
    cr_json_add_string (builder, "code", note->code);
    cr_json_add_string (builder, "text", note->text != NULL ? note->text : "");
    cr_json_add_int (builder, "at", note->at_s);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_calls (JsonBuilder *builder, CrHttp *http, CrLesson *lesson)
{
  GPtrArray *calls = cr_floor_get_calls (cr_lesson_get_floor_state (lesson));

  begin_array (builder, "calls");
  for (guint i = 0; i < calls->len; i++) {
    const CrFloorCall *call = calls->pdata[i];

    json_builder_begin_object (builder);
    cr_json_add_string (builder, "who", call->who);
    cr_json_add_int (builder, "at", call->at_s);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_slide (JsonBuilder *builder, CrHttp *http, CrLesson *lesson)
{
  guint number = cr_slides_get_last (http->slides, cr_lesson_get_id (lesson));

  json_builder_set_member_name (builder, "slide");
  if (number == 0) {
    json_builder_add_null_value (builder);
    return;
  }
  json_builder_begin_object (builder);
  cr_json_add_int (builder, "number", number);
  json_builder_end_object (builder);
}

static void
add_tiles (JsonBuilder *builder, CrHttp *http, CrLesson *lesson)
{
  const CrFloor *floor = cr_lesson_get_floor_state (lesson);
  guint n = MIN (cr_floor_get_n_classrooms (floor), CR_WALL_MAX_TILES);

  begin_array (builder, "tiles");
  for (guint i = 0; i < n; i++) {
    CrWallTile tile = cr_wall_tile (n, i);

    json_builder_begin_object (builder);
    cr_json_add_string (builder, "classroom", cr_floor_get_classroom (floor, i)->key);
    cr_json_add_int (builder, "x", tile.x);
    cr_json_add_int (builder, "y", tile.y);
    cr_json_add_int (builder, "width", tile.width);
    cr_json_add_int (builder, "height", tile.height);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

const CrLessonPart cr_lesson_parts[] = {
    {CR_TOPIC_STATE, "state", FALSE, add_state}, {CR_TOPIC_FLOOR, "floor", FALSE, add_floor},
    {CR_TOPIC_HANDS, "hands", FALSE, add_hands}, {CR_TOPIC_SLIDE, "slide", FALSE, add_slide},
    {CR_TOPIC_NOTES, "notes", TRUE, add_notes},  {CR_TOPIC_CALLS, "calls", TRUE, add_calls},
    {CR_TOPIC_TILES, "tiles", TRUE, add_tiles},
};
const guint cr_n_lesson_parts = G_N_ELEMENTS (cr_lesson_parts);

gboolean
cr_lesson_is_calling (CrLesson *lesson, const CrActor *actor)
{
  const gchar *key = cr_lesson_classroom_of (lesson, actor);

  return key != NULL && cr_floor_is_calling (cr_lesson_get_floor_state (lesson), key);
}

/* A teacher who watches another's lesson is a viewer. */
void
cr_lesson_json_add_you (JsonBuilder *builder, CrLesson *lesson, const CrActor *actor)
{
  const gchar *key = cr_lesson_classroom_of (lesson, actor);
  gboolean takes_part = cr_lesson_audience (lesson, actor) == CR_AUDIENCE_STAFF || key != NULL;

  json_builder_set_member_name (builder, "you");
  json_builder_begin_object (builder);
  cr_json_add_string (builder, "role", cr_role_name (takes_part ? actor->role : CR_ROLE_VIEWER));
  cr_json_add_string (builder, "classroom", key);
  cr_json_add_boolean (builder, "calling", cr_lesson_is_calling (lesson, actor));
  json_builder_end_object (builder);
}

void
cr_lesson_json_add_document (JsonBuilder *builder, CrHttp *http, CrLesson *lesson, const CrActor *actor)
{
  CrAudience audience = cr_lesson_audience (lesson, actor);

  cr_json_add_string (builder, "id", cr_lesson_get_id (lesson));
  cr_json_add_string (builder, "boot_id", cr_lessons_get_boot_id (http->lessons));
  cr_lesson_json_add_you (builder, lesson, actor);
  add_classrooms (builder, lesson, audience);
  for (guint i = 0; i < cr_n_lesson_parts; i++) {
    if (audience == CR_AUDIENCE_STAFF || !cr_lesson_parts[i].is_private)
      cr_lesson_parts[i].add (builder, http, lesson);
  }
}
