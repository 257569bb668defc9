/* SPDX-License-Identifier: Apache-2.0
 *
 * Searches each term as it is now; only where something clashes also as it was. A clash is known again by the
 * two lessons (whichever comes first now), or the lesson and the busy time, and what both want.
 */
#include "exchange/clash-check.h"

#include "exchange/conflict-json.h"
#include "schedule/notices.h"
#include "store/notice-store.h"
#include "store/term-store.h"

#include <string.h>

typedef struct {
  CrTimetable *timetable;
  GPtrArray *conflicts; /* that were not there before */
} Clashes;

struct _CrClashCheck {
  GPtrArray *terms; /* Clashes, those that have any */
};

static void
clashes_free (gpointer data)
{
  Clashes *clashes = data;

  cr_timetable_unref (clashes->timetable);
  g_ptr_array_unref (clashes->conflicts);
  g_free (clashes);
}

void
cr_clash_check_free (CrClashCheck *check)
{
  if (check == NULL)
    return;
  g_ptr_array_unref (check->terms);
  g_free (check);
}

gboolean
cr_clash_concerns (const CrTable *table)
{
  return table == &cr_table_bells || table == &cr_table_busy || table == &cr_table_terms ||
         table == &cr_table_schools;
}

static gchar *
key_of (const CrConflict *conflict)
{
  const gchar *a = conflict->lesson_id,
              *b = conflict->other_lesson_id != NULL ? conflict->other_lesson_id : "";
  gboolean swap = *b != '\0' && strcmp (a, b) > 0;

  return g_strjoin (" ", swap ? b : a, swap ? a : b, conflict->resource_id,
                    conflict->busy_id != NULL ? conflict->busy_id : "",
                    conflict->kind == CR_CONFLICT_UPLINK ? "uplink" : "", NULL);
}

static CrTimetable *
find_term (GPtrArray *timetables, const gchar *term_id)
{
  for (guint i = 0; timetables != NULL && i < timetables->len; i++) {
    if (strcmp (cr_timetable_term (timetables->pdata[i])->id, term_id) == 0)
      return timetables->pdata[i];
  }
  return NULL;
}

/* Takes out of `conflicts` what was there before. */
static void
keep_new (GPtrArray *conflicts, CrTimetable *before, gint64 now)
{
  g_autoptr (GPtrArray) known = cr_conflicts_all_in_timetable (before, now);
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < known->len; i++)
    g_hash_table_add (keys, key_of (known->pdata[i]));
  for (guint i = conflicts->len; i > 0; i--) {
    g_autofree gchar *key = key_of (conflicts->pdata[i - 1]);

    if (g_hash_table_contains (keys, key))
      g_ptr_array_remove_index (conflicts, i - 1);
  }
}

static gboolean
look_at_term (CrClashCheck *check, CrStoreTx *tx, const CrTerm *term, GPtrArray *before, gint64 now,
              GError **error)
{
  g_autoptr (CrTimetable) timetable = cr_timetable_store_load (tx, term->id, error);
  g_autoptr (GPtrArray) conflicts = NULL;
  CrTimetable *old = find_term (before, term->id);
  Clashes *clashes;

  if (timetable == NULL)
    return FALSE;
  conflicts = cr_conflicts_all_in_timetable (timetable, now);
  if (conflicts->len > 0 && old != NULL)
    keep_new (conflicts, old, now);
  if (conflicts->len == 0)
    return TRUE;
  clashes = g_new0 (Clashes, 1);
  clashes->timetable = g_steal_pointer (&timetable);
  clashes->conflicts = g_steal_pointer (&conflicts);
  g_ptr_array_add (check->terms, clashes);
  return TRUE;
}

static gboolean
is_over (const CrTerm *term, gint64 now)
{
  CrDate first, last;

  cr_term_range (term, &first, &last);
  return last < cr_term_date_at (term, now, NULL);
}

CrClashCheck *
cr_clash_check_new (CrStoreTx *tx, GPtrArray *before, gint64 now, GError **error)
{
  g_autoptr (CrClashCheck) check = g_new0 (CrClashCheck, 1);
  g_autoptr (GPtrArray) terms = NULL;

  check->terms = g_ptr_array_new_with_free_func (clashes_free);
  if (!cr_term_store_list (tx, &terms, error))
    return NULL;
  for (guint i = 0; i < terms->len; i++) {
    if (!is_over (terms->pdata[i], now) && !look_at_term (check, tx, terms->pdata[i], before, now, error))
      return NULL;
  }
  return g_steal_pointer (&check);
}

gboolean
cr_clash_check_any (const CrClashCheck *check)
{
  return check->terms->len > 0;
}

/* What is shown is of one term: two at once are edited by nobody. */
void
cr_clash_check_add_json (const CrClashCheck *check, JsonBuilder *builder, gboolean chinese)
{
  const Clashes *first = check->terms->len > 0 ? check->terms->pdata[0] : NULL;
  g_autoptr (GPtrArray) shown = g_ptr_array_new ();

  for (guint i = 0; first != NULL && i < MIN (first->conflicts->len, CR_CONFLICTS_MAX); i++)
    g_ptr_array_add (shown, first->conflicts->pdata[i]);
  cr_json_add_conflicts (builder, first != NULL ? first->timetable : NULL, shown, chinese);
}

gboolean
cr_clash_check_refuse (const CrClashCheck *check, gboolean chinese, GError **error)
{
  const Clashes *first = check->terms->pdata[0];
  g_autofree gchar *sentence = cr_conflict_sentence (first->timetable, first->conflicts->pdata[0], chinese);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  cr_clash_check_add_json (check, builder, chinese);
  cr_json_add_text (builder, "confirm", CR_CLASH_CONFIRM);
  json_builder_end_object (builder);
  return cr_refuse_with (error, CR_REFUSAL_CONFLICT, NULL, sentence, json_builder_get_root (builder));
}

/* How many lessons of the course clash; the conflicts are in the order of time. */
static guint
count_lessons (const Clashes *clashes, const CrCourse *course)
{
  g_autoptr (GHashTable) lessons = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < clashes->conflicts->len; i++) {
    const CrConflict *conflict = clashes->conflicts->pdata[i];
    const CrMeeting *meeting = cr_timetable_meeting (clashes->timetable, conflict->lesson_id);

    if (meeting != NULL && strcmp (meeting->course->id, course->id) == 0)
      g_hash_table_add (lessons, conflict->lesson_id);
  }
  return g_hash_table_size (lessons);
}

static gboolean
tell_term (const Clashes *clashes, CrStoreTx *tx, const CrEditor *editor, GError **error)
{
  g_autoptr (GHashTable) told = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < clashes->conflicts->len; i++) {
    const CrConflict *conflict = clashes->conflicts->pdata[i];
    const CrMeeting *meeting = cr_timetable_meeting (clashes->timetable, conflict->lesson_id);
    g_autoptr (CrNotice) notice = NULL;

    if (meeting == NULL || !g_hash_table_add (told, meeting->course->id))
      continue;
    notice =
        cr_notice_for_clash (clashes->timetable, meeting, conflict, count_lessons (clashes, meeting->course));
    if (!cr_notice_store_insert (tx, notice, cr_editor_name (editor), editor->now, editor->webhook, NULL,
                                 error))
      return FALSE;
  }
  return TRUE;
}

gboolean
cr_clash_check_tell (const CrClashCheck *check, CrStoreTx *tx, const CrEditor *editor, GError **error)
{
  for (guint i = 0; i < check->terms->len; i++) {
    if (!tell_term (check->terms->pdata[i], tx, editor, error))
      return FALSE;
  }
  return TRUE;
}
