/* SPDX-License-Identifier: Apache-2.0
 *
 * The floor against a model of its own: whoever was last given the floor has it, and is heard unless muted
 * last, whatever else happens. Every sequence of up to six steps with two and three classrooms (those that
 * differ only in who is called what, or in steps that change nothing, once), and a million random ones with
 * nine, which raise hands too: never media without the right, never a right lost.
 */
#include "base/json.h"
#include "live/floor-private.h"

#include <string.h>

#define MAX_CLASSROOMS 9
#define NOBODY         -1
#define NOW_S          1790000000

/* A tenth where everything takes ten times longer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define N_STEPS_2   5
#define N_STEPS_3   4
#define N_SEQUENCES 50000
#else
#define N_STEPS_2   6
#define N_STEPS_3   6
#define N_SEQUENCES 1000000
#endif

/* What a lesson's people would say. */
typedef struct {
  gint floor[CR_FLOOR_N_SLOTS];
  gboolean muted[MAX_CLASSROOMS];
  gboolean present[MAX_CLASSROOMS];
  guint turns[MAX_CLASSROOMS];
  gint hands[MAX_CLASSROOMS]; /* in order */
  guint n_hands;
} Model;

typedef enum {
  JOIN,
  LEAVE,
  GRANT,
  REVOKE,
  MUTE,
  UNMUTE,
  DIALOGUE,
  RESTART,
  RAISE,
  LOWER,
  N_STEP_KINDS
} StepKind;

typedef struct {
  StepKind kind;
  gint a, b; /* of whom; `b` of a dialogue */
} Step;

static const gchar *const keys[MAX_CLASSROOMS] = {"龙驹", "金溪", "大进", "后坪", "沿河",
                                                  "鸡鸣", "三建", "泥溪", "平安"};

/* The model. */

static void
model_init (Model *model)
{
  memset (model, 0, sizeof *model); /* padding too: models are compared as bytes */
  model->floor[0] = model->floor[1] = NOBODY;
}

static void
model_lower (Model *model, gint who)
{
  guint n = 0;

  for (guint i = 0; i < model->n_hands; i++) {
    if (model->hands[i] != who)
      model->hands[n++] = model->hands[i];
  }
  for (guint i = n; i < model->n_hands; i++)
    model->hands[i] = 0;
  model->n_hands = n;
}

static gboolean
model_has_floor (const Model *model, gint who)
{
  return model->floor[0] == who || model->floor[1] == who;
}

/* Who is wanted and has no floor takes the first that nobody who is wanted has. */
static void
model_give (Model *model, gint a, gint b)
{
  const gint wanted[2] = {a, b};

  for (guint slot = 0; slot < 2; slot++) {
    if (model->floor[slot] != a && model->floor[slot] != b)
      model->floor[slot] = NOBODY;
  }
  for (guint i = 0; i < 2; i++) {
    if (wanted[i] == NOBODY || model_has_floor (model, wanted[i]))
      continue;
    model->floor[model->floor[0] == NOBODY ? 0 : 1] = wanted[i];
    model->turns[wanted[i]]++;
    model_lower (model, wanted[i]);
  }
}

static void
model_raise (Model *model, gint who)
{
  for (guint i = 0; i < model->n_hands; i++) {
    if (model->hands[i] == who)
      return;
  }
  model->hands[model->n_hands++] = who;
}

static void
model_step (Model *model, const Step *step)
{
  switch (step->kind) {
  case JOIN:
    model->present[step->a] = TRUE;
    return;
  case LEAVE:
    model->present[step->a] = FALSE;
    return;
  case GRANT:
    model_give (model, step->a, NOBODY);
    return;
  case REVOKE:
    model_give (model, NOBODY, NOBODY);
    return;
  case MUTE:
  case UNMUTE:
    model->muted[step->a] = step->kind == MUTE;
    return;
  case DIALOGUE:
    model_give (model, step->a, step->b);
    return;
  case RESTART:
    memset (model->present, 0, sizeof model->present);
    return;
  case RAISE:
    model_raise (model, step->a);
    return;
  case LOWER:
    model_lower (model, step->a);
    return;
  case N_STEP_KINDS:
    g_assert_not_reached ();
  }
}

/* The real one. */

static CrFloor *
make_floor (guint n_classrooms)
{
  CrFloor *floor = cr_floor_new ();
  CrRosterEntry entries[MAX_CLASSROOMS];

  for (guint i = 0; i < n_classrooms; i++)
    entries[i] = (CrRosterEntry){.key = keys[i], .name = keys[i]};
  g_assert_cmpuint (cr_floor_set_roster (floor, entries, n_classrooms), !=, 0);
  return floor;
}

/* What the disk has of it, in a process that has not seen anybody yet. Turns are counted elsewhere. */
static CrFloor *
restart (const CrFloor *floor)
{
  guint n = cr_floor_get_n_classrooms (floor);
  CrFloor *again = make_floor (n);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) saved = NULL;
  g_autoptr (GError) error = NULL;

  cr_floor_save (floor, builder);
  saved = json_builder_get_root (builder);
  g_assert_true (cr_floor_restore (again, saved, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < n; i++)
    (void)cr_floor_set_turns (again, keys[i], cr_floor_get_classroom (floor, i)->turns);
  return again;
}

static guint
set_floor (CrFloor *floor, gint a, gint b)
{
  const gchar *wanted[3] = {NULL};
  guint n = 0, topics = 0;

  if (a != NOBODY)
    wanted[n++] = keys[a];
  if (b != NOBODY)
    wanted[n++] = keys[b];
  g_assert_true (cr_floor_set (floor, wanted, &topics, NULL));
  return topics;
}

static guint
real_step (CrFloor *floor, const Step *step)
{
  const gchar *key = keys[step->a];
  gboolean done = TRUE;
  guint topics = 0;

  switch (step->kind) {
  case JOIN:
  case LEAVE:
    done = cr_floor_set_present (floor, key, step->kind == JOIN, &topics, NULL);
    break;
  case GRANT:
    return set_floor (floor, step->a, NOBODY);
  case REVOKE:
    return set_floor (floor, NOBODY, NOBODY);
  case DIALOGUE:
    return set_floor (floor, step->a, step->b);
  case MUTE:
  case UNMUTE:
    done = cr_floor_set_muted (floor, key, step->kind == MUTE, &topics, NULL);
    break;
  case RAISE:
  case LOWER:
    done = cr_floor_set_hand (floor, key, step->kind == RAISE, NOW_S, &topics, NULL);
    break;
  case RESTART:
  case N_STEP_KINDS:
    g_assert_not_reached ();
  }
  g_assert_true (done);
  return topics;
}

static void
check_rights (const CrFloor *floor, const Model *model)
{
  for (guint slot = 0; slot < CR_FLOOR_N_SLOTS; slot++) {
    const CrFloorClassroom *holder = cr_floor_get_holder (floor, slot);

    if (model->floor[slot] == NOBODY) {
      g_assert_null (holder);
      continue;
    }
    g_assert_nonnull (holder);
    g_assert_true (holder == cr_floor_get_classroom (floor, (guint)model->floor[slot]));
    g_assert_cmpint (holder->slot, ==, (gint)slot);
  }
}

static void
check (const CrFloor *floor, const Model *model)
{
  GPtrArray *hands = cr_floor_get_hands (floor);

  check_rights (floor, model);
  for (guint i = 0; i < cr_floor_get_n_classrooms (floor); i++) {
    const CrFloorClassroom *classroom = cr_floor_get_classroom (floor, i);

    if (classroom->present != model->present[i] || classroom->muted != model->muted[i] ||
        classroom->turns != model->turns[i] ||
        (classroom->slot != CR_FLOOR_NO_SLOT) != model_has_floor (model, (gint)i))
      g_error ("classroom %u is not as the model has it", i);
  }
  g_assert_cmpuint (hands->len, ==, model->n_hands);
  for (guint i = 0; i < hands->len; i++) {
    const CrFloorClassroom *classroom = hands->pdata[i];

    g_assert_true (classroom == cr_floor_get_classroom (floor, (guint)model->hands[i]));
    g_assert_cmpuint (classroom->hand, ==, i + 1);
  }
}

/* Every sequence. A step is taken back by writing over what steps change; no hands here. */

typedef struct {
  CrFloorClassroom classrooms[3];
  CrFloorClassroom *holders[CR_FLOOR_N_SLOTS];
} Before;

static void
remember (const CrFloor *floor, Before *before)
{
  for (guint i = 0; i < floor->classrooms->len; i++)
    before->classrooms[i] = *(const CrFloorClassroom *)floor->classrooms->pdata[i];
  memcpy (before->holders, floor->holders, sizeof before->holders);
}

static void
take_back (CrFloor *floor, const Before *before)
{
  for (guint i = 0; i < floor->classrooms->len; i++)
    *(CrFloorClassroom *)floor->classrooms->pdata[i] = before->classrooms[i];
  memcpy (floor->holders, before->holders, sizeof before->holders);
}

typedef struct {
  guint n_classrooms, n_steps;
  guint64 n_taken;
} Exploration;

static void explore (Exploration *all, CrFloor *floor, const Model *model, guint n_taken, gint n_named);

static void
try_step (Exploration *all, CrFloor *floor, const Model *model, const Step *step, guint n_taken, gint n_named)
{
  gboolean names = step->kind != REVOKE && step->kind != RESTART;
  gint named = names ? MAX (n_named, 1 + MAX (step->a, step->b)) : n_named;
  Model next = *model;
  gboolean changes;

  model_step (&next, step);
  changes = memcmp (model, &next, sizeof next) != 0;
  all->n_taken++;
  if (step->kind == RESTART) {
    g_autoptr (CrFloor) again = restart (floor);

    check (again, &next);
    if (changes)
      explore (all, again, &next, n_taken + 1, named);
  } else {
    Before before;

    remember (floor, &before);
    g_assert_cmpint (real_step (floor, step) != 0, ==, changes);
    check (floor, &next);
    if (changes)
      explore (all, floor, &next, n_taken + 1, named);
    take_back (floor, &before);
  }
}

/* Names stand for each other: a classroom is first spoken of in the order of the roster. */
static void
explore (Exploration *all, CrFloor *floor, const Model *model, guint n_taken, gint n_named)
{
  static const StepKind of_one[] = {JOIN, LEAVE, GRANT, MUTE, UNMUTE};
  static const StepKind of_all[] = {REVOKE, RESTART};
  gint n = MIN (n_named + 1, (gint)all->n_classrooms);

  if (n_taken == all->n_steps)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (of_all); i++) {
    const Step step = {.kind = of_all[i], .a = 0, .b = NOBODY};

    try_step (all, floor, model, &step, n_taken, n_named);
  }
  for (gint a = 0; a < n; a++) {
    for (guint i = 0; i < G_N_ELEMENTS (of_one); i++) {
      const Step step = {.kind = of_one[i], .a = a, .b = NOBODY};

      try_step (all, floor, model, &step, n_taken, n_named);
    }
    for (gint b = 0; b < MIN (MAX (n, a + 2), (gint)all->n_classrooms); b++) {
      const Step step = {.kind = DIALOGUE, .a = a, .b = b};

      if (b != a)
        try_step (all, floor, model, &step, n_taken, n_named);
    }
  }
}

static void
test_every_sequence (gconstpointer data)
{
  guint n_classrooms = GPOINTER_TO_UINT (data);
  Exploration all = {.n_classrooms = n_classrooms, .n_steps = n_classrooms == 2 ? N_STEPS_2 : N_STEPS_3};
  g_autoptr (CrFloor) floor = make_floor (n_classrooms);
  Model model;

  model_init (&model);
  explore (&all, floor, &model, 0, 0);
  g_test_message ("%u classrooms, up to %u steps: %" G_GUINT64_FORMAT " sequences", n_classrooms, all.n_steps,
                  all.n_taken);
  g_assert_cmpuint (all.n_taken, >, 10000);
}

/* Random ones. */

static Step
random_step (GRand *rand)
{
  /* a restart costs as much as a hundred other steps */
  StepKind kind =
      g_rand_int_range (rand, 0, 100) == 0 ? RESTART : (StepKind)g_rand_int_range (rand, 0, N_STEP_KINDS);
  Step step = {.kind = kind, .a = g_rand_int_range (rand, 0, MAX_CLASSROOMS), .b = NOBODY};

  if (kind == RESTART && g_rand_int_range (rand, 0, 10) != 0)
    step.kind = JOIN;
  if (kind == DIALOGUE)
    step.b = (step.a + g_rand_int_range (rand, 1, MAX_CLASSROOMS)) % MAX_CLASSROOMS;
  return step;
}

static void
take (CrFloor **floor, Model *model, const Step *step)
{
  Model before = *model;

  model_step (model, step);
  if (step->kind == RESTART) {
    CrFloor *again = restart (*floor);

    cr_floor_free (*floor);
    *floor = again;
  } else {
    g_assert_cmpint (real_step (*floor, step) != 0, ==, memcmp (&before, model, sizeof before) != 0);
  }
  check (*floor, model);
}

/* Each begins where the one before it ended, every thousandth with a new lesson. */
static void
test_random_sequences (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20260918);
  CrFloor *floor = NULL;
  Model model;

  for (guint i = 0; i < N_SEQUENCES; i++) {
    guint n_steps = (guint)g_rand_int_range (rand, 1, 9);

    if (i % 1000 == 0) {
      g_clear_pointer (&floor, cr_floor_free);
      floor = make_floor (MAX_CLASSROOMS);
      model_init (&model);
    }
    for (guint k = 0; k < n_steps; k++) {
      Step step = random_step (rand);

      take (&floor, &model, &step);
    }
  }
  cr_floor_free (floor);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/live/floor-model/two", GUINT_TO_POINTER (2), test_every_sequence);
  g_test_add_data_func ("/live/floor-model/three", GUINT_TO_POINTER (3), test_every_sequence);
  g_test_add_func ("/live/floor-model/random", test_random_sequences);
  return g_test_run ();
}
