/* SPDX-License-Identifier: Apache-2.0
 *
 * The log against a plain list of what was added: what is replayed to whom, what is forgotten, and ids that
 * nobody was ever given.
 */
#include "http/event-log.h"

#include <string.h>

#define BOOT "4be0c0de4be0c0de"

typedef struct {
  guint64 counter;
  CrEventLog *log;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->counter = 41;
  f->log = cr_event_log_new (BOOT, &f->counter);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  cr_event_log_free (f->log);
}

static void
add (Fixture *f, const gchar *staff, const gchar *others)
{
  const gchar *data[CR_N_AUDIENCES] = {staff, others};
  GBytes *texts[CR_N_AUDIENCES];

  cr_event_log_add (f->log, "hands", data, texts);
  for (guint i = 0; i < CR_N_AUDIENCES; i++) {
    g_assert_cmpint (texts[i] != NULL, ==, data[i] != NULL);
    g_clear_pointer (&texts[i], g_bytes_unref);
  }
}

/* What is replayed, joined; "none" when the id is not known. Free with g_free(). */
static gchar *
replay (Fixture *f, CrAudience audience, const gchar *id)
{
  g_autoptr (GPtrArray) texts = cr_event_log_replay (f->log, audience, id);
  GString *joined = g_string_new (NULL);

  if (texts == NULL)
    g_string_append (joined, "none");
  for (guint i = 0; texts != NULL && i < texts->len; i++)
    g_string_append_len (joined, g_bytes_get_data (texts->pdata[i], NULL),
                         (gssize)g_bytes_get_size (texts->pdata[i]));
  return g_string_free (joined, FALSE);
}

static void
assert_replay (Fixture *f, CrAudience audience, const gchar *id, const gchar *expected)
{
  g_autofree gchar *text = replay (f, audience, id);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_each_audience_gets_its_own (Fixture *f, gconstpointer data)
{
  add (f, "{\"a\":1}", "{\"a\":1}");
  add (f, "{\"private\":2}", NULL);
  add (f, "{\"a\":3,\"loss\":0.1}", "{\"a\":3}");

  assert_replay (f, CR_AUDIENCE_STAFF, BOOT ".42",
                 "id: " BOOT ".43\nevent: hands\ndata: {\"a\":1}\n\n"
                 "id: " BOOT ".44\nevent: hands\ndata: {\"private\":2}\n\n"
                 "id: " BOOT ".45\nevent: hands\ndata: {\"a\":3,\"loss\":0.1}\n\n");
  assert_replay (f, CR_AUDIENCE_OTHERS, BOOT ".42",
                 "id: " BOOT ".43\nevent: hands\ndata: {\"a\":1}\n\n"
                 "id: " BOOT ".45\nevent: hands\ndata: {\"a\":3}\n\n");
  assert_replay (f, CR_AUDIENCE_OTHERS, BOOT ".44", "id: " BOOT ".45\nevent: hands\ndata: {\"a\":3}\n\n");
  assert_replay (f, CR_AUDIENCE_OTHERS, BOOT ".45", "");
}

static void
test_snapshot_has_the_last_id (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) first = cr_event_log_format (f->log, "snapshot", "{}");
  g_autoptr (GBytes) second = NULL;

  g_assert_cmpmem (g_bytes_get_data (first, NULL), g_bytes_get_size (first),
                   "id: " BOOT ".42\nevent: snapshot\ndata: {}\n\n",
                   strlen ("id: " BOOT ".42\nevent: snapshot\ndata: {}\n\n"));
  add (f, "{}", NULL);
  second = cr_event_log_format (f->log, "snapshot", "{}");
  g_assert_true (g_str_has_prefix (g_bytes_get_data (second, NULL), "id: " BOOT ".43\n"));
}

static void
test_ids_of_elsewhere_are_not_known (Fixture *f, gconstpointer data)
{
  static const gchar *const ids[] = {NULL,
                                     "",
                                     ".",
                                     BOOT,
                                     BOOT ".",
                                     BOOT ".0",
                                     BOOT ".042",
                                     BOOT ".+42",
                                     BOOT ". 42",
                                     BOOT ".42 ",
                                     BOOT ".-42",
                                     BOOT ".42x",
                                     BOOT ".42, " BOOT ".43",
                                     BOOT ".99",
                                     BOOT ".41",
                                     BOOT ".18446744073709551615",
                                     BOOT ".18446744073709551658",
                                     BOOT ".99999999999999999999999999999999",
                                     "4be0c0de4be0c0df.42",
                                     "x" BOOT ".42",
                                     "\xff\xfe",
                                     "%s%n"};
  g_autoptr (CrEventLog) other = cr_event_log_new (BOOT, &f->counter); /* takes 43 */

  g_assert_nonnull (other);
  add (f, "{}", "{}"); /* 44 */
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    assert_replay (f, CR_AUDIENCE_STAFF, ids[i], "none");
  assert_replay (f, CR_AUDIENCE_STAFF, BOOT ".43", "none"); /* the other lesson's */
  assert_replay (f, CR_AUDIENCE_STAFF, BOOT ".42", "id: " BOOT ".44\nevent: hands\ndata: {}\n\n");
}

static void
test_old_events_are_forgotten (Fixture *f, gconstpointer data)
{
  const guint n = CR_EVENT_LOG_MAX_EVENTS * 3 + 7;

  for (guint i = 0; i < n; i++)
    add (f, "{}", "{}");
  g_assert_cmpuint (cr_event_log_get_n_events (f->log), ==, CR_EVENT_LOG_MAX_EVENTS);
  for (guint i = 0; i <= n; i++) { /* ids are 42 (the beginning) to 42 + n */
    g_autofree gchar *id = g_strdup_printf (BOOT ".%u", 42 + i);
    g_autoptr (GPtrArray) texts = cr_event_log_replay (f->log, CR_AUDIENCE_OTHERS, id);

    if (i + CR_EVENT_LOG_MAX_EVENTS < n)
      g_assert_null (texts);
    else
      g_assert_cmpuint (texts->len, ==, n - i);
  }
}

static void
test_large_events_count_by_size (Fixture *f, gconstpointer data)
{
  g_autofree gchar *large = g_strnfill (CR_EVENT_LOG_MAX_BYTES / 8, 'x');
  g_autofree gchar *larger = g_strnfill (CR_EVENT_LOG_MAX_BYTES * 2, 'x');

  for (guint i = 0; i < 50; i++) {
    add (f, large, large); /* one text for both: counted once */
    g_assert_cmpuint (cr_event_log_get_bytes (f->log), <=, CR_EVENT_LOG_MAX_BYTES);
  }
  g_assert_cmpuint (cr_event_log_get_n_events (f->log), ==, 7);
  for (guint i = 0; i < 50; i++)
    add (f, large, "{}");
  g_assert_cmpuint (cr_event_log_get_bytes (f->log), <=, CR_EVENT_LOG_MAX_BYTES);
  add (f, larger, NULL); /* more than all: it is told and not kept */
  g_assert_cmpuint (cr_event_log_get_n_events (f->log), ==, 0);
  g_assert_cmpuint (cr_event_log_get_bytes (f->log), ==, 0);
  add (f, "{}", "{}");
  g_assert_cmpuint (cr_event_log_get_n_events (f->log), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/server/http/event-log/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("each-audience-gets-its-own", test_each_audience_gets_its_own);
  ADD ("snapshot-has-the-last-id", test_snapshot_has_the_last_id);
  ADD ("ids-of-elsewhere-are-not-known", test_ids_of_elsewhere_are_not_known);
  ADD ("old-events-are-forgotten", test_old_events_are_forgotten);
  ADD ("large-events-count-by-size", test_large_events_count_by_size);
  return g_test_run ();
}
