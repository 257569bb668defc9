/* SPDX-License-Identifier: Apache-2.0
 *
 * One line for each piece of news, flushed at once.
 */
#include "hearing.h"

#include "talk-tone.h"
#include <errno.h>
#include <gio/gio.h>
#include <string.h>

typedef struct {
  CrHearing *hearing;
  guint number, first_floor;
  CrEar *ear;
} Listener;

struct CrHearing {
  FILE *file;
  CrLessonView *view;
  GPtrArray *listeners; /* Listener */
};

static void
listener_free (gpointer data)
{
  Listener *listener = data;

  g_clear_pointer (&listener->ear, cr_ear_free);
  g_free (listener);
}

CrHearing *
cr_hearing_new (const gchar *path, CrLessonView *view, GError **error)
{
  FILE *file = g_str_equal (path, "-") ? stdout : fopen (path, "we");
  CrHearing *hearing;

  if (file == NULL) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path, g_strerror (errno));
    return NULL;
  }
  hearing = g_new0 (CrHearing, 1);
  hearing->file = file;
  hearing->view = view;
  hearing->listeners = g_ptr_array_new_with_free_func (listener_free);
  return hearing;
}

void
cr_hearing_free (CrHearing *hearing)
{
  g_ptr_array_unref (hearing->listeners);
  if (hearing->file != stdout)
    fclose (hearing->file);
  g_free (hearing);
}

/* Its key, or "#3" as long as no event has told it. */
static void
add_key (JsonBuilder *builder, CrLessonView *view, guint number)
{
  const gchar *key = cr_lesson_view_get_key (view, number);
  g_autofree gchar *placeholder = key == NULL ? g_strdup_printf ("#%u", number) : NULL;

  json_builder_add_string_value (builder, key == NULL ? placeholder : key);
}

static void
add_heard (JsonBuilder *builder, const Listener *listener)
{
  guint64 heard = cr_ear_get_heard (listener->ear);

  json_builder_set_member_name (builder, "heard");
  json_builder_begin_array (builder);
  for (guint i = 0; i < CR_TALK_N_TONES; i++) {
    if (heard & G_GUINT64_CONSTANT (1) << i)
      add_key (builder, listener->hearing->view, i + 1);
  }
  json_builder_end_array (builder);
}

static void
add_picture (JsonBuilder *builder, const Listener *listener, const CrEarNews *news)
{
  json_builder_set_member_name (builder, "floor");
  json_builder_add_int_value (builder, news->video_index - listener->first_floor);
  json_builder_set_member_name (builder, "picture");
  if (news->begins)
    json_builder_add_string_value (builder, news->large ? "large" : "small");
  else
    json_builder_add_null_value (builder);
}

static void
on_news (const CrEarNews *news, gpointer data)
{
  const Listener *listener = data;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL;
  gint64 real_us = news->at_us + g_get_real_time () - g_get_monotonic_time ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "t");
  json_builder_add_double_value (builder, (gdouble)real_us / G_USEC_PER_SEC);
  json_builder_set_member_name (builder, "classroom");
  add_key (builder, listener->hearing->view, listener->number);
  if (news->number > 0)
    add_heard (builder, listener);
  else
    add_picture (builder, listener, news);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  fprintf (listener->hearing->file, "%s\n", text);
  fflush (listener->hearing->file);
}

CrEar *
cr_hearing_add_ear (CrHearing *hearing, guint number, GBytes *large, guint first_floor, GError **error)
{
  Listener *listener = g_new0 (Listener, 1);

  listener->hearing = hearing;
  listener->number = number;
  listener->first_floor = first_floor;
  listener->ear = cr_ear_new (large, first_floor, on_news, listener, error);
  g_ptr_array_add (hearing->listeners, listener);
  return listener->ear;
}

void
cr_hearing_tick (CrHearing *hearing, gint64 now_us)
{
  for (guint i = 0; i < hearing->listeners->len; i++) {
    Listener *listener = g_ptr_array_index (hearing->listeners, i);

    cr_ear_tick (listener->ear, now_us);
  }
}
