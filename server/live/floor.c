/* SPDX-License-Identifier: Apache-2.0
 *
 * The actions. Each checks everything first and changes something only then, so that a refused one leaves no
 * trace. Saving and restoring is floor-save.c's.
 */
#include "live/floor-private.h"

#include <string.h>

static void
classroom_free (gpointer data)
{
  CrFloorClassroom *classroom = data;

  g_free (classroom->key);
  g_free (classroom->name);
  g_free (classroom);
}

static void
note_free (gpointer data)
{
  CrFloorNote *note = data;

  g_free (note->classroom);
  g_free (note->code);
  g_free (note->text);
  g_free (note);
}

static void
call_free (gpointer data)
{
  CrFloorCall *call = data;

  g_free (call->who);
  g_free (call);
}

CrFloor *
cr_floor_new (void)
{
  CrFloor *floor = g_new0 (CrFloor, 1);

  floor->classrooms = g_ptr_array_new_with_free_func (classroom_free);
  floor->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  floor->hands = g_ptr_array_new ();
  floor->notes = g_ptr_array_new_with_free_func (note_free);
  floor->calls = g_ptr_array_new_with_free_func (call_free);
  return floor;
}

void
cr_floor_free (CrFloor *floor)
{
  g_ptr_array_unref (floor->calls);
  g_ptr_array_unref (floor->notes);
  g_ptr_array_unref (floor->hands);
  g_hash_table_unref (floor->by_key);
  g_ptr_array_unref (floor->classrooms);
  g_free (floor);
}

static CrFloorClassroom *
find (const CrFloor *floor, const gchar *key, GError **error)
{
  CrFloorClassroom *classroom = key != NULL ? g_hash_table_lookup (floor->by_key, key) : NULL;

  if (classroom == NULL)
    g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_NO_CLASSROOM,
                         "the classroom does not take part in this lesson");
  return classroom;
}

/* Hands. */

static void
number_hands (CrFloor *floor)
{
  for (guint i = 0; i < floor->hands->len; i++)
    ((CrFloorClassroom *)floor->hands->pdata[i])->hand = i + 1;
}

void
cr_floor_raise (CrFloor *floor, CrFloorClassroom *classroom, gint64 at_s)
{
  classroom->raised_at_s = at_s;
  g_ptr_array_add (floor->hands, classroom);
  classroom->hand = floor->hands->len;
}

static guint
lower (CrFloor *floor, CrFloorClassroom *classroom)
{
  if (classroom->hand == 0)
    return 0;
  classroom->hand = 0;
  classroom->raised_at_s = 0;
  g_ptr_array_remove (floor->hands, classroom);
  number_hands (floor);
  return CR_TOPIC_HANDS | CR_TOPIC_CLASSROOMS;
}

gboolean
cr_floor_set_hand (CrFloor *floor, const gchar *key, gboolean raised, gint64 now_s, guint *topics,
                   GError **error)
{
  CrFloorClassroom *classroom = find (floor, key, error);

  if (classroom == NULL)
    return FALSE;
  if (!raised) {
    *topics |= lower (floor, classroom);
  } else if (classroom->hand == 0) {
    cr_floor_raise (floor, classroom, now_s);
    *topics |= CR_TOPIC_HANDS | CR_TOPIC_CLASSROOMS;
  }
  return TRUE;
}

/* The roster. */

static CrFloorClassroom *
classroom_new (const gchar *key)
{
  CrFloorClassroom *classroom = g_new0 (CrFloorClassroom, 1);

  classroom->key = g_strdup (key);
  classroom->slot = CR_FLOOR_NO_SLOT;
  return classroom;
}

static void
remove_notes_of (GPtrArray *notes, const gchar *key, guint *topics)
{
  for (guint i = notes->len; i > 0; i--) {
    if (g_str_equal (((CrFloorNote *)notes->pdata[i - 1])->classroom, key)) {
      g_ptr_array_remove_index (notes, i - 1);
      *topics |= CR_TOPIC_NOTES;
    }
  }
}

static CrFloorCall *
find_call (const CrFloor *floor, const gchar *who)
{
  for (guint i = 0; i < floor->calls->len; i++) {
    CrFloorCall *call = floor->calls->pdata[i];

    if (g_str_equal (call->who, who))
      return call;
  }
  return NULL;
}

/* It takes part no more. */
static guint
drop (CrFloor *floor, CrFloorClassroom *classroom)
{
  guint topics = CR_TOPIC_CLASSROOMS | CR_TOPIC_TILES | lower (floor, classroom);
  CrFloorCall *call = find_call (floor, classroom->key);

  if (classroom->slot != CR_FLOOR_NO_SLOT) {
    floor->holders[classroom->slot] = NULL;
    topics |= CR_TOPIC_FLOOR;
  }
  if (call != NULL && g_ptr_array_remove (floor->calls, call))
    topics |= CR_TOPIC_CALLS;
  remove_notes_of (floor->notes, classroom->key, &topics);
  return topics;
}

static guint
place (CrFloor *floor, GPtrArray *roster, const CrRosterEntry *entry)
{
  CrFloorClassroom *classroom = g_hash_table_lookup (floor->by_key, entry->key);
  guint number = roster->len + 1, topics = 0;

  if (classroom == NULL) {
    classroom = classroom_new (entry->key);
    g_hash_table_insert (floor->by_key, classroom->key, classroom);
  }
  if (classroom->number != number || g_strcmp0 (classroom->name, entry->name) != 0)
    topics = CR_TOPIC_CLASSROOMS | CR_TOPIC_TILES;
  classroom->number = number;
  g_free (classroom->name);
  classroom->name = g_strdup (entry->name);
  g_ptr_array_add (roster, classroom);
  return topics;
}

guint
cr_floor_set_roster (CrFloor *floor, const CrRosterEntry *entries, guint n_entries)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *roster = g_ptr_array_new_with_free_func (classroom_free);
  GPtrArray *before = floor->classrooms;
  guint topics = 0;

  for (guint i = 0; i < n_entries; i++) {
    if (g_hash_table_add (names, (gpointer)entries[i].key))
      topics |= place (floor, roster, &entries[i]);
  }
  g_ptr_array_set_free_func (before, NULL); /* what stays is the new roster's */
  for (guint i = 0; i < before->len; i++) {
    CrFloorClassroom *classroom = before->pdata[i];

    if (g_hash_table_contains (names, classroom->key))
      continue;
    topics |= drop (floor, classroom);
    g_hash_table_remove (floor->by_key, classroom->key);
    classroom_free (classroom);
  }
  g_ptr_array_unref (before);
  floor->classrooms = roster;
  return topics;
}

guint
cr_floor_add_classroom (CrFloor *floor, const CrRosterEntry *entry)
{
  if (g_hash_table_contains (floor->by_key, entry->key))
    return 0;
  return place (floor, floor->classrooms, entry);
}

gboolean
cr_floor_set_present (CrFloor *floor, const gchar *key, gboolean present, guint *topics, GError **error)
{
  CrFloorClassroom *classroom = find (floor, key, error);

  if (classroom == NULL)
    return FALSE;
  if (classroom->present != present)
    *topics |= CR_TOPIC_CLASSROOMS;
  classroom->present = present;
  return TRUE;
}

gboolean
cr_floor_set_publishing (CrFloor *floor, const gchar *key, gboolean publishing, guint *topics, GError **error)
{
  CrFloorClassroom *classroom = find (floor, key, error);

  if (classroom == NULL)
    return FALSE;
  if (classroom->publishing != publishing)
    *topics |= CR_TOPIC_CLASSROOMS;
  classroom->publishing = publishing;
  return TRUE;
}

gboolean
cr_floor_set_muted (CrFloor *floor, const gchar *key, gboolean muted, guint *topics, GError **error)
{
  CrFloorClassroom *classroom = find (floor, key, error);

  if (classroom == NULL)
    return FALSE;
  if (classroom->muted != muted)
    *topics |= CR_TOPIC_CLASSROOMS;
  classroom->muted = muted;
  return TRUE;
}

guint
cr_floor_set_turns (CrFloor *floor, const gchar *key, guint turns)
{
  CrFloorClassroom *classroom = g_hash_table_lookup (floor->by_key, key);

  if (classroom == NULL || classroom->turns == turns)
    return 0;
  classroom->turns = turns;
  return CR_TOPIC_CLASSROOMS;
}

/* The floor. */

static gboolean
find_holders (const CrFloor *floor, const gchar *const *keys, CrFloorClassroom *wanted[CR_FLOOR_N_SLOTS],
              guint *n_wanted, GError **error)
{
  for (*n_wanted = 0; keys[*n_wanted] != NULL; (*n_wanted)++) {
    if (*n_wanted == CR_FLOOR_N_SLOTS) {
      g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_INVALID,
                           "at most two classrooms can have the floor");
      return FALSE;
    }
    wanted[*n_wanted] = find (floor, keys[*n_wanted], error);
    if (wanted[*n_wanted] == NULL)
      return FALSE;
    if (*n_wanted > 0 && wanted[0] == wanted[*n_wanted]) {
      g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_INVALID,
                           "a classroom cannot have the floor twice");
      return FALSE;
    }
  }
  return TRUE;
}

void
cr_floor_hold (CrFloor *floor, guint slot, CrFloorClassroom *classroom)
{
  floor->holders[slot] = classroom;
  classroom->slot = (gint)slot;
}

static guint
give (CrFloor *floor, CrFloorClassroom *classroom)
{
  guint slot = 0;

  while (floor->holders[slot] != NULL)
    slot++; /* there is one: no more are wanted than there are slots */
  cr_floor_hold (floor, slot, classroom);
  classroom->turns++;
  return CR_TOPIC_FLOOR | CR_TOPIC_CLASSROOMS | lower (floor, classroom);
}

gboolean
cr_floor_set (CrFloor *floor, const gchar *const *keys, guint *topics, GError **error)
{
  CrFloorClassroom *wanted[CR_FLOOR_N_SLOTS] = {NULL};
  guint n_wanted;

  if (!find_holders (floor, keys, wanted, &n_wanted, error))
    return FALSE;
  for (guint slot = 0; slot < CR_FLOOR_N_SLOTS; slot++) {
    CrFloorClassroom *holder = floor->holders[slot];

    if (holder == NULL || holder == wanted[0] || holder == wanted[1])
      continue;
    holder->slot = CR_FLOOR_NO_SLOT;
    floor->holders[slot] = NULL;
    *topics |= CR_TOPIC_FLOOR | CR_TOPIC_CLASSROOMS;
  }
  for (guint i = 0; i < n_wanted; i++) {
    if (wanted[i]->slot == CR_FLOOR_NO_SLOT)
      *topics |= give (floor, wanted[i]);
  }
  return TRUE;
}

/* Notes and calls. */

gboolean
cr_note_is_code (const gchar *code)
{
  static const gchar *const codes[] = {"cannot-hear", "cannot-see", "slow-down", "ready", "other", NULL};

  return g_strv_contains (codes, code);
}

gboolean
cr_note_is_line (const gchar *text)
{
  if (!g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const gchar *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return FALSE;
  }
  return TRUE;
}

gboolean
cr_floor_note_is_valid (const gchar *code, const gchar *text)
{
  if (code == NULL || !cr_note_is_code (code))
    return FALSE;
  if (text == NULL || *text == '\0')
    return !g_str_equal (code, "other");
  return cr_note_is_line (text) && g_utf8_strlen (text, -1) <= CR_NOTE_MAX_CHARS;
}

void
cr_floor_append_note (CrFloor *floor, const gchar *key, const gchar *code, const gchar *text, gint64 at_s)
{
  CrFloorNote *note = g_new0 (CrFloorNote, 1);

  note->classroom = g_strdup (key);
  note->code = g_strdup (code);
  note->text = g_strdup (text != NULL ? text : "");
  note->at_s = at_s;
  if (floor->notes->len == CR_FLOOR_MAX_NOTES)
    g_ptr_array_remove_index (floor->notes, 0);
  g_ptr_array_add (floor->notes, note);
}

gboolean
cr_floor_add_note (CrFloor *floor, const gchar *key, const gchar *code, const gchar *text, gint64 now_s,
                   guint *topics, GError **error)
{
  if (find (floor, key, error) == NULL)
    return FALSE;
  if (!cr_floor_note_is_valid (code, text)) {
    g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_INVALID,
                         "a note has a known code and at most 200 characters in one line");
    return FALSE;
  }
  cr_floor_append_note (floor, key, code, text, now_s);
  *topics |= CR_TOPIC_NOTES;
  return TRUE;
}

void
cr_floor_append_call (CrFloor *floor, const gchar *who, gint64 at_s)
{
  CrFloorCall *call = g_new0 (CrFloorCall, 1);

  call->who = g_strdup (who);
  call->at_s = at_s;
  g_ptr_array_add (floor->calls, call);
}

gboolean
cr_floor_set_call (CrFloor *floor, const gchar *who, gboolean open, gint64 now_s, guint *topics,
                   GError **error)
{
  CrFloorCall *call;

  if (g_strcmp0 (who, CR_CALL_BY_TEACHER) != 0 && find (floor, who, error) == NULL)
    return FALSE;
  call = find_call (floor, who);
  if ((call != NULL) == open)
    return TRUE;
  if (open)
    cr_floor_append_call (floor, who, now_s);
  else
    g_ptr_array_remove (floor->calls, call);
  *topics |= CR_TOPIC_CALLS;
  return TRUE;
}

/* As it is. */

guint
cr_floor_get_n_classrooms (const CrFloor *floor)
{
  return floor->classrooms->len;
}

const CrFloorClassroom *
cr_floor_get_classroom (const CrFloor *floor, guint index)
{
  return g_ptr_array_index (floor->classrooms, index);
}

const CrFloorClassroom *
cr_floor_find (const CrFloor *floor, const gchar *key)
{
  return g_hash_table_lookup (floor->by_key, key);
}

const CrFloorClassroom *
cr_floor_get_holder (const CrFloor *floor, guint slot)
{
  return floor->holders[slot];
}

GPtrArray *
cr_floor_get_hands (const CrFloor *floor)
{
  return floor->hands;
}

GPtrArray *
cr_floor_get_notes (const CrFloor *floor)
{
  return floor->notes;
}

GPtrArray *
cr_floor_get_calls (const CrFloor *floor)
{
  return floor->calls;
}

gboolean
cr_floor_is_calling (const CrFloor *floor, const gchar *who)
{
  return find_call (floor, who) != NULL;
}
