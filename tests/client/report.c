/* SPDX-License-Identifier: Apache-2.0
 *
 * The line, the percentiles and the verdicts over a handful of made-up classrooms.
 */
#include "report.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#define N 20

static void
make (CrReport *report, CrClassroomStats *classrooms)
{
  *report = (CrReport){.classrooms = classrooms, .n_classrooms = N, .elapsed_us = 10 * G_USEC_PER_SEC};
  for (guint i = 0; i < N; i++)
    classrooms[i] = (CrClassroomStats){.connected = TRUE,
                                       .joins = 1,
                                       .connect_us = 10000,
                                       .first_keyframe_us = (i + 1) * 10000,
                                       .media = {.packets = 1000, .expected = 1000, .delay_p99_ms = i}};
}

static void
test_line (void)
{
  CrClassroomStats classrooms[N];
  CrReport report;
  CrReportMark mark = {.packets = 15000, .at_us = 5 * G_USEC_PER_SEC};
  g_autofree gchar *line = NULL;

  make (&report, classrooms);
  classrooms[0].connected = FALSE;
  line = cr_report_line (&report, &mark);
  g_assert_cmpstr (line, ==, "classrooms 19/20  out 1000 pkt/s  loss 0.00 %  join p50 100 ms p95 190 ms");
  g_assert_cmpuint (mark.packets, ==, 20000);
  g_assert_cmpint (mark.at_us, ==, 10 * G_USEC_PER_SEC);
}

static void
expect (const CrReport *report, const CrExpectations *expectations, const gchar *fault)
{
  g_autofree gchar *found = cr_report_find_fault (report, expectations);

  g_assert_cmpstr (found, ==, fault);
}

static void
test_faults (void)
{
  CrClassroomStats classrooms[N];
  CrReport report;

  make (&report, classrooms);
  expect (&report, &(CrExpectations){.no_loss = TRUE, .no_failures = TRUE, .join_p95_ms = 190}, NULL);
  expect (&report, &(CrExpectations){.join_p95_ms = 189},
          "joining took 190 ms (p95), at most 189 were expected");

  classrooms[3].media.lost = 2;
  expect (&report, &(CrExpectations){.no_loss = TRUE}, "2 packets were lost");
  expect (&report, &(CrExpectations){.no_failures = TRUE}, NULL);

  classrooms[4].failures = 1;
  expect (&report, &(CrExpectations){.no_failures = TRUE}, "1 sessions failed");

  classrooms[5].decoding = TRUE;
  classrooms[5].decoded = (CrClassroomPipelineStats){
      .frames = {100}, .samples = {48000}, .n_capture_offsets = 5, .av_capture_offset_ms = -41};
  expect (&report, &(CrExpectations){.decoded = TRUE, .av_offset_ms = 41}, NULL);
  expect (&report, &(CrExpectations){.av_offset_ms = 40},
          "classroom 6: the beep is -41 ms from the flash (5 pairs)");
  classrooms[5].decoded.freezes = 1;
  expect (&report, &(CrExpectations){.decoded = TRUE},
          "classroom 6 decoded 100 frames and 48000 samples with 1 freezes and 0 errors");

  classrooms[6].first_keyframe_us = 0;
  expect (&report, &(CrExpectations){.decoded = TRUE}, "19 of 20 classrooms have a picture");
  classrooms[7].connected = FALSE;
  expect (&report, &(CrExpectations){.no_loss = TRUE}, "19 of 20 classrooms are connected");
  expect (&report, &(CrExpectations){0}, NULL);
}

static void
test_json (void)
{
  CrClassroomStats classrooms[N];
  CrReport report;
  g_autofree gchar *folder = g_dir_make_tmp ("classrelay-test-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "out.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonObject *root;

  make (&report, classrooms);
  g_assert_true (cr_report_write_json (&report, path, &error));
  g_assert_true (json_parser_load_from_file (parser, path, &error));
  root = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpint (json_object_get_int_member (root, "connected"), ==, N);
  g_assert_cmpint (json_object_get_int_member (root, "packets"), ==, N * 1000);
  g_assert_cmpfloat (json_object_get_double_member (root, "join_p95_ms"), ==, 190);
  g_assert_cmpfloat (json_object_get_double_member (root, "delay_p99_ms"), ==, N - 1);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (root, "each")), ==, N);
  g_assert_false (cr_report_write_json (&report, folder, &error));
  g_unlink (path);
  g_rmdir (folder);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/line", test_line);
  g_test_add_func ("/report/faults", test_faults);
  g_test_add_func ("/report/json", test_json);
  return g_test_run ();
}
