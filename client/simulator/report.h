/* SPDX-License-Identifier: Apache-2.0
 *
 * What a set of simulated classrooms amounts to: the line of every few seconds, the summary at the end, the
 * JSON for tests, and whether expectations were met.
 *
 * Thread: one.
 */
#pragma once

#include "classroom.h"

G_BEGIN_DECLS

typedef struct {
  CrClassroomStats *classrooms;
  guint n_classrooms;
  gint64 elapsed_us;
  gint64 cpu_us;          /* of this process */
  CrLightLoopStats light; /* zero when there were no light peers */
} CrReport;

/* Packets received since the line before, and when that was. */
typedef struct {
  guint64 packets;
  gint64 at_us;
} CrReportMark;

/* "classrooms 18/18  out 5230 pkt/s  loss 0.00 %  join p50 84 ms p95 130 ms"; free with g_free(). */
gchar *cr_report_line (const CrReport *report, CrReportMark *mark);

/* Several lines for people; free with g_free(). */
gchar *cr_report_summary (const CrReport *report);

gboolean cr_report_write_json (const CrReport *report, const gchar *path,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  gboolean no_loss;
  gboolean no_failures; /* every classroom joined once and stayed */
  gint join_p95_ms;     /* at most; 0: not asked */
  gboolean decoded;     /* pictures and sound in every decoding classroom, no freeze, no error */
  gint av_offset_ms;    /* at most, either way; 0: not asked */
} CrExpectations;

/* NULL when all are met, else what is not; free with g_free(). That every classroom is connected is always
 * expected when anything is. */
gchar *cr_report_find_fault (const CrReport *report, const CrExpectations *expectations);

G_END_DECLS
