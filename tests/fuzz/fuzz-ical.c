/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: an imported calendar. What is taken lies within the term and the limits; what is wrong has a
 * line of the file and a sentence. The clock stands still, so that what an input does depends on nothing
 * else.
 */
#include "fuzz-input.h"

#include "schedule/ical.h"

static gint64
stand_still (gpointer data)
{
  return 0;
}

static void
check_occurrences (const GArray *found, const CrTerm *term)
{
  CrDate first, last;

  cr_term_range (term, &first, &last);
  g_assert_cmpuint (found->len, <=, CR_ICAL_IMPORT_MAX_OCCURRENCES);
  for (guint i = 0; i < found->len; i++) {
    const CrIcalOccurrence *occurrence = &g_array_index (found, CrIcalOccurrence, i);

    g_assert_cmpint (occurrence->date, >=, first);
    g_assert_cmpint (occurrence->date, <=, last);
    g_assert_cmpuint (occurrence->start_minute, <, occurrence->end_minute);
    g_assert_cmpuint (occurrence->end_minute, <=, 1440);
    g_assert_cmpint (occurrence->starts_at, <=, occurrence->ends_at);
    g_assert_nonnull (occurrence->uid);
  }
}

/* Each names a line that the file has. */
static void
check_faults (const GArray *faults, const uint8_t *data, size_t size)
{
  guint n_lines = 1;

  for (size_t i = 0; i < size; i++)
    n_lines += data[i] == '\n';
  g_assert_cmpuint (faults->len, <=, CR_ICAL_IMPORT_MAX_FAULTS);
  for (guint i = 0; i < faults->len; i++) {
    const CrIcalFault *fault = &g_array_index (faults, CrIcalFault, i);

    g_assert_cmpuint (fault->line, <=, n_lines);
    g_assert_true (g_utf8_validate (cr_ical_fault_sentence (fault->kind, TRUE), -1, NULL));
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const CrClock clock = {.monotonic_us = stand_still, .wall_us = stand_still};
  g_autofree gchar *text = g_memdup2 (data, size); /* exactly as long as told: no NUL to run to */
  g_autoptr (CrTerm) term =
      cr_term_new ("t", "t", cr_date_from_ymd (2019, 9, 2), 20, "Asia/Shanghai", 1, NULL);
  g_autoptr (CrIcalReport) report = cr_ical_read (text != NULL ? text : "", size, term, &clock);

  check_faults (report->faults, data, size);
  check_occurrences (report->found, term);
  return 0;
}
