/* SPDX-License-Identifier: Apache-2.0
 *
 * classrelay-demo-teacher: a teacher without a person. Publishes a synthetic lesson, or a file, by WHIP as
 * any client would: the camera with voice as one session, the screen as another. Runs until SIGINT or
 * SIGTERM.
 *
 * Exit status: 0 after a signal, 1 when something is missing, 2 when the arguments are wrong or the file
 * cannot be decoded.
 */
#include "access.h"
#include "base/log.h"
#include "demo-pipeline.h"
#include "event-stream.h"
#include "whip-session.h"

#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  CrDemoPipeline *demo;
  CrWhipSession *session;
} Show;

typedef struct {
  CrAccess access;
  gchar *input;
  gchar *codec;
  gchar *size;
  gboolean no_screen, no_audio, flash_beep, ignore_pli, check_input;
  gint frames_per_s, screen_frames_per_s, bitrate_kbps, picture_id_bits;
  gint64 seed;

  CrCodec video_codec;
  guint width, height;
  Show shows[2]; /* camera, screen */
  guint n_shows;
  CrEventStream *events;
  GMainLoop *loop;
  guint n_stopping;
} Teacher;

static gboolean
parse_arguments (Teacher *teacher, gint *argc, gchar ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  const GOptionEntry entries[] = {
      {"input", 0, 0, G_OPTION_ARG_FILENAME, &teacher->input, "Play this file instead, looped", "FILE"},
      {"check-input", 0, 0, G_OPTION_ARG_NONE, &teacher->check_input,
       "Only see whether --input can be decoded", NULL},
      {"codec", 0, 0, G_OPTION_ARG_STRING, &teacher->codec, "h264 (default) or vp8", "CODEC"},
      {"size", 0, 0, G_OPTION_ARG_STRING, &teacher->size, "Of both pictures (1280x720)", "WxH"},
      {"fps", 0, 0, G_OPTION_ARG_INT, &teacher->frames_per_s, "Of the camera (15; 25 for a file)", "N"},
      {"screen-fps", 0, 0, G_OPTION_ARG_INT, &teacher->screen_frames_per_s, "Of the screen (5)", "N"},
      {"bitrate", 0, 0, G_OPTION_ARG_INT, &teacher->bitrate_kbps, "Of the camera (1500)", "KBPS"},
      {"no-screen", 0, 0, G_OPTION_ARG_NONE, &teacher->no_screen, "Camera and voice alone", NULL},
      {"no-audio", 0, 0, G_OPTION_ARG_NONE, &teacher->no_audio, "No voice", NULL},
      {"seed", 0, 0, G_OPTION_ARG_INT64, &teacher->seed, "Fixes SSRCs, first sequence numbers, timestamps",
       "N"},
      {"picture-id", 0, 0, G_OPTION_ARG_INT, &teacher->picture_id_bits, "Of VP8: 0, 7 or 15 (default)",
       "BITS"},
      {"flash-beep", 0, 0, G_OPTION_ARG_NONE, &teacher->flash_beep, "A white flash and a beep every second",
       NULL},
      {"ignore-pli", 0, 0, G_OPTION_ARG_NONE, &teacher->ignore_pli, "Make no keyframe on request", NULL},
      {NULL}};

  g_option_context_set_summary (context, "Publishes a demo lesson by WHIP.");
  cr_access_add_options (&teacher->access, context);
  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, argc, argv, error);
}

static gboolean
check_arguments (Teacher *teacher, GError **error)
{
  teacher->video_codec = CR_CODEC_H264;
  teacher->width = 1280;
  teacher->height = 720;
  if (g_strcmp0 (teacher->codec, "vp8") == 0) {
    teacher->video_codec = CR_CODEC_VP8;
  } else if (teacher->codec != NULL && g_strcmp0 (teacher->codec, "h264") != 0) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--codec is h264 or vp8, not %s",
                 teacher->codec);
    return FALSE;
  }
  if (teacher->size != NULL && sscanf (teacher->size, "%ux%u", &teacher->width, &teacher->height) != 2) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--size is like 1280x720, not %s",
                 teacher->size);
    return FALSE;
  }
  if (teacher->check_input && teacher->input == NULL) {
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--check-input needs --input");
    return FALSE;
  }
  if (teacher->frames_per_s <= 0)
    teacher->frames_per_s = teacher->input == NULL ? 15 : 25;
  return TRUE;
}

static void
on_encoded (CrDemoPipeline *demo, CrMediaKind kind, GstSample *sample, gpointer data)
{
  Show *show = data;

  cr_whip_session_push (show->session, kind, sample);
}

static void
on_keyframe_wanted (gpointer data)
{
  Show *show = data;

  cr_demo_pipeline_request_keyframe (show->demo);
}

static gboolean
add_show (Teacher *teacher, CrSource source, GError **error)
{
  Show *show = &teacher->shows[teacher->n_shows];
  gboolean camera = source == CR_SOURCE_CAMERA;
  const CrDemoConfig config = {
      .source = source,
      .video_codec = teacher->video_codec,
      .width = teacher->width,
      .height = teacher->height,
      .frames_per_s = camera ? teacher->frames_per_s : teacher->screen_frames_per_s,
      .bitrate_kbps = teacher->bitrate_kbps,
      .audio = camera && !teacher->no_audio,
      .flash_beep = camera && teacher->flash_beep,
      .file = camera ? teacher->input : NULL,
      .ignore_keyframe_requests = teacher->ignore_pli,
  };

  show->demo = cr_demo_pipeline_new (&config, on_encoded, show, error);
  teacher->n_shows++;
  return show->demo != NULL;
}

static void
publish_show (Teacher *teacher, Show *show, const gchar *source_name)
{
  gboolean camera = show == &teacher->shows[0];
  g_autofree gchar *lesson = g_uri_escape_string (teacher->access.lesson, NULL, FALSE);
  g_autofree gchar *path = g_strdup_printf ("/whip/%s/%s", lesson, source_name);
  const CrPublishConfig config = {
      .video_codec = teacher->video_codec,
      .audio = camera && !teacher->no_audio,
      .loopback = cr_http_client_is_loopback (teacher->access.http),
      .seed = teacher->seed == 0 ? 0 : (guint32)(teacher->seed * 4 + (camera ? 1 : 3)),
      .vp8_picture_id_bits = (guint)teacher->picture_id_bits,
  };

  show->session = cr_whip_session_new (teacher->access.http, path, teacher->access.tokens[0], &config,
                                       on_keyframe_wanted, show);
  cr_demo_pipeline_play (show->demo);
  cr_whip_session_start (show->session, cr_demo_pipeline_get_base_time (show->demo));
}

static void
publish_again (gpointer data)
{
  Teacher *teacher = data;

  if (teacher->n_stopping > 0)
    return;
  cr_event_stream_set_token (teacher->events, teacher->access.tokens[0]);
  for (guint i = 0; i < teacher->n_shows; i++) {
    cr_whip_session_set_token (teacher->shows[i].session, teacher->access.tokens[0]);
    cr_whip_session_restart (teacher->shows[i].session);
  }
}

static void
on_refused (gpointer data)
{
  Teacher *teacher = data;

  cr_access_refresh (&teacher->access, publish_again, teacher);
}

/* The headless teacher gives nobody the floor: that is left to whoever opens the teacher's page. */
static const CrEventHandler event_handler = {.on_boot_changed = publish_again, .on_refused = on_refused};

static gboolean
on_session_stopped (gpointer data)
{
  Teacher *teacher = data;

  if (--teacher->n_stopping == 0)
    g_main_loop_quit (teacher->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_signal (gpointer data)
{
  Teacher *teacher = data;

  if (teacher->n_stopping > 0)
    return G_SOURCE_CONTINUE; /* already on the way out, 2 s at most */
  teacher->n_stopping = teacher->n_shows;
  for (guint i = 0; i < teacher->n_shows; i++)
    cr_whip_session_stop (teacher->shows[i].session, on_session_stopped, teacher);
  return G_SOURCE_CONTINUE;
}

static void
run (Teacher *teacher)
{
  guint interrupt = g_unix_signal_add (SIGINT, on_signal, teacher);
  guint terminate = g_unix_signal_add (SIGTERM, on_signal, teacher);

  publish_show (teacher, &teacher->shows[0], "camera");
  if (teacher->n_shows > 1)
    publish_show (teacher, &teacher->shows[1], "screen");
  teacher->events = cr_event_stream_new (teacher->access.http, teacher->access.lesson,
                                         teacher->access.tokens[0], g_random_int (), &event_handler, teacher);
  g_main_loop_run (teacher->loop);

  g_clear_pointer (&teacher->events, cr_event_stream_free);
  g_source_remove (interrupt);
  g_source_remove (terminate);
}

static void
clear (Teacher *teacher)
{
  for (guint i = 0; i < teacher->n_shows; i++) {
    g_clear_pointer (&teacher->shows[i].demo, cr_demo_pipeline_free); /* first, so that nothing is pushed */
    g_clear_pointer (&teacher->shows[i].session, cr_whip_session_free);
  }
  cr_access_clear (&teacher->access);
  g_clear_pointer (&teacher->loop, g_main_loop_unref);
  g_free (teacher->input);
  g_free (teacher->codec);
  g_free (teacher->size);
}

/* Encoders and files first: what is wrong with them is said before anything is published. */
static gint
prepare (Teacher *teacher)
{
  g_autoptr (GError) error = NULL;

  if (!check_arguments (teacher, &error)) {
    g_printerr ("classrelay-demo-teacher: %s\n", error->message);
    return 2;
  }
  if (!add_show (teacher, CR_SOURCE_CAMERA, &error)) {
    if (teacher->input != NULL)
      g_printerr ("classrelay-demo-teacher: %s cannot be decoded: %s\n", teacher->input, error->message);
    else
      g_printerr ("classrelay-demo-teacher: %s\n", error->message);
    return teacher->input != NULL ? 2 : 1;
  }
  if (teacher->check_input)
    return 0;
  if (!teacher->no_screen && !add_show (teacher, CR_SOURCE_SCREEN, &error)) {
    g_printerr ("classrelay-demo-teacher: %s\n", error->message);
    return 1;
  }
  if (!cr_access_resolve (&teacher->access, CR_ACCESS_TEACHER, &error)) {
    g_printerr ("classrelay-demo-teacher: %s\n", error->message);
    return 1;
  }
  return 0;
}

gint
main (gint argc, gchar **argv)
{
  Teacher teacher = {.screen_frames_per_s = 5, .bitrate_kbps = 1500, .picture_id_bits = 15};
  g_autoptr (GError) error = NULL;
  gint status;

  setlocale (LC_ALL, "");
  gst_init (NULL, NULL);
  if (!parse_arguments (&teacher, &argc, &argv, &error)) {
    g_printerr ("classrelay-demo-teacher: %s\n", error->message);
    return 2;
  }
  teacher.loop = g_main_loop_new (NULL, FALSE);
  status = prepare (&teacher);
  if (status == 0 && !teacher.check_input)
    run (&teacher);
  clear (&teacher);
  return status;
}
