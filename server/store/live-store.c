/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables live_lesson and floor_turn.
 */
#include "store/live-store.h"
#include "store/statement.h"

void
cr_live_lesson_row_free (CrLiveLessonRow *row)
{
  g_free (row->lesson_id);
  g_free (row->state);
  g_free (row);
}

void
cr_turns_row_free (CrTurnsRow *row)
{
  g_free (row->classroom);
  g_free (row);
}

static gpointer
read_lesson (CrStatement *s)
{
  CrLiveLessonRow *row = g_new0 (CrLiveLessonRow, 1);

  row->lesson_id = cr_statement_dup_text (s, 0);
  row->state = cr_statement_dup_text (s, 1);
  return row;
}

gboolean
cr_live_store_list (CrStoreTx *tx, GPtrArray **rows, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT lesson_id, state FROM live_lesson ORDER BY lesson_id");

  *rows = cr_statement_read_all (s, read_lesson, (GDestroyNotify)cr_live_lesson_row_free, error);
  return *rows != NULL;
}

gboolean
cr_live_store_put (CrStoreTx *tx, const gchar *lesson_id, const gchar *state, gint64 now, GError **error)
{
  return cr_statement_exec (tx, NULL, error,
                            "INSERT INTO live_lesson (lesson_id, state, updated_at) VALUES (?1, ?2, ?3)"
                            " ON CONFLICT (lesson_id) DO UPDATE SET state = ?2, updated_at = ?3",
                            CR_TEXT (lesson_id), CR_TEXT (state), CR_INT (now));
}

gboolean
cr_live_store_remove (CrStoreTx *tx, const gchar *lesson_id, GError **error)
{
  return cr_statement_exec (tx, NULL, error, "DELETE FROM live_lesson WHERE lesson_id = ?1",
                            CR_TEXT (lesson_id));
}

gboolean
cr_live_store_give (CrStoreTx *tx, const gchar *lesson_id, const gchar *classroom, guint slot, gint64 now,
                    GError **error)
{
  g_autofree gchar *id = cr_store_new_id ();

  return cr_statement_exec (tx, NULL, error,
                            "INSERT INTO floor_turn (id, lesson_id, classroom_key, slot, given_at)"
                            " VALUES (?1, ?2, ?3, ?4, ?5)",
                            CR_TEXT (id), CR_TEXT (lesson_id), CR_TEXT (classroom), CR_INT (slot),
                            CR_INT (now));
}

gboolean
cr_live_store_take (CrStoreTx *tx, const gchar *lesson_id, const gchar *classroom, gint64 now, GError **error)
{
  return cr_statement_exec (tx, NULL, error,
                            "UPDATE floor_turn SET taken_at = ?3"
                            " WHERE lesson_id = ?1 AND classroom_key = ?2 AND taken_at IS NULL",
                            CR_TEXT (lesson_id), CR_TEXT (classroom), CR_INT (now));
}

static gpointer
read_turns (CrStatement *s)
{
  CrTurnsRow *row = g_new0 (CrTurnsRow, 1);

  row->classroom = cr_statement_dup_text (s, 0);
  row->n = (guint)cr_statement_int (s, 1);
  return row;
}

gboolean
cr_live_store_count_turns (CrStoreTx *tx, gint64 since, GPtrArray **rows, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT classroom_key, count(*) FROM floor_turn WHERE given_at >= ?1"
                             " GROUP BY classroom_key");

  cr_statement_bind (s, CR_INT (since));
  *rows = cr_statement_read_all (s, read_turns, (GDestroyNotify)cr_turns_row_free, error);
  return *rows != NULL;
}

gboolean
cr_live_store_tidy (CrStoreTx *tx, gint64 unused_since, gint64 now, GError **error)
{
  return cr_statement_exec (tx, NULL, error,
                            "DELETE FROM live_lesson WHERE updated_at < ?1 OR lesson_id IN"
                            " (SELECT id FROM lesson WHERE state IN ('ended', 'cancelled'))",
                            CR_INT (unused_since)) &&
         cr_statement_exec (
             tx, NULL, error,
             "UPDATE floor_turn SET taken_at = coalesce ((SELECT ended_at FROM lesson"
             " WHERE lesson.id = floor_turn.lesson_id AND ended_at >= given_at), ?1)"
             " WHERE taken_at IS NULL AND lesson_id NOT IN (SELECT lesson_id FROM live_lesson)",
             CR_INT (now));
}
