/* SPDX-License-Identifier: Apache-2.0
 *
 * Two counters of attempts. A whole school signs in from one address, so that an address has more for free.
 */
#include "people/signin-limit.h"

#include "people/attempts.h"

/* An owner who mistypes waits for half a minute at worst: 2,880 guesses a day, 67 bits take longer. */
#define ACCOUNT_FREE       5
#define ACCOUNT_MAX_WAIT_S 30
#define ADDRESS_FREE       30
#define ADDRESS_MAX_WAIT_S 300

#define ALERT_AT 10

struct CrSigninLimit {
  CrAttempts *accounts, *addresses;
};

CrSigninLimit *
cr_signin_limit_new (void)
{
  CrSigninLimit *limit = g_new0 (CrSigninLimit, 1);

  limit->accounts = cr_attempts_new (ACCOUNT_FREE, ACCOUNT_MAX_WAIT_S);
  limit->addresses = cr_attempts_new (ADDRESS_FREE, ADDRESS_MAX_WAIT_S);
  return limit;
}

void
cr_signin_limit_free (CrSigninLimit *limit)
{
  cr_attempts_free (limit->accounts);
  cr_attempts_free (limit->addresses);
  g_free (limit);
}

static gboolean
is_alert (guint n_attempts)
{
  while (n_attempts > ALERT_AT && n_attempts % 2 == 0)
    n_attempts /= 2;
  return n_attempts == ALERT_AT;
}

guint
cr_signin_limit_begin (CrSigninLimit *limit, const gchar *login, const gchar *address, gint64 now_us,
                       gboolean *alert)
{
  guint account_s = cr_attempts_wait_s (limit->accounts, login, now_us);
  guint address_s = cr_attempts_wait_s (limit->addresses, address, now_us);
  guint n_of_address;

  *alert = FALSE;
  if (account_s > 0 || address_s > 0)
    return MAX (account_s, address_s);
  n_of_address = cr_attempts_count (limit->addresses, address, now_us);
  *alert = is_alert (cr_attempts_count (limit->accounts, login, now_us)) ||
           (n_of_address > ADDRESS_FREE && is_alert (n_of_address));
  return 0;
}

/* One good password does not excuse what an address tried with others. */
void
cr_signin_limit_succeeded (CrSigninLimit *limit, const gchar *login, const gchar *address)
{
  cr_attempts_forget (limit->accounts, login);
  cr_attempts_uncount (limit->addresses, address);
}
