/* SPDX-License-Identifier: Apache-2.0
 *
 * The emulated line and its scenarios, in simulated time: every figure of a profile is found again in what
 * comes out.
 */
#include "scenario.h"

#include <glib/gstdio.h>
#include <string.h>

/* Pushes `n` numbered packets, one every `spacing_us`, and plays the scenario if there is one. What comes out
 * is appended to `out`: numbers, in order of arrival. */
typedef struct {
  Line *line;
  Scenario *scenario; /* may be NULL */
  GArray *out;        /* guint */
  gint64 now_us;
} Run;

static void
drain (Run *run, gint64 until_us)
{
  for (;;) {
    gint64 next_us = line_next_us (run->line);
    LinePacket *packet;

    if (run->scenario != NULL)
      next_us = MIN (next_us, scenario_next_us (run->scenario));
    if (next_us > until_us)
      break;
    run->now_us = MAX (run->now_us, next_us);
    if (run->scenario != NULL)
      scenario_run (run->scenario, run->now_us);
    while ((packet = line_pop (run->line, run->now_us)) != NULL) {
      g_array_append_vals (run->out, packet->data, 1);
      g_free (packet);
    }
  }
  run->now_us = MAX (run->now_us, until_us);
}

static void
feed (Run *run, guint n, gsize length_bytes, gint64 spacing_us)
{
  g_autofree guint8 *packet = g_malloc0 (length_bytes);

  for (guint i = 0; i < n; i++) {
    memcpy (packet, &i, sizeof i);
    drain (run, run->now_us + spacing_us);
    line_push (run->line, packet, length_bytes, run->now_us);
  }
}

static void
begin (Run *run, const LineSettings *settings, guint32 seed)
{
  run->line = line_new (settings, seed);
  run->scenario = NULL;
  run->out = g_array_new (FALSE, FALSE, sizeof (guint));
  run->now_us = 1000000;
}

static void
end (Run *run)
{
  line_free (run->line);
  g_array_unref (run->out);
}

static gchar *
profile_path (const gchar *name)
{
  g_autofree gchar *file = g_strconcat (name, ".ini", NULL);

  return g_test_build_filename (G_TEST_DIST, "profiles", file, NULL);
}

static Scenario *
load (const gchar *name)
{
  g_autofree gchar *path = profile_path (name);
  g_autoptr (GError) error = NULL;
  Scenario *scenario = scenario_load (path, &error);

  g_assert_no_error (error);
  return scenario;
}

static void
assert_in_order (GArray *out)
{
  for (guint i = 1; i < out->len; i++)
    g_assert_cmpuint (g_array_index (out, guint, i), >, g_array_index (out, guint, i - 1));
}

static void
assert_near (gdouble value, gdouble expected, gdouble tolerance)
{
  if (ABS (value - expected) > tolerance)
    g_error ("%g is not within %g of %g", value, tolerance, expected);
}

static void
test_plain_line_passes_everything (void)
{
  LineSettings settings = {.delay_us = 5000};
  Run run;

  begin (&run, &settings, 1);
  feed (&run, 1000, 200, 1000);
  drain (&run, run.now_us + 10000);
  g_assert_cmpuint (run.out->len, ==, 1000);
  assert_in_order (run.out);
  g_assert_cmpint (line_get_stats (run.line)->delay_min_us, ==, 5000);
  g_assert_cmpint (line_get_stats (run.line)->delay_max_us, ==, 5000);
  g_assert_cmpint (line_next_us (run.line), ==, G_MAXINT64);
  end (&run);
}

static void
test_independent_loss (void)
{
  g_autoptr (Scenario) scenario = load ("loss5");
  const LineStats *stats;
  Run run;

  begin (&run, scenario_get_settings (scenario, 0), 2);
  feed (&run, 100000, 100, 1000);
  stats = line_get_stats (run.line);
  assert_near ((gdouble)stats->lost / 100000, 0.05, 0.0028); /* four standard deviations */
  assert_near ((gdouble)stats->lost / (gdouble)stats->loss_runs, 1 / 0.95, 0.02); /* no memory */
  end (&run);
}

static void
test_loss_in_bursts (void)
{
  g_autoptr (Scenario) scenario = load ("burst5");
  const LineStats *stats;
  Run run;

  begin (&run, scenario_get_settings (scenario, 0), 3);
  feed (&run, 200000, 100, 1000);
  stats = line_get_stats (run.line);
  assert_near ((gdouble)stats->lost / 200000, 0.05, 0.005);
  assert_near ((gdouble)stats->lost / (gdouble)stats->loss_runs, 4, 0.3);
  end (&run);
}

/* Where the good state is short the way into the bad one must be likelier. */
static void
test_heavy_loss_in_bursts (void)
{
  LineSettings settings = {.loss = 0.3, .burst = 4};
  const LineStats *stats;
  Run run;

  begin (&run, &settings, 3);
  feed (&run, 200000, 100, 1000);
  stats = line_get_stats (run.line);
  assert_near ((gdouble)stats->lost / 200000, 0.3, 0.012);
  assert_near ((gdouble)stats->lost / (gdouble)stats->loss_runs, 4, 0.2);
  end (&run);
}

static void
test_seed_decides_what_is_lost (void)
{
  LineSettings settings = {.loss = 0.2};
  Run first, second, other;

  begin (&first, &settings, 7);
  begin (&second, &settings, 7);
  begin (&other, &settings, 8);
  feed (&first, 2000, 100, 1000);
  feed (&second, 2000, 300, 500);
  feed (&other, 2000, 100, 1000);
  g_assert_cmpmem (first.out->data, first.out->len * sizeof (guint), second.out->data,
                   second.out->len * sizeof (guint));
  g_assert_true (first.out->len != other.out->len ||
                 memcmp (first.out->data, other.out->data, first.out->len * sizeof (guint)) != 0);
  end (&first);
  end (&second);
  end (&other);
}

/* Twice the rate: half arrives, paced, and the queue holds what it may. */
static void
test_rate_and_tail_drop (void)
{
  LineSettings settings = {.rate_kbps = 1000, .queue_bytes = 300 * 1000 / 8};
  const LineStats *stats;
  Run run;

  begin (&run, &settings, 4);
  feed (&run, 2000, 1250, 5000); /* 2 Mbit/s for 10 s */
  stats = line_get_stats (run.line);
  assert_near ((gdouble)stats->bytes_out, 1000 * 1000 / 8 * 10, 1250 * 3);
  assert_near ((gdouble)stats->tail_dropped, 1000 - 30, 5); /* 30 of them wait in the queue */
  assert_near ((gdouble)stats->queue_max_us, 300000, 10000);
  assert_in_order (run.out);

  drain (&run, run.now_us + 1000000); /* an idle line saves nothing up */
  feed (&run, 10, 1250, 0);
  drain (&run, run.now_us + 50000);
  g_assert_cmpuint (stats->bytes_in - stats->bytes_out - stats->tail_dropped * 1250, ==, 5 * 1250);
  end (&run);
}

static void
test_jitter_wanders_without_reordering (void)
{
  LineSettings settings = {.delay_us = 60000, .jitter_us = 20000};
  const LineStats *stats;
  Run run;

  begin (&run, &settings, 5);
  feed (&run, 60000, 100, 1000);
  drain (&run, run.now_us + 100000);
  stats = line_get_stats (run.line);
  g_assert_cmpuint (run.out->len, ==, 60000);
  assert_in_order (run.out);
  g_assert_cmpint (stats->delay_min_us, >=, 40000);
  g_assert_cmpint (stats->delay_min_us, <, 45000);
  g_assert_cmpint (stats->delay_max_us, <=, 80000);
  g_assert_cmpint (stats->delay_max_us, >, 75000);
  assert_near ((gdouble)stats->delay_sum_us / 60000, 60000, 3000);
  end (&run);
}

/* A delay that falls faster than time passes would let later packets overtake. */
static void
test_wild_jitter_keeps_the_order (void)
{
  LineSettings settings = {.delay_us = 100000, .jitter_us = 90000};
  Run run;

  begin (&run, &settings, 5);
  feed (&run, 20000, 100, 1000);
  drain (&run, run.now_us + 300000);
  g_assert_cmpuint (run.out->len, ==, 20000);
  assert_in_order (run.out);
  end (&run);
}

/* What waits when the line goes is lost; what is on its way arrives. */
static void
test_outage_empties_the_queue (void)
{
  LineSettings settings = {.rate_kbps = 800, .queue_bytes = 100000, .delay_us = 50000};
  Run run;

  begin (&run, &settings, 1);
  feed (&run, 10, 1000, 0); /* each takes 10 ms */
  drain (&run, run.now_us + 45000);
  line_set_outage (run.line, TRUE);
  drain (&run, run.now_us + 200000);
  g_assert_cmpuint (run.out->len, ==, 4);
  g_assert_cmpuint (line_get_stats (run.line)->outage_dropped, ==, 6);
  line_set_outage (run.line, FALSE);
  feed (&run, 1, 1000, 0);
  drain (&run, run.now_us + 100000);
  g_assert_cmpuint (run.out->len, ==, 5);
  end (&run);
}

static void
test_reordering (void)
{
  LineSettings settings = {.delay_us = 10000, .reorder = 0.1, .reorder_us = 5500};
  guint overtaken = 0;
  Run run;

  begin (&run, &settings, 6);
  feed (&run, 10000, 100, 1000);
  drain (&run, run.now_us + 100000);
  g_assert_cmpuint (run.out->len, ==, 10000);
  for (guint i = 1; i < run.out->len; i++)
    overtaken += g_array_index (run.out, guint, i) < g_array_index (run.out, guint, i - 1);
  assert_near ((gdouble)line_get_stats (run.line)->reordered, 1000, 120);
  g_assert_cmpuint (overtaken, >, 500);
  end (&run);
}

static void
test_outages (void)
{
  g_autoptr (Scenario) scenario = load ("flap");
  g_autoptr (Line) other = line_new (scenario_get_settings (scenario, 1), 2);
  Line *lines[2];
  Run run;

  begin (&run, scenario_get_settings (scenario, 0), 1);
  run.scenario = scenario;
  lines[0] = run.line;
  lines[1] = other;
  scenario_start (scenario, lines, run.now_us);
  feed (&run, 6500, 100, 10000); /* 65 s: gone from 30 to 32 and from 60 to 62 */
  drain (&run, run.now_us + 100000);
  assert_near ((gdouble)line_get_stats (run.line)->outage_dropped, 400, 2);
  g_assert_cmpuint (run.out->len, ==, 6500 - line_get_stats (run.line)->outage_dropped);
  for (guint i = 0; i < run.out->len; i++) {
    guint number = g_array_index (run.out, guint, i);

    g_assert_false ((number > 3001 && number < 3198) || (number > 6001 && number < 6198));
  }
  end (&run);
}

static void
test_rate_changes_with_time (void)
{
  g_autoptr (Scenario) scenario = load ("drop800");
  g_autoptr (Line) other = line_new (scenario_get_settings (scenario, 1), 2);
  const LineStats *stats;
  Line *lines[2];
  guint64 before;
  Run run;

  begin (&run, scenario_get_settings (scenario, 0), 1);
  run.scenario = scenario;
  lines[0] = run.line;
  lines[1] = other;
  scenario_start (scenario, lines, run.now_us);
  stats = line_get_stats (run.line);
  feed (&run, 10000, 500, 2000); /* 2 Mbit/s for 20 s */
  drain (&run, run.now_us + 100);
  g_assert_cmpuint (stats->tail_dropped, ==, 0);
  feed (&run, 5000, 500, 2000); /* the queue fills */
  before = stats->bytes_out;
  feed (&run, 5000, 500, 2000); /* 10 s of 800 kbit/s */
  assert_near ((gdouble)(stats->bytes_out - before), 800 * 1000 / 8 * 10, 2000);
  assert_near ((gdouble)stats->queue_max_us, 300.0 * 3000 / 800 * 1000, 20000); /* the queue kept its bytes */
  end (&run);
}

static void
test_every_profile_loads (void)
{
  g_autofree gchar *folder = g_test_build_filename (G_TEST_DIST, "profiles", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;
  guint n = 0;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (Scenario) scenario = scenario_load (path, &error);

    g_assert_no_error (error);
    g_assert_nonnull (scenario);
    n++;
  }
  g_assert_cmpuint (n, >=, 9);
}

static void
test_mistakes_are_named (void)
{
  static const struct {
    const gchar *text, *words;
  } cases[] = {{"[both]\nloss_percent = 101\n", "[both] loss_percent"},
               {"[both]\nlos_percent = 1\n", "[both] los_percent is not known"},
               {"[up]\ndelay_ms = 1\n", "[up]"},
               {"[event x]\ndirection = up\n", "[event x] direction"},
               {"[event x]\nat_ms = soon\n", "[event x] at_ms"}};
  g_autofree gchar *folder = g_dir_make_tmp ("classrelay-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "profile.ini", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_true (g_file_set_contents (path, cases[i].text, -1, NULL));
    g_assert_null (scenario_load (path, &error));
    g_assert_nonnull (error);
    if (strstr (error->message, cases[i].words) == NULL)
      g_error ("\"%s\" does not say \"%s\"", error->message, cases[i].words);
  }
  g_remove (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network/line/plain", test_plain_line_passes_everything);
  g_test_add_func ("/network/line/independent-loss", test_independent_loss);
  g_test_add_func ("/network/line/loss-in-bursts", test_loss_in_bursts);
  g_test_add_func ("/network/line/heavy-loss-in-bursts", test_heavy_loss_in_bursts);
  g_test_add_func ("/network/line/wild-jitter", test_wild_jitter_keeps_the_order);
  g_test_add_func ("/network/line/outage-empties-the-queue", test_outage_empties_the_queue);
  g_test_add_func ("/network/line/seed", test_seed_decides_what_is_lost);
  g_test_add_func ("/network/line/rate", test_rate_and_tail_drop);
  g_test_add_func ("/network/line/jitter", test_jitter_wanders_without_reordering);
  g_test_add_func ("/network/line/reordering", test_reordering);
  g_test_add_func ("/network/line/outages", test_outages);
  g_test_add_func ("/network/line/rate-changes", test_rate_changes_with_time);
  g_test_add_func ("/network/line/profiles", test_every_profile_loads);
  g_test_add_func ("/network/line/mistakes", test_mistakes_are_named);
  return g_test_run ();
}
