/* SPDX-License-Identifier: Apache-2.0
 *
 * classrelay-simulator: N classrooms in one process and one thread (decoders aside), each with a WebRTC
 * session of its own. Prints a line every few seconds and a summary at the end.
 *
 * Exit status: 0 when it ended by signal or duration and every expectation was met, 1 when something is
 * missing, 2 when the arguments are wrong, 3 when an expectation was not met.
 */
#include "access.h"
#include "base/log.h"
#include "classroom.h"
#include "event-stream.h"
#include "hearing.h"
#include "report.h"
#include "talkers.h"

#include <glib-unix.h>
#include <gst/gst.h>
#include <locale.h>
#include <stdio.h>
#include <sys/resource.h>

/* Full ICE agents are a proof, not a load: beyond as many the light peer takes over. */
#define MAX_NICE 50

/* After a restart of the relay, so that not all of them come in one instant. */
#define REJOIN_JITTER_MS 1000

/* Who listens for other classrooms has their two floors beside the teacher's slots. */
#define HEARING_SLOTS   "?video=camera,screen,floor,floor2&audio=teacher,floor,floor2"
#define HEARING_N_VIDEO 4
#define HEARING_N_AUDIO 3
#define FIRST_FLOOR     2

/* For DELETE to be answered. */
#define LEAVE_MS 500

typedef struct {
  CrAccess access;
  gint n_classrooms, first, n_decoding, duration_s, interval_s, ramp_ms, n_video, n_audio;
  gint64 seed;
  gchar *transport, *codec, *profile, *json_path, *hear_path;
  gboolean red, talk, hands, ignore_revoke;
  CrExpectations expectations;

  GMainLoop *loop;
  GRand *chance;
  CrTransportShared shared;
  CrEventStream *events;
  CrLessonView *view;
  CrTalkers *talkers;    /* NULL: they only watch */
  CrHearing *hearing;    /* NULL: they do not listen for each other */
  GPtrArray *classrooms; /* CrClassroom */
  gint64 started_us;
  CrReportMark mark;
  gboolean leaving;
  gint status;
} Simulator;

static gboolean
parse_arguments (Simulator *sim, gint *argc, gchar ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  const GOptionEntry entries[] = {
      {"classrooms", 'n', 0, G_OPTION_ARG_INT, &sim->n_classrooms, "How many (18)", "N"},
      {"first", 0, 0, G_OPTION_ARG_INT, &sim->first, "Their place among the tokens begins here (1)", "N"},
      {"talk", 0, 0, G_OPTION_ARG_NONE, &sim->talk,
       "Each publishes a small picture with its number; with the floor, a large one and a tone", NULL},
      {"hands", 0, 0, G_OPTION_ARG_NONE, &sim->hands, "With --talk: hands go up now and then", NULL},
      {"ignore-revoke", 0, 0, G_OPTION_ARG_NONE, &sim->ignore_revoke,
       "With --talk: send large picture and tone whoever has the floor", NULL},
      {"hear", 0, 0, G_OPTION_ARG_FILENAME, &sim->hear_path,
       "Write who hears whose tone there, as lines of JSON; - is standard output", "FILE"},
      {"decode", 0, 0, G_OPTION_ARG_INT, &sim->n_decoding, "The first K decode what they get", "K"},
      {"transport", 0, 0, G_OPTION_ARG_STRING, &sim->transport,
       "nice, light, or auto (default): nice for the first 50", "KIND"},
      {"codec", 0, 0, G_OPTION_ARG_STRING, &sim->codec, "Offer only h264 or vp8", "CODEC"},
      {"profile", 0, 0, G_OPTION_ARG_STRING, &sim->profile, "Offer only gcm or cm of SRTP", "PROFILE"},
      {"red", 0, 0, G_OPTION_ARG_NONE, &sim->red, "Offer redundant audio", NULL},
      {"video", 0, 0, G_OPTION_ARG_INT, &sim->n_video, "Video lines (2: camera and screen)", "N"},
      {"audio", 0, 0, G_OPTION_ARG_INT, &sim->n_audio, "Audio lines (1: the teacher)", "N"},
      {"ramp", 0, 0, G_OPTION_ARG_INT, &sim->ramp_ms, "Join at random within so many ms (0: at the bell)",
       "MS"},
      {"seed", 0, 0, G_OPTION_ARG_INT64, &sim->seed, "Of all chance", "N"},
      {"duration", 0, 0, G_OPTION_ARG_INT, &sim->duration_s, "End after so many seconds (0: never)", "S"},
      {"interval", 0, 0, G_OPTION_ARG_INT, &sim->interval_s, "Seconds between lines (5)", "S"},
      {"json", 0, 0, G_OPTION_ARG_FILENAME, &sim->json_path, "Write the summary there too", "FILE"},
      {"expect-no-loss", 0, 0, G_OPTION_ARG_NONE, &sim->expectations.no_loss, "Fail when a packet was lost",
       NULL},
      {"expect-no-failures", 0, 0, G_OPTION_ARG_NONE, &sim->expectations.no_failures,
       "Fail when a session ended by itself", NULL},
      {"expect-join", 0, 0, G_OPTION_ARG_INT, &sim->expectations.join_p95_ms,
       "Fail when joining was slower (p95)", "MS"},
      {"expect-decoded", 0, 0, G_OPTION_ARG_NONE, &sim->expectations.decoded,
       "Fail when a decoder saw nothing, or froze", NULL},
      {"expect-av", 0, 0, G_OPTION_ARG_INT, &sim->expectations.av_offset_ms,
       "Fail when flash and beep are further apart", "MS"},
      {NULL}};

  g_option_context_set_summary (context, "Plays a lesson in simulated classrooms by WHEP.");
  cr_access_add_options (&sim->access, context);
  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, argc, argv, error);
}

static gboolean
is_one_of (const gchar *option, const gchar *value, const gchar *const *allowed, GError **error)
{
  g_autofree gchar *list = NULL;

  if (value == NULL || g_strv_contains (allowed, value))
    return TRUE;
  list = g_strjoinv (", ", (gchar **)allowed);
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s is one of %s, not %s", option, list,
               value);
  return FALSE;
}

static gboolean
check_arguments (Simulator *sim, GError **error)
{
  if (!is_one_of ("--transport", sim->transport, (const gchar *const[]){"nice", "light", "auto", NULL},
                  error) ||
      !is_one_of ("--codec", sim->codec, (const gchar *const[]){"h264", "vp8", NULL}, error) ||
      !is_one_of ("--profile", sim->profile, (const gchar *const[]){"gcm", "cm", NULL}, error))
    return FALSE;
  if (sim->n_classrooms < 1 || sim->interval_s < 1 || sim->n_video < 0 || sim->n_audio < 0 ||
      sim->n_video + sim->n_audio < 1 || sim->n_video + sim->n_audio > CR_OFFER_MAX_LINES ||
      sim->ramp_ms < 0 || sim->first < 1) {
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "a number is out of range");
    return FALSE;
  }
  if ((sim->hands || sim->ignore_revoke) && !sim->talk) {
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                         "--hands and --ignore-revoke need --talk");
    return FALSE;
  }
  if (sim->hear_path != NULL) {
    sim->n_video = HEARING_N_VIDEO;
    sim->n_audio = HEARING_N_AUDIO;
  }
  return TRUE;
}

static CrCodec
only_codec (const Simulator *sim)
{
  if (sim->codec == NULL)
    return CR_CODEC_NONE;
  return g_str_equal (sim->codec, "vp8") ? CR_CODEC_VP8 : CR_CODEC_H264;
}

static CrTransportKind
transport_for (const Simulator *sim, guint index)
{
  if (g_strcmp0 (sim->transport, "light") == 0)
    return CR_TRANSPORT_LIGHT;
  if (g_strcmp0 (sim->transport, "nice") == 0)
    return CR_TRANSPORT_NICE;
  return index < MAX_NICE ? CR_TRANSPORT_NICE : CR_TRANSPORT_LIGHT;
}

/* Tokens stand in the order of the roster, so the place of one is its classroom's number less 1. */
static guint
place_of (const Simulator *sim, guint index)
{
  return ((guint)sim->first - 1 + index) % g_strv_length (sim->access.tokens);
}

static const gchar *
token_of (const Simulator *sim, guint index)
{
  return sim->access.tokens[place_of (sim, index)];
}

/* Everything is encoded before the first classroom joins, or it would be the join that looks slow. */
static gboolean
make_talkers (Simulator *sim, GError **error)
{
  g_autofree guint *numbers = g_new (guint, sim->n_classrooms);
  g_autofree const gchar **tokens = g_new (const gchar *, sim->n_classrooms);
  const CrTalkersConfig config = {.http = sim->access.http,
                                  .loop = sim->shared.loop,
                                  .identity = sim->shared.identity,
                                  .lesson = sim->access.lesson,
                                  .codec = only_codec (sim) == CR_CODEC_VP8 ? CR_CODEC_VP8 : CR_CODEC_H264,
                                  .n = (guint)sim->n_classrooms,
                                  .raise_hands = sim->hands,
                                  .ignore_floor = sim->ignore_revoke,
                                  .seed = g_rand_int (sim->chance)};

  for (guint i = 0; i < config.n; i++) {
    numbers[i] = place_of (sim, i) + 1;
    tokens[i] = token_of (sim, i);
  }
  sim->talkers = cr_talkers_new (&config, numbers, tokens, error);
  return sim->talkers != NULL;
}

static CrEar *
ear_of (Simulator *sim, guint index)
{
  GBytes *large = sim->talkers == NULL ? NULL : cr_talkers_get_parameter_set (sim->talkers);

  if (sim->hearing == NULL)
    return NULL;
  return cr_hearing_add_ear (sim->hearing, place_of (sim, index) + 1, large, FIRST_FLOOR, NULL);
}

/* Both its sessions, as a page makes them. */
static void
join (Simulator *sim, guint index, guint delay_ms)
{
  CrClassroom *classroom = g_ptr_array_index (sim->classrooms, index);

  cr_classroom_set_token (classroom, token_of (sim, index));
  cr_classroom_join (classroom, delay_ms);
  if (sim->talkers != NULL)
    cr_talkers_join (sim->talkers, index, token_of (sim, index), delay_ms);
}

static void
add_classrooms (Simulator *sim, const gchar *path)
{
  for (guint i = 0; i < (guint)sim->n_classrooms; i++) {
    const CrClassroomConfig config = {.http = sim->access.http,
                                      .shared = &sim->shared,
                                      .transport = transport_for (sim, i),
                                      .path = path,
                                      .token = token_of (sim, i),
                                      .n_video = sim->n_video,
                                      .n_audio = sim->n_audio,
                                      .only_codec = only_codec (sim),
                                      .red = sim->red,
                                      .decode = i < (guint)sim->n_decoding,
                                      .ear = ear_of (sim, i),
                                      .seed = g_rand_int (sim->chance)};

    g_ptr_array_add (sim->classrooms, cr_classroom_new (&config));
    join (sim, i, sim->ramp_ms == 0 ? 0 : g_rand_int_range (sim->chance, 0, sim->ramp_ms));
  }
}

static gint64
cpu_time_us (void)
{
  struct rusage usage;

  if (getrusage (RUSAGE_SELF, &usage) != 0)
    return 0;
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
}

/* `classrooms` of the report are freed by the caller. */
static void
take_report (Simulator *sim, CrReport *report)
{
  *report = (CrReport){.classrooms = g_new0 (CrClassroomStats, sim->classrooms->len),
                       .n_classrooms = sim->classrooms->len,
                       .elapsed_us = g_get_monotonic_time () - sim->started_us,
                       .cpu_us = cpu_time_us (),
                       .light = *cr_light_loop_get_stats (sim->shared.loop)};
  for (guint i = 0; i < sim->classrooms->len; i++)
    cr_classroom_get_stats (g_ptr_array_index (sim->classrooms, i), &report->classrooms[i]);
}

static gboolean
on_interval (gpointer data)
{
  Simulator *sim = data;
  g_autofree gchar *line = NULL;
  CrReport report;

  take_report (sim, &report);
  line = cr_report_line (&report, &sim->mark);
  g_print ("%s\n", line);
  g_free (report.classrooms);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_tick (gpointer data)
{
  Simulator *sim = data;
  gint64 now_us = g_get_monotonic_time ();
  gboolean silence_matters = !cr_event_stream_is_telling (sim->events);

  for (guint i = 0; i < sim->classrooms->len && !sim->leaving; i++)
    cr_classroom_tick (g_ptr_array_index (sim->classrooms, i), now_us, silence_matters);
  if (sim->talkers != NULL && !sim->leaving)
    cr_talkers_tick (sim->talkers, now_us);
  if (sim->hearing != NULL)
    cr_hearing_tick (sim->hearing, now_us);
  return G_SOURCE_CONTINUE;
}

static void
join_again (gpointer data)
{
  Simulator *sim = data;

  if (sim->leaving)
    return;
  cr_log (CR_LOG_INFO, "relay-restarted", NULL);
  cr_event_stream_set_token (sim->events, token_of (sim, 0));
  for (guint i = 0; i < sim->classrooms->len; i++)
    join (sim, i, g_rand_int_range (sim->chance, 0, REJOIN_JITTER_MS));
}

static void
on_refused (gpointer data)
{
  Simulator *sim = data;

  cr_access_refresh (&sim->access, join_again, sim);
}

static void
on_event (const gchar *name, JsonObject *document, gpointer data)
{
  Simulator *sim = data;

  cr_lesson_view_apply (sim->view, document);
  if (sim->talkers != NULL)
    cr_talkers_follow (sim->talkers, sim->view);
}

static const CrEventHandler event_handler = {on_event, join_again, on_refused};

static gboolean
on_left (gpointer data)
{
  Simulator *sim = data;

  g_main_loop_quit (sim->loop);
  return G_SOURCE_REMOVE;
}

/* What was measured is told first; leaving changes it. */
static void
conclude (Simulator *sim)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *summary = NULL;
  g_autofree gchar *fault = NULL;
  CrReport report;

  take_report (sim, &report);
  summary = cr_report_summary (&report);
  g_print ("%s", summary);
  if (sim->talkers != NULL) {
    g_autofree gchar *talking = cr_talkers_summary (sim->talkers);

    g_print ("%s\n", talking);
  }
  fault = cr_report_find_fault (&report, &sim->expectations);
  if (fault != NULL) {
    g_printerr ("classrelay-simulator: %s\n", fault);
    sim->status = 3;
  }
  if (sim->json_path != NULL && !cr_report_write_json (&report, sim->json_path, &error)) {
    g_printerr ("classrelay-simulator: %s\n", error->message);
    sim->status = 1;
  }
  g_free (report.classrooms);
}

static gboolean
on_end (gpointer data)
{
  Simulator *sim = data;

  if (sim->leaving)
    return G_SOURCE_CONTINUE;
  sim->leaving = TRUE;
  conclude (sim);
  for (guint i = 0; i < sim->classrooms->len; i++)
    cr_classroom_leave (g_ptr_array_index (sim->classrooms, i));
  if (sim->talkers != NULL)
    cr_talkers_leave (sim->talkers);
  g_timeout_add (LEAVE_MS, on_left, sim);
  return G_SOURCE_CONTINUE;
}

static void
run (Simulator *sim)
{
  g_autofree gchar *lesson = g_uri_escape_string (sim->access.lesson, NULL, FALSE);
  g_autofree gchar *path =
      g_strdup_printf ("/whep/%s%s", lesson, sim->hear_path != NULL ? HEARING_SLOTS : "");
  guint sources[] = {
      g_unix_signal_add (SIGINT, on_end, sim),
      g_unix_signal_add (SIGTERM, on_end, sim),
      g_timeout_add (CR_RECEIVER_TICK_US / 1000, on_tick, sim),
      g_timeout_add_seconds (sim->interval_s, on_interval, sim),
      sim->duration_s > 0 ? g_timeout_add_seconds (sim->duration_s, on_end, sim) : 0,
  };

  sim->started_us = g_get_monotonic_time ();
  sim->events = cr_event_stream_new (sim->access.http, sim->access.lesson, token_of (sim, 0),
                                     g_rand_int (sim->chance), &event_handler, sim);
  add_classrooms (sim, path);
  g_main_loop_run (sim->loop);

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    g_clear_handle_id (&sources[i], g_source_remove);
  g_clear_pointer (&sim->events, cr_event_stream_free);
  g_ptr_array_set_size (sim->classrooms, 0);
}

/* What may be missing on this machine is tried before anything is joined. */
static gboolean
prepare_media (Simulator *sim, GError **error)
{
  if (sim->n_decoding > 0) {
    g_autoptr (CrClassroomPipeline) probe = cr_classroom_pipeline_new (error);

    if (probe == NULL)
      return FALSE;
  }
  sim->shared.identity = cr_dtls_identity_new (error);
  if (sim->shared.identity == NULL || !cr_access_resolve (&sim->access, CR_ACCESS_CLASSROOMS, error))
    return FALSE;
  if (sim->profile != NULL)
    cr_dtls_identity_restrict_profile (sim->shared.identity, g_str_equal (sim->profile, "cm")
                                                                 ? CR_SRTP_AES128_CM_SHA1_80
                                                                 : CR_SRTP_AEAD_AES_128_GCM);
  sim->shared.loop = cr_light_loop_new (NULL);
  sim->shared.stamp_arrivals = sim->hear_path != NULL;
  sim->shared.loopback = cr_http_client_is_loopback (sim->access.http);
  sim->view = cr_lesson_view_new ();
  if (sim->talk && !make_talkers (sim, error))
    return FALSE;
  if (sim->hear_path == NULL)
    return TRUE;
  sim->hearing = cr_hearing_new (sim->hear_path, sim->view, error);
  return sim->hearing != NULL;
}

static gint
prepare (Simulator *sim)
{
  g_autoptr (GError) error = NULL;

  if (!check_arguments (sim, &error)) {
    g_printerr ("classrelay-simulator: %s\n", error->message);
    return 2;
  }
  if (!prepare_media (sim, &error)) {
    g_printerr ("classrelay-simulator: %s\n", error->message);
    return 1;
  }
  return 0;
}

static void
clear (Simulator *sim)
{
  g_ptr_array_unref (sim->classrooms);
  g_clear_pointer (&sim->talkers, cr_talkers_free);
  g_clear_pointer (&sim->hearing, cr_hearing_free);
  g_clear_pointer (&sim->view, cr_lesson_view_free);
  g_clear_pointer (&sim->shared.loop, cr_light_loop_free);
  g_clear_pointer (&sim->shared.identity, cr_dtls_identity_free);
  cr_access_clear (&sim->access);
  g_rand_free (sim->chance);
  g_main_loop_unref (sim->loop);
  g_free (sim->transport);
  g_free (sim->codec);
  g_free (sim->profile);
  g_free (sim->json_path);
  g_free (sim->hear_path);
}

gint
main (gint argc, gchar **argv)
{
  Simulator sim = {.n_classrooms = 18, .first = 1, .interval_s = 5, .n_video = 2, .n_audio = 1};
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  setvbuf (stdout, NULL, _IOLBF, 0); /* its lines are read as they come, also through a pipe */
  gst_init (NULL, NULL);
  if (!parse_arguments (&sim, &argc, &argv, &error)) {
    g_printerr ("classrelay-simulator: %s\n", error->message);
    return 2;
  }
  sim.loop = g_main_loop_new (NULL, FALSE);
  sim.chance = sim.seed == 0 ? g_rand_new () : g_rand_new_with_seed ((guint32)sim.seed);
  sim.classrooms = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_classroom_free);
  sim.status = prepare (&sim);
  if (sim.status == 0)
    run (&sim);
  clear (&sim);
  return sim.status;
}
