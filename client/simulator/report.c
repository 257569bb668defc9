/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums and percentiles over classrooms. Join time is what people wait for: from the request to the first
 * picture that can be decoded.
 */
#include "report.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdlib.h>

typedef struct {
  guint n_connected, n_joined; /* joined: with a decodable picture */
  CrReceiverStats media;
  guint joins, failures;
  gint64 *join_us;    /* sorted, n_joined of them */
  gint64 *connect_us; /* sorted, n_connected of them */
  gdouble delay_p99_ms;
} Totals;

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 difference = *(const gint64 *)a - *(const gint64 *)b;

  return difference < 0 ? -1 : difference > 0;
}

/* Nearest rank. */
static gdouble
percentile_ms (const gint64 *sorted_us, guint n, guint percent)
{
  return n == 0 ? 0 : sorted_us[CLAMP ((n * percent + 99) / 100, 1, n) - 1] / 1000.0;
}

static void
sum_up (const CrReport *report, Totals *totals)
{
  *totals = (Totals){.delay_p99_ms = -1};
  totals->join_us = g_new (gint64, report->n_classrooms);
  totals->connect_us = g_new (gint64, report->n_classrooms);
  for (guint i = 0; i < report->n_classrooms; i++) {
    const CrClassroomStats *classroom = &report->classrooms[i];

    if (classroom->connected)
      totals->connect_us[totals->n_connected++] = classroom->connect_us;
    if (classroom->first_keyframe_us != 0)
      totals->join_us[totals->n_joined++] = classroom->first_keyframe_us;
    totals->joins += classroom->joins;
    totals->failures += classroom->failures;
    totals->media.packets += classroom->media.packets;
    totals->media.bytes += classroom->media.bytes;
    totals->media.expected += classroom->media.expected;
    totals->media.lost += classroom->media.lost;
    totals->media.recovered += classroom->media.recovered;
    totals->media.duplicates += classroom->media.duplicates;
    totals->media.unmatched += classroom->media.unmatched;
    totals->media.nacks += classroom->media.nacks;
    totals->media.plis += classroom->media.plis;
    totals->media.keyframes += classroom->media.keyframes;
    totals->media.freezes += classroom->media.freezes;
    totals->delay_p99_ms = MAX (totals->delay_p99_ms, classroom->media.delay_p99_ms);
  }
  qsort (totals->join_us, totals->n_joined, sizeof (gint64), compare_times);
  qsort (totals->connect_us, totals->n_connected, sizeof (gint64), compare_times);
}

static void
totals_clear (Totals *totals)
{
  g_free (totals->join_us);
  g_free (totals->connect_us);
}

static gdouble
loss_percent (const CrReceiverStats *media)
{
  return media->expected == 0 ? 0 : 100.0 * media->lost / media->expected;
}

gchar *
cr_report_line (const CrReport *report, CrReportMark *mark)
{
  Totals totals;
  gdouble seconds = (report->elapsed_us - mark->at_us) / (gdouble)G_USEC_PER_SEC;
  gdouble rate;
  gchar *line;

  sum_up (report, &totals);
  rate = seconds <= 0 ? 0 : (totals.media.packets - mark->packets) / seconds;
  line = g_strdup_printf ("classrooms %u/%u  out %.0f pkt/s  loss %.2f %%  join p50 %.0f ms p95 %.0f ms",
                          totals.n_connected, report->n_classrooms, rate, loss_percent (&totals.media),
                          percentile_ms (totals.join_us, totals.n_joined, 50),
                          percentile_ms (totals.join_us, totals.n_joined, 95));
  *mark = (CrReportMark){totals.media.packets, report->elapsed_us};
  totals_clear (&totals);
  return line;
}

static void
append_decoded (GString *text, const CrReport *report)
{
  for (guint i = 0; i < report->n_classrooms; i++) {
    const CrClassroomPipelineStats *decoded = &report->classrooms[i].decoded;

    if (!report->classrooms[i].decoding)
      continue;
    g_string_append_printf (text,
                            "decoded   classroom %u: camera %" G_GUINT64_FORMAT
                            " frames, screen %" G_GUINT64_FORMAT
                            ", voice %.1f s, freezes %u, longest gap %.0f ms",
                            i + 1, decoded->frames[0], decoded->frames[1], decoded->samples[0] / 48000.0,
                            decoded->freezes, decoded->longest_gap_us / 1000.0);
    if (decoded->n_capture_offsets > 0)
      g_string_append_printf (text, ", %u flashes timed by sender reports", decoded->n_capture_offsets);
    if (decoded->n_offsets > 0)
      g_string_append_printf (
          text, ", beep after flash %+.0f ms (worst %+.0f ms), by sender reports %+.1f ms (worst %+.1f ms)",
          decoded->av_offset_ms, decoded->av_worst_ms, decoded->av_capture_offset_ms,
          decoded->av_capture_worst_ms);
    g_string_append_c (text, '\n');
  }
}

gchar *
cr_report_summary (const CrReport *report)
{
  GString *text = g_string_new (NULL);
  Totals totals;

  sum_up (report, &totals);
  g_string_append_printf (text, "classrooms %u of %u connected after %.1f s; joins %u, failures %u\n",
                          totals.n_connected, report->n_classrooms, report->elapsed_us / 1e6, totals.joins,
                          totals.failures);
  g_string_append_printf (
      text, "join      p50 %.0f ms, p95 %.0f ms, slowest %.0f ms (request to first whole keyframe)\n",
      percentile_ms (totals.join_us, totals.n_joined, 50),
      percentile_ms (totals.join_us, totals.n_joined, 95),
      percentile_ms (totals.join_us, totals.n_joined, 100));
  g_string_append_printf (text,
                          "received  %" G_GUINT64_FORMAT " packets, lost %" G_GUINT64_FORMAT
                          " (%.3f %%), recovered %" G_GUINT64_FORMAT ", NACKed %" G_GUINT64_FORMAT
                          ", PLI %" G_GUINT64_FORMAT "\n",
                          totals.media.packets, totals.media.lost, loss_percent (&totals.media),
                          totals.media.recovered, totals.media.nacks, totals.media.plis);
  if (totals.delay_p99_ms >= 0)
    g_string_append_printf (text, "delay     p99 %.2f ms above the least, in the worst classroom\n",
                            totals.delay_p99_ms);
  append_decoded (text, report);
  g_string_append_printf (text, "simulator %.1f s of CPU", report->cpu_us / 1e6);
  if (report->light.kernel_receive_drops + report->light.send_failed > 0)
    g_string_append_printf (text,
                            "; it was itself the limit: %" G_GUINT64_FORMAT
                            " packets dropped by its kernel, %" G_GUINT64_FORMAT " not sent",
                            report->light.kernel_receive_drops, report->light.send_failed);
  g_string_append_c (text, '\n');
  totals_clear (&totals);
  return g_string_free (text, FALSE);
}

static void
add_number (JsonBuilder *builder, const gchar *name, gdouble value)
{
  json_builder_set_member_name (builder, name);
  if (value == floor (value))
    json_builder_add_int_value (builder, (gint64)value);
  else
    json_builder_add_double_value (builder, value);
}

static void
add_media (JsonBuilder *builder, const CrReceiverStats *media)
{
  add_number (builder, "packets", media->packets);
  add_number (builder, "bytes", media->bytes);
  add_number (builder, "expected", media->expected);
  add_number (builder, "lost", media->lost);
  add_number (builder, "recovered", media->recovered);
  add_number (builder, "duplicates", media->duplicates);
  add_number (builder, "unmatched", media->unmatched);
  add_number (builder, "nacks", media->nacks);
  add_number (builder, "plis", media->plis);
  add_number (builder, "keyframes", media->keyframes);
  add_number (builder, "gaps_over_1s", media->freezes);
}

static void
add_decoded (JsonBuilder *builder, const CrClassroomPipelineStats *decoded)
{
  json_builder_set_member_name (builder, "decoded");
  json_builder_begin_object (builder);
  add_number (builder, "camera_frames", decoded->frames[0]);
  add_number (builder, "screen_frames", decoded->frames[1]);
  add_number (builder, "voice_s", decoded->samples[0] / 48000.0);
  add_number (builder, "freezes", decoded->freezes);
  add_number (builder, "longest_gap_ms", decoded->longest_gap_us / 1000.0);
  add_number (builder, "errors", decoded->errors);
  add_number (builder, "flash_beeps", decoded->n_offsets);
  add_number (builder, "av_offset_ms", decoded->av_offset_ms);
  add_number (builder, "av_worst_ms", decoded->av_worst_ms);
  add_number (builder, "av_capture_offset_ms", decoded->av_capture_offset_ms);
  add_number (builder, "av_capture_worst_ms", decoded->av_capture_worst_ms);
  json_builder_end_object (builder);
}

static void
add_classroom (JsonBuilder *builder, const CrClassroomStats *classroom)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "connected");
  json_builder_add_boolean_value (builder, classroom->connected);
  json_builder_set_member_name (builder, "transport");
  json_builder_add_string_value (builder, classroom->transport == CR_TRANSPORT_NICE ? "nice" : "light");
  json_builder_set_member_name (builder, "profile");
  json_builder_add_string_value (builder, !classroom->connected                            ? "none"
                                          : classroom->profile == CR_SRTP_AEAD_AES_128_GCM ? "gcm"
                                                                                           : "cm");
  add_number (builder, "joins", classroom->joins);
  add_number (builder, "failures", classroom->failures);
  json_builder_set_member_name (builder, "last_failure");
  json_builder_add_string_value (builder, classroom->last_failure);
  add_number (builder, "connect_ms", classroom->connect_us / 1000.0);
  add_number (builder, "first_packet_ms", classroom->first_packet_us / 1000.0);
  add_number (builder, "join_ms", classroom->first_keyframe_us / 1000.0);
  add_number (builder, "delay_p50_ms", classroom->media.delay_p50_ms);
  add_number (builder, "delay_p99_ms", classroom->media.delay_p99_ms);
  add_media (builder, &classroom->media);
  json_builder_set_member_name (builder, "sender_reports");
  json_builder_begin_array (builder);
  for (guint i = 0; i < CR_OFFER_MAX_LINES; i++)
    json_builder_add_int_value (builder, classroom->media.sender_reports[i]);
  json_builder_end_array (builder);
  if (classroom->decoding)
    add_decoded (builder, &classroom->decoded);
  json_builder_end_object (builder);
}

gboolean
cr_report_write_json (const CrReport *report, const gchar *path, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;
  Totals totals;

  sum_up (report, &totals);
  json_builder_begin_object (builder);
  add_number (builder, "classrooms", report->n_classrooms);
  add_number (builder, "connected", totals.n_connected);
  add_number (builder, "elapsed_s", report->elapsed_us / 1e6);
  add_number (builder, "joins", totals.joins);
  add_number (builder, "failures", totals.failures);
  add_number (builder, "join_p50_ms", percentile_ms (totals.join_us, totals.n_joined, 50));
  add_number (builder, "join_p95_ms", percentile_ms (totals.join_us, totals.n_joined, 95));
  add_number (builder, "join_max_ms", percentile_ms (totals.join_us, totals.n_joined, 100));
  add_number (builder, "connect_p95_ms", percentile_ms (totals.connect_us, totals.n_connected, 95));
  add_number (builder, "delay_p99_ms", totals.delay_p99_ms);
  add_number (builder, "packets_per_s",
              report->elapsed_us == 0 ? 0 : totals.media.packets * 1e6 / report->elapsed_us);
  add_number (builder, "loss_percent", loss_percent (&totals.media));
  add_media (builder, &totals.media);
  add_number (builder, "cpu_s", report->cpu_us / 1e6);
  add_number (builder, "light_kernel_drops", report->light.kernel_receive_drops);
  add_number (builder, "light_send_failed", report->light.send_failed);
  json_builder_set_member_name (builder, "each");
  json_builder_begin_array (builder);
  for (guint i = 0; i < report->n_classrooms; i++)
    add_classroom (builder, &report->classrooms[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  totals_clear (&totals);

  root = json_builder_get_root (builder);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  return json_generator_to_file (generator, path, error);
}

static gchar *
find_fault_in_decoding (const CrReport *report, const CrExpectations *expectations)
{
  for (guint i = 0; i < report->n_classrooms; i++) {
    const CrClassroomPipelineStats *decoded = &report->classrooms[i].decoded;

    if (!report->classrooms[i].decoding)
      continue;
    if (expectations->decoded &&
        (decoded->frames[0] == 0 || decoded->samples[0] == 0 || decoded->freezes > 0 || decoded->errors > 0))
      return g_strdup_printf ("classroom %u decoded %" G_GUINT64_FORMAT " frames and %" G_GUINT64_FORMAT
                              " samples with %u freezes and %u errors",
                              i + 1, decoded->frames[0], decoded->samples[0], decoded->freezes,
                              decoded->errors);
    if (expectations->av_offset_ms > 0 && (decoded->n_capture_offsets == 0 ||
                                           fabs (decoded->av_capture_offset_ms) > expectations->av_offset_ms))
      return g_strdup_printf ("classroom %u: the beep is %+.0f ms from the flash (%u pairs)", i + 1,
                              decoded->av_capture_offset_ms, decoded->n_capture_offsets);
  }
  return NULL;
}

gchar *
cr_report_find_fault (const CrReport *report, const CrExpectations *expectations)
{
  gboolean any = expectations->no_loss || expectations->no_failures || expectations->join_p95_ms > 0 ||
                 expectations->decoded || expectations->av_offset_ms > 0;
  gchar *fault = NULL;
  Totals totals;
  gdouble p95_ms;

  if (!any)
    return NULL;
  sum_up (report, &totals);
  p95_ms = percentile_ms (totals.join_us, totals.n_joined, 95);
  if (totals.n_connected < report->n_classrooms)
    fault = g_strdup_printf ("%u of %u classrooms are connected", totals.n_connected, report->n_classrooms);
  else if (totals.n_joined < report->n_classrooms)
    fault = g_strdup_printf ("%u of %u classrooms have a picture", totals.n_joined, report->n_classrooms);
  else if (expectations->no_loss && totals.media.lost > 0)
    fault = g_strdup_printf ("%" G_GUINT64_FORMAT " packets were lost", totals.media.lost);
  else if (expectations->no_failures && totals.failures > 0)
    fault = g_strdup_printf ("%u sessions failed", totals.failures);
  else if (expectations->join_p95_ms > 0 && p95_ms > expectations->join_p95_ms)
    fault = g_strdup_printf ("joining took %.0f ms (p95), at most %d were expected", p95_ms,
                             expectations->join_p95_ms);
  else
    fault = find_fault_in_decoding (report, expectations);
  totals_clear (&totals);
  return fault;
}
