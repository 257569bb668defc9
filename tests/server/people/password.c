/* SPDX-License-Identifier: Apache-2.0
 *
 * Passwords and readable codes: what is taken, that hashes say argon2id, and that the queue is bounded.
 */
#include "people/password.h"
#include "people/readable-code.h"

#include <string.h>

typedef struct {
  guint n_good, n_bad;
} Tally;

static void
on_verified (gboolean matches, gpointer data)
{
  Tally *tally = data;

  if (matches)
    tally->n_good++;
  else
    tally->n_bad++;
}

static void
verify (CrPasswords *passwords, const gchar *hash, const gchar *password, Tally *tally)
{
  guint before = tally->n_good + tally->n_bad;

  g_assert_true (cr_passwords_verify (passwords, hash, password, on_verified, tally, NULL));
  while (tally->n_good + tally->n_bad == before)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_hashes_are_argon2id (void)
{
  g_autoptr (CrPasswords) passwords = cr_passwords_new (&cr_password_cost_least);
  g_autofree gchar *hash = cr_password_hash_sync ("correct horse", &cr_password_cost_least);
  g_autofree gchar *again = cr_password_hash_sync ("correct horse", &cr_password_cost_least);
  g_autofree gchar *usual = cr_password_hash_sync ("correct horse", &cr_password_cost_usual);
  Tally tally = {0};

  g_assert_true (g_str_has_prefix (usual, "$argon2id$v=19$m=65536,t=2,p=1$"));
  g_assert_cmpstr (hash, !=, again);
  verify (passwords, hash, "correct horse", &tally);
  verify (passwords, usual, "correct horse", &tally);
  g_assert_cmpuint (tally.n_good, ==, 2);
  verify (passwords, hash, "correct horse ", &tally);
  verify (passwords, hash, "", &tally);
  verify (passwords, NULL, "", &tally); /* nobody's password is empty, though the stand-in's is */
  verify (passwords, "rubbish", "correct horse", &tally);
  g_assert_cmpuint (tally.n_bad, ==, 4);
}

static void
test_the_queue_is_bounded (void)
{
  g_autoptr (CrPasswords) passwords = cr_passwords_new (&cr_password_cost_least);
  Tally tally = {0};
  guint n_taken = 0, n_refused = 0;

  for (guint i = 0; i < 200; i++) {
    g_autoptr (GError) error = NULL;

    if (cr_passwords_verify (passwords, NULL, "x", on_verified, &tally, &error)) {
      n_taken++;
    } else {
      g_assert_error (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_BUSY);
      n_refused++;
    }
  }
  g_assert_cmpuint (n_taken, ==, 66);
  g_assert_cmpuint (n_refused, ==, 134);
  g_clear_pointer (&passwords, cr_passwords_free); /* answers before it goes */
  g_assert_cmpuint (tally.n_bad, ==, n_taken);
}

static void
test_weak_ones_are_refused (void)
{
  static const struct {
    const gchar *password;
    gboolean good;
  } cases[] = {{"ninechars", FALSE},
               {"ten chars!", TRUE},
               {"十个汉字的密码也可以", TRUE},
               {"九个汉字的密码不够", FALSE},
               {"aaaaaaaaaaaa", FALSE},
               {"xxLi.Na2019xx", FALSE},
               {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", FALSE}};
  g_autofree gchar *longest = g_strnfill (255, 'x');
  g_autofree gchar *too_long = g_strnfill (257, 'x');

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (cr_password_check (cases[i].password, "li.na", NULL), ==, cases[i].good);
  longest[0] = 'y';
  g_assert_true (cr_password_check (longest, "li.na", NULL));
  too_long[0] = 'y';
  g_assert_false (cr_password_check (too_long, "li.na", NULL));
}

static void
test_made_up_ones_are_good (void)
{
  for (guint i = 0; i < 100; i++) {
    g_autofree gchar *password = cr_password_generate ();

    g_assert_cmpuint (strlen (password), ==, 14);
    g_assert_true (cr_password_check (password, "li.na", NULL));
    g_assert_null (strpbrk (password, "AEIOU015"));
  }
}

static void
test_codes_are_read_as_typed (void)
{
  static const struct {
    const gchar *typed, *code;
  } cases[] = {{"BCDFGHJ", "BCDFGHJ"},
               {"bcd-fghj", "BCDFGHJ"},
               {" b c d f g h j ", "BCDFGHJ"},
               {"BCDFGH", NULL},
               {"BCDFGHJK", NULL},
               {"BCDFGH0", NULL},
               {"BCDFGHÄ", NULL},
               {"", NULL}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *code = cr_readable_code_parse (cases[i].typed, 7);

    g_assert_cmpstr (code, ==, cases[i].code);
  }
  for (guint i = 0; i < 100; i++) {
    g_autofree gchar *code = cr_readable_code_new (7);
    g_autofree gchar *same = cr_readable_code_parse (code, 7);

    g_assert_cmpstr (code, ==, same);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/people/password/hashes-are-argon2id", test_hashes_are_argon2id);
  g_test_add_func ("/server/people/password/the-queue-is-bounded", test_the_queue_is_bounded);
  g_test_add_func ("/server/people/password/weak-ones-are-refused", test_weak_ones_are_refused);
  g_test_add_func ("/server/people/password/made-up-ones-are-good", test_made_up_ones_are_good);
  g_test_add_func ("/server/people/readable-code/read-as-typed", test_codes_are_read_as_typed);
  return g_test_run ();
}
