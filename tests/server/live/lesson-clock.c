/* SPDX-License-Identifier: Apache-2.0
 *
 * The real daemon and the bell, under a clock that libfaketime moves: a minute a second, and jumps as a
 * machine makes that slept. A lesson opens once by itself, stays open over a restart, is live when its
 * teacher publishes, and ends with everybody leaving; what the database keeps of it is looked at afterwards.
 * Intervals (ICE, DTLS, the main loop) stay real.
 */
#include "people/credentials.h"
#include "people/password.h"
#include "schedule/timetable.h"
#include "store/account-store.h"
#include "store/class-store.h"
#include "store/classroom-store.h"
#include "store/course-store.h"
#include "store/device-store.h"
#include "store/teacher-store.h"
#include "store/term-store.h"
#include "store/timetable-store.h"
#include "support/daemon.h"
#include "support/folder.h"
#include "support/light-offer.h"
#include "support/make-rtp.h"

#include <string.h>
#include <unistd.h>

#define JSON "application/json"
#define SDP  "application/sdp"

#define PASSWORD   "correct horse battery"
#define SPEED      60 /* a join token lives ten seconds, which must do on a loaded machine */
#define MINUTE_S   60
#define POLL_MS    50
#define VOICE_MS   20
#define VOICE_RTP  960
#define PT_OPUS    111
#define WATCHDOG_S 150

/* Monday, 2 March 2026, in Shanghai: opens 7:45, rings 8:00 and 8:10, ends 8:15, once extended 8:25.
 * Tuesday's likewise. */
#define MIDNIGHT_S       1772380800
#define AT(hour, minute) (MIDNIGHT_S + ((hour)*60 + (minute)) * MINUTE_S)
#define DAY_S            (24 * 60 * MINUTE_S)
#define LESSON           "monday-20260302"
#define MISSED           "tuesday-20260303"

/* $LIB is the loader's word for the machine's library folder. */
#define FAKETIME "/usr/$LIB/faketime/libfaketimeMT.so.1"

typedef struct {
  CrLightPeer *light;
  guint n_packets;
  gboolean closed;
} Guest;

typedef struct {
  gchar *folder, *clock_path;
  CrTestDaemon *daemon;
  gint64 fake_s, since_us; /* it was fake_s on the daemon's clock at since_us of ours */
  gchar *term_id, *school_id, *host_id, *room_id, *class_id, *teacher_id;
  gchar *device, *stranger; /* credentials */
  CrDtlsIdentity *identity;
  CrLightLoop *loop;
  Guest teacher, classroom;
  guint64 index;
} World;

/* A district of one school. */

static gboolean
add_room (CrStoreTx *tx, World *world, const gchar *code, gchar **id, GError **error)
{
  g_autoptr (CrClassroomRow) row = g_new0 (CrClassroomRow, 1);

  row->school_id = g_strdup (world->school_id);
  row->code = g_strdup (code);
  row->name = g_strdup (code);
  row->seats = -1;
  if (!cr_classroom_store_insert (tx, row, error))
    return FALSE;
  *id = g_strdup (row->id);
  return TRUE;
}

static gboolean
add_device (CrStoreTx *tx, const gchar *room_id, gchar **credential, GError **error)
{
  g_autoptr (CrDeviceRow) row = g_new0 (CrDeviceRow, 1);

  *credential = cr_credential_generate ();
  row->classroom_id = g_strdup (room_id);
  row->name = g_strdup ("screen");
  row->paired_by = g_strdup ("somebody");
  row->paired_at = AT (0, 0);
  cr_token_hash (*credential, &row->credential_hash);
  return cr_device_store_insert (tx, row, error);
}

static gboolean
add_places (CrStoreTx *tx, World *world, GError **error)
{
  g_autoptr (CrSchoolRow) school = g_new0 (CrSchoolRow, 1);
  g_autoptr (CrClassRow) klass = g_new0 (CrClassRow, 1);
  g_autofree gchar *other_id = NULL;

  school->code = g_strdup ("S");
  school->name = g_strdup ("school");
  school->district = g_strdup ("district");
  if (!cr_school_store_insert (tx, school, error))
    return FALSE;
  world->school_id = g_strdup (school->id);
  klass->school_id = g_strdup (school->id);
  klass->grade = 4;
  klass->number = 1;
  if (!cr_class_store_insert (tx, klass, error))
    return FALSE;
  world->class_id = g_strdup (klass->id);
  return add_room (tx, world, "host", &world->host_id, error) &&
         add_room (tx, world, "listens", &world->room_id, error) &&
         add_room (tx, world, "other", &other_id, error) &&
         add_device (tx, world->room_id, &world->device, error) &&
         add_device (tx, other_id, &world->stranger, error);
}

static gboolean
add_teacher (CrStoreTx *tx, World *world, GError **error)
{
  g_autoptr (CrAccountRow) account = g_new0 (CrAccountRow, 1);
  g_autoptr (CrTeacherRow) teacher = g_new0 (CrTeacherRow, 1);

  account->login = g_strdup ("wang");
  account->name = g_strdup ("王老师");
  account->role = g_strdup ("teacher");
  account->school_id = g_strdup (world->school_id);
  account->password_hash = cr_password_hash_sync (PASSWORD, &cr_password_cost_least);
  account->created_at = AT (0, 0);
  if (!cr_account_store_insert (tx, account, error))
    return FALSE;
  teacher->code = g_strdup ("w");
  teacher->name = g_strdup ("王老师");
  teacher->school_id = g_strdup (world->school_id);
  teacher->account_id = g_strdup (account->id);
  if (!cr_teacher_store_insert (tx, teacher, error))
    return FALSE;
  world->teacher_id = g_strdup (teacher->id);
  return TRUE;
}

static gboolean
add_course (CrStoreTx *tx, const World *world, const gchar *id, guint weekday, GError **error)
{
  g_autoptr (CrCourse) course = cr_course_new (id);

  course->term_id = g_strdup (world->term_id);
  course->subject = g_strdup ("音乐");
  course->title = g_strdup ("茉莉花");
  course->grade = 4;
  course->teacher_id = g_strdup (world->teacher_id);
  course->host_classroom_id = g_strdup (world->host_id);
  course->weekday = weekday;
  course->period = 1;
  course->weeks = 1; /* the first week alone */
  course->rate_kbps = 1000;
  cr_course_add_class (course, world->class_id, world->room_id);
  return cr_course_store_insert (tx, course, error);
}

static gboolean
fill (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  CrDate monday = cr_date_parse ("2026-03-02");
  g_autoptr (CrTerm) term = cr_term_new ("t", "2026春", monday, 20, "Asia/Shanghai", 0, error);
  g_autoptr (CrBellSchedule) bells = NULL;

  if (!add_places (tx, world, error) || !add_teacher (tx, world, error) ||
      !cr_term_store_insert (tx, term, error))
    return FALSE;
  world->term_id = g_strdup (term->id);
  bells = cr_bell_schedule_new (NULL, world->school_id, "全年", monday - 100, monday + 200, 0);
  cr_bell_schedule_add_period (bells, 1, "1", 8 * 60, 8 * 60 + 10);
  return cr_bell_store_insert (tx, bells, error) && add_course (tx, world, "monday", 1, error) &&
         add_course (tx, world, "tuesday", 2, error);
}

static CrStore *
open_store (const World *world)
{
  g_autofree gchar *path = cr_store_path (world->folder);
  g_autoptr (GError) error = NULL;
  CrStore *store = cr_store_open (path, NULL, &error);

  g_assert_no_error (error);
  return store;
}

/* The daemon's clock. */

static gint64
fake_now_s (const World *world, guint speed)
{
  return world->fake_s + (g_get_monotonic_time () - world->since_us) * speed / G_USEC_PER_SEC;
}

static void
set_jumping_clock (World *world, gint64 to_s)
{
  g_autofree gchar *offset =
      g_strdup_printf ("%+" G_GINT64_FORMAT "\n", to_s - g_get_real_time () / G_USEC_PER_SEC);

  g_assert_true (g_file_set_contents (world->clock_path, offset, -1, NULL));
}

/* The environment of what is started next. `start` NULL: the clock is the file's. */
static void
set_faketime (World *world, const gchar *start)
{
  g_setenv ("LD_PRELOAD", FAKETIME, TRUE);
  g_setenv ("FAKETIME_DONT_FAKE_MONOTONIC", "1", TRUE);
  g_setenv ("FAKETIME_CACHE_DURATION", "1", TRUE);
  g_setenv ("FAKETIME_FMT", "%s", TRUE);
  if (start != NULL)
    g_setenv ("FAKETIME", start, TRUE);
  else
    g_setenv ("FAKETIME_TIMESTAMP_FILE", world->clock_path, TRUE);
}

static void
start_daemon (World *world, const gchar *start)
{
  const gchar *const options[] = {"--state", world->folder, NULL};
  static const gchar *const names[] = {
      "LD_PRELOAD",   "FAKETIME_DONT_FAKE_MONOTONIC", "FAKETIME_CACHE_DURATION",
      "FAKETIME_FMT", "FAKETIME_TIMESTAMP_FILE",      "FAKETIME"};

  set_faketime (world, start);
  world->daemon = cr_test_daemon_start (NULL, options);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_unsetenv (names[i]);
}

/* A clock that runs, from `fake_s` on. */
static void
start_daemon_at (World *world, gint64 fake_s)
{
  g_autofree gchar *start = g_strdup_printf ("@%" G_GINT64_FORMAT " x%d", fake_s, SPEED);

  world->fake_s = fake_s;
  world->since_us = g_get_monotonic_time ();
  start_daemon (world, start);
}

static void
stop_daemon (World *world)
{
  cr_test_daemon_stop (world->daemon);
  world->daemon = NULL;
}

static void
set_up (World *world, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrStore) store = NULL;

  alarm (WATCHDOG_S);
  g_assert_true (g_file_test ("/usr/bin/faketime", G_FILE_TEST_EXISTS)); /* config/setup/packages-check.txt */
  world->folder = g_dir_make_tmp ("cr-bell-XXXXXX", &error);
  g_assert_no_error (error);
  world->clock_path = g_build_filename (world->folder, "clock", NULL);
  store = open_store (world);
  g_assert_true (cr_store_run_sync (store, fill, world, &error));
  g_assert_no_error (error);
  world->identity = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  world->loop = cr_light_loop_new (NULL);
}

static void
tear_down (World *world, gconstpointer data)
{
  gchar *texts[] = {world->term_id,  world->school_id,  world->host_id, world->room_id,
                    world->class_id, world->teacher_id, world->device,  world->stranger};

  g_clear_pointer (&world->teacher.light, cr_light_peer_free);
  g_clear_pointer (&world->classroom.light, cr_light_peer_free);
  cr_light_loop_free (world->loop);
  cr_dtls_identity_free (world->identity);
  test_remove_folder (world->folder);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_free (world->folder);
  g_free (world->clock_path);
  alarm (0);
}

/* What people and devices do. */

static gboolean
on_due (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
turn_loop (guint for_ms)
{
  gboolean due = FALSE;

  g_timeout_add (for_ms, on_due, &due);
  while (!due)
    g_main_context_iteration (NULL, TRUE);
}

/* Of GET and POST of the lesson's resources, by a device's credential or a person's cookie. */
static CrTestReply *
ask (World *world, const gchar *method, const gchar *action, const gchar *bearer, const gchar *cookie)
{
  g_autofree gchar *path = g_strconcat ("/api/v1/lessons/" LESSON, action, NULL);
  const gchar *const headers[] = {"Cookie", cookie, "Origin", world->daemon->url, NULL};

  return cr_test_http (world->daemon, method, path, bearer, NULL, NULL, cookie != NULL ? headers : NULL);
}

static guint
status_for (World *world, const gchar *device)
{
  g_autoptr (CrTestReply) reply = ask (world, "GET", "", device, NULL);

  return reply->status;
}

static void
wait_for_status (World *world, guint status)
{
  while (status_for (world, world->device) != status)
    turn_loop (POLL_MS);
}

static void
wait_for_text (World *world, const gchar *text)
{
  for (;;) {
    g_autoptr (CrTestReply) reply = ask (world, "GET", "", world->device, NULL);

    g_assert_cmpuint (reply->status, ==, 200);
    if (strstr (reply->body, text) != NULL)
      return;
    turn_loop (POLL_MS);
  }
}

/* The cookie of the teacher's session; free with g_free(). */
static gchar *
sign_in (World *world)
{
  g_autoptr (CrTestReply) reply = cr_test_http (world->daemon, "POST", "/api/v1/sign-in", NULL, JSON,
                                                "{\"login\":\"wang\",\"password\":\"" PASSWORD "\"}", NULL);
  const gchar *cookie = cr_test_reply_get (reply, "Set-Cookie");

  g_assert_cmpuint (reply->status, ==, 200);
  return g_strndup (cookie, strcspn (cookie, ";"));
}

/* A token for the lesson; free with g_free(). */
static gchar *
join (World *world, const gchar *bearer, const gchar *cookie)
{
  g_autoptr (CrTestReply) reply = ask (world, "POST", "/join", bearer, cookie);
  const gchar *at = strstr (reply->body, "\"token\":\"");

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_nonnull (at);
  at += strlen ("\"token\":\"");
  return g_strndup (at, strcspn (at, "\""));
}

static void
on_rtp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  ((Guest *)data)->n_packets++;
}

static void
on_closed (CrLightPeer *peer, CrLightEnd end, gpointer data)
{
  g_assert_cmpint (end, ==, CR_LIGHT_END_CLOSE_NOTIFY);
  ((Guest *)data)->closed = TRUE;
}

static void
connect_guest (World *world, Guest *guest, const gchar *path, const gchar *token, const gchar *sample)
{
  static const CrLightPeerHandler handler = {.on_rtp = on_rtp, .on_closed = on_closed};
  g_autoptr (CrTestReply) reply = NULL;
  g_autofree gchar *offer = NULL;
  g_autoptr (GError) error = NULL;

  guest->light = cr_light_peer_new (world->loop, world->identity, &handler, guest);
  offer = test_light_offer (guest->light, sample);
  reply = cr_test_http (world->daemon, "POST", path, token, SDP, offer, NULL);
  g_assert_cmpuint (reply->status, ==, 201);
  g_assert_true (cr_light_peer_start (guest->light, reply->body, &error));
  g_assert_no_error (error);
  while (!cr_light_peer_is_connected (guest->light))
    g_main_context_iteration (NULL, TRUE);
}

static void
speak (World *world)
{
  guint8 payload[80] = {0x78}; /* RFC 6716 section 3.1: CELT, 20 ms, one frame */
  TestRtp rtp;

  test_rtp_begin (&rtp, PT_OPUS, (guint16)world->index, (guint32)world->index * VOICE_RTP, 4711);
  test_rtp_append (&rtp, payload, sizeof payload);
  if (!world->teacher.closed)
    cr_light_peer_send_rtp_packet (world->teacher.light, rtp.data, rtp.length_bytes, world->index);
  world->index++;
  turn_loop (VOICE_MS);
}

/* One click, before the end: it is another one from then on. Not for those who only listen. */
static void
extend (World *world, const gchar *token)
{
  g_autofree gchar *before = g_strdup_printf ("\"closes_at\":%d", AT (8, 15));
  g_autofree gchar *after = g_strdup_printf ("\"closes_at\":%d", AT (8, 25));
  g_autoptr (CrTestReply) refused = ask (world, "POST", "/extend", world->device, NULL);

  g_assert_cmpuint (refused->status, ==, 403);
  wait_for_text (world, before);
  for (;;) {
    g_autoptr (CrTestReply) extended = ask (world, "POST", "/extend", token, NULL);

    if (extended->status == 202)
      break;
    g_assert_cmpuint (extended->status, ==, 409); /* that it is live is just being kept */
    turn_loop (POLL_MS);
  }
  wait_for_text (world, after);
}

/* What the database has kept; the daemon has ended. */

typedef struct {
  World *world;
  CrTimetable *timetable;
} Look;

static gboolean
load (CrStoreTx *tx, gpointer data, GError **error)
{
  Look *look = data;

  look->timetable = cr_timetable_store_load (tx, look->world->term_id, error);
  return look->timetable != NULL;
}

static CrTimetable *
look_at_store (World *world)
{
  g_autoptr (CrStore) store = open_store (world);
  Look look = {.world = world};

  g_assert_null (cr_store_damage (store));
  g_assert_true (cr_store_read_sync (store, load, &look, NULL));
  return look.timetable;
}

static const CrFrozenLesson *
kept (const CrTimetable *timetable, const gchar *lesson_id)
{
  const CrMeeting *meeting = cr_timetable_meeting (timetable, lesson_id);

  g_assert_nonnull (meeting);
  return meeting->frozen;
}

/* A tick is a second, a minute here; a loaded machine may take some more. */
#define LATE_S (10 * MINUTE_S)

static void
test_the_bell_rings_once (World *world, gconstpointer data)
{
  g_autoptr (CrTimetable) before = NULL;
  g_autoptr (CrTimetable) after = NULL;
  g_autofree gchar *cookie = NULL;
  g_autofree gchar *teacher_token = NULL;
  g_autofree gchar *classroom_token = NULL;
  const CrFrozenLesson *lesson;
  gint64 opened_at;

  start_daemon_at (world, AT (7, 40));
  g_assert_cmpuint (status_for (world, world->device), ==, 404);
  wait_for_status (world, 200);
  g_assert_cmpuint (status_for (world, world->stranger), ==,
                    404); /* for those whom it concerns, nobody else */
  stop_daemon (world);

  before = look_at_store (world);
  lesson = kept (before, LESSON);
  g_assert_nonnull (lesson);
  g_assert_cmpint (lesson->state, ==, CR_LESSON_OPEN);
  g_assert_cmpint (lesson->opened_at, >=, AT (7, 45));
  g_assert_cmpint (lesson->opened_at, <=, AT (7, 45) + LATE_S);
  opened_at = lesson->opened_at;

  start_daemon_at (world, fake_now_s (world, SPEED));
  g_assert_cmpuint (status_for (world, world->device), ==,
                    200); /* the same lesson, before anything is served */
  wait_for_text (world, "\"state\":\"open\"");
  classroom_token = join (world, world->device, NULL);
  connect_guest (world, &world->classroom, "/whep/" LESSON, classroom_token, CR_TEST_WHEP_OFFER);
  cookie = sign_in (world);
  teacher_token = join (world, NULL, cookie);
  connect_guest (world, &world->teacher, "/whip/" LESSON "/camera", teacher_token, CR_TEST_WHIP_OFFER);
  while (world->classroom.n_packets == 0)
    speak (world);
  wait_for_text (world, "\"state\":\"live\"");
  extend (world, teacher_token);
  while (!world->classroom.closed || !world->teacher.closed) /* nobody but the clock ends it */
    speak (world);
  g_assert_cmpint (fake_now_s (world, SPEED), >=, AT (8, 25));
  wait_for_status (world, 404);
  stop_daemon (world);

  after = look_at_store (world);
  lesson = kept (after, LESSON);
  g_assert_cmpint (lesson->state, ==, CR_LESSON_ENDED);
  g_assert_cmpint (lesson->opened_at, ==, opened_at);
  g_assert_cmpint (lesson->live_at, >, opened_at);
  g_assert_cmpuint (lesson->extended_s, ==, 10 * MINUTE_S);
  g_assert_cmpint (lesson->ended_at, >=, AT (8, 25));
  g_assert_cmpint (lesson->ended_at, <=, AT (8, 25) + LATE_S);
  g_assert_null (kept (after, MISSED));
}

static void
test_a_machine_asleep_over_the_bell (World *world, gconstpointer data)
{
  g_autoptr (CrTimetable) timetable = NULL;
  const CrFrozenLesson *lesson;

  set_jumping_clock (world, AT (7, 30));
  start_daemon (world, NULL);
  g_assert_cmpuint (status_for (world, world->device), ==, 404);
  set_jumping_clock (world, AT (8, 4)); /* into the lesson: it opens at once */
  wait_for_status (world, 200);
  set_jumping_clock (world, AT (7, 50)); /* the clock is put back: it stays the same lesson */
  turn_loop (3000);
  g_assert_cmpuint (status_for (world, world->device), ==, 200);
  set_jumping_clock (world, AT (12, 0) + DAY_S); /* over its end, and over the whole of Tuesday's */
  wait_for_status (world, 404);
  turn_loop (2000);
  stop_daemon (world);

  timetable = look_at_store (world);
  lesson = kept (timetable, LESSON);
  g_assert_nonnull (lesson);
  g_assert_cmpint (lesson->state, ==, CR_LESSON_ENDED);
  g_assert_cmpint (lesson->opened_at, >=, AT (8, 4));
  g_assert_cmpint (lesson->opened_at, <, AT (8, 5));
  g_assert_cmpint (lesson->live_at, ==, 0);
  g_assert_cmpint (lesson->ended_at, >=, AT (12, 0) + DAY_S);
  lesson = kept (timetable, MISSED);
  g_assert_nonnull (lesson);
  g_assert_cmpint (lesson->state, ==, CR_LESSON_ENDED);
  g_assert_cmpint (lesson->opened_at, ==, 0);
}

#define TEST(name, func) g_test_add ("/server/live/lesson-clock/" name, World, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("bell", test_the_bell_rings_once);
  TEST ("asleep", test_a_machine_asleep_over_the_bell);
  return g_test_run ();
}
