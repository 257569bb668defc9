/* SPDX-License-Identifier: Apache-2.0
 *
 * Attempts slow down and are forgiven; the sign-in limits made of them. Time is moved by hand.
 */
#include "people/attempts.h"
#include "people/signin-limit.h"

#define SECOND G_USEC_PER_SEC

static void
test_the_wait_doubles_up_to_a_limit (void)
{
  static const guint waits_s[] = {0, 0, 1, 2, 4, 8, 10, 10};
  g_autoptr (CrAttempts) attempts = cr_attempts_new (3, 10);
  gint64 now_us = SECOND;

  for (guint i = 0; i < G_N_ELEMENTS (waits_s); i++) {
    g_assert_cmpuint (cr_attempts_wait_s (attempts, "a", now_us), ==, 0);
    g_assert_cmpuint (cr_attempts_count (attempts, "a", now_us), ==, i + 1);
    g_assert_cmpuint (cr_attempts_wait_s (attempts, "a", now_us), ==, waits_s[i]);
    g_assert_cmpuint (cr_attempts_wait_s (attempts, "b", now_us), ==, 0);
    now_us += (gint64)waits_s[i] * SECOND;
  }
}

static void
test_a_quiet_hour_begins_anew (void)
{
  g_autoptr (CrAttempts) attempts = cr_attempts_new (3, 10);

  for (guint i = 0; i < 20; i++)
    cr_attempts_count (attempts, "a", 0);
  g_assert_cmpuint (cr_attempts_count (attempts, "a", G_TIME_SPAN_HOUR - 1), ==, 21);
  g_assert_cmpuint (cr_attempts_count (attempts, "a", 2 * G_TIME_SPAN_HOUR), ==, 1);
}

static void
test_good_ones_are_taken_back (void)
{
  g_autoptr (CrAttempts) attempts = cr_attempts_new (3, 10);

  for (guint i = 0; i < 5; i++)
    cr_attempts_count (attempts, "a", 0);
  cr_attempts_uncount (attempts, "a");
  g_assert_cmpuint (cr_attempts_wait_s (attempts, "a", 0), ==, 0);
  g_assert_cmpuint (cr_attempts_count (attempts, "a", 0), ==, 5);
  cr_attempts_forget (attempts, "a");
  g_assert_cmpuint (cr_attempts_count (attempts, "a", 0), ==, 1);
  cr_attempts_uncount (attempts, "never seen");
  cr_attempts_forget (attempts, "never seen");
}

/* More keys than are kept: the one that has been quiet for longest goes, a busy one stays. */
static void
test_the_table_is_bounded (void)
{
  g_autoptr (CrAttempts) attempts = cr_attempts_new (3, 3600);

  for (guint i = 0; i < 10; i++)
    cr_attempts_count (attempts, "busy", 0);
  for (guint i = 0; i < 12000; i++) {
    g_autofree gchar *key = g_strdup_printf ("address-%u", i);

    cr_attempts_count (attempts, key, (gint64)i * 1000);
    if (i % 1000 == 0)
      cr_attempts_count (attempts, "busy", (gint64)i * 1000);
  }
  g_assert_cmpuint (cr_attempts_count (attempts, "busy", 12 * SECOND), ==, 23);
  g_assert_cmpuint (cr_attempts_count (attempts, "address-0", 12 * SECOND), ==, 1);
  g_assert_cmpuint (cr_attempts_count (attempts, "address-11999", 12 * SECOND), ==, 2);
}

/* One password guessed from many addresses. */
static void
test_accounts_are_limited_apart_from_addresses (void)
{
  g_autoptr (CrSigninLimit) limit = cr_signin_limit_new ();
  gint64 now_us = SECOND;
  guint n_tries = 0, n_alerts = 0;

  for (guint i = 0; i < 3600; i++, now_us += SECOND) {
    g_autofree gchar *address = g_strdup_printf ("192.0.2.%u", i);
    gboolean alert;

    n_tries += cr_signin_limit_begin (limit, "li.na", address, now_us, &alert) == 0;
    n_alerts += alert;
  }
  g_assert_cmpuint (n_tries, <, 150); /* one in half a minute */
  g_assert_cmpuint (n_tries, >, 100); /* and never none */
  g_assert_cmpuint (n_alerts, ==, 4); /* at 10, 20, 40, 80 */
  g_test_message ("%u guesses an hour", n_tries);
}

/* A school's teachers, all behind one address, sign in at the same bell and some mistype. */
static void
test_a_school_is_not_taken_for_an_attack (void)
{
  g_autoptr (CrSigninLimit) limit = cr_signin_limit_new ();

  for (guint i = 0; i < 200; i++) {
    g_autofree gchar *login = g_strdup_printf ("teacher-%u", i);
    gboolean alert;

    if (i % 10 == 0)
      g_assert_cmpuint (cr_signin_limit_begin (limit, login, "192.0.2.1", SECOND, &alert), ==, 0);
    g_assert_cmpuint (cr_signin_limit_begin (limit, login, "192.0.2.1", SECOND, &alert), ==, 0);
    g_assert_false (alert);
    cr_signin_limit_succeeded (limit, login, "192.0.2.1");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/people/attempts/the-wait-doubles-up-to-a-limit",
                   test_the_wait_doubles_up_to_a_limit);
  g_test_add_func ("/server/people/attempts/a-quiet-hour-begins-anew", test_a_quiet_hour_begins_anew);
  g_test_add_func ("/server/people/attempts/good-ones-are-taken-back", test_good_ones_are_taken_back);
  g_test_add_func ("/server/people/attempts/the-table-is-bounded", test_the_table_is_bounded);
  g_test_add_func ("/server/people/signin-limit/accounts-apart-from-addresses",
                   test_accounts_are_limited_apart_from_addresses);
  g_test_add_func ("/server/people/signin-limit/a-school-is-no-attack",
                   test_a_school_is_not_taken_for_an_attack);
  return g_test_run ();
}
