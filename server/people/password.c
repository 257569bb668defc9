/* SPDX-License-Identifier: Apache-2.0
 *
 * libsodium's crypto_pwhash_str() on a GThreadPool. A job carries its own copy of the password, wiped when it
 * is done; the answer goes back to the main context.
 */
#include "people/password.h"

#include "base/token.h"
#include "people/readable-code.h"

#include <sodium.h>
#include <string.h>

/* Two hashes at once: 128 MiB and two cores at most, 20 sign-ins a second. */
#define N_THREADS 2

/* What 18 schools do at the same bell, with room; beyond it the wait would exceed a few seconds. */
#define MAX_WAITING 64

#define PASSWORD_MIN_CHARACTERS 10
#define PASSWORD_MAX_BYTES      256 /* argon2 takes more; nobody types more */
#define GENERATED_CHARACTERS    14  /* of 28: 67 bits */

const CrPasswordCost cr_password_cost_usual = {crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
                                               crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE};
const CrPasswordCost cr_password_cost_least = {crypto_pwhash_argon2id_OPSLIMIT_MIN,
                                               crypto_pwhash_argon2id_MEMLIMIT_MIN};

G_DEFINE_QUARK (cr_people_error, cr_people_error)

struct CrPasswords {
  GThreadPool *pool;
  CrPasswordCost cost;
  GMainContext *context;
  guint n_under_way;
  gint closing;  /* atomic: what still waits is answered without being worked on */
  gchar *nobody; /* a hash that nothing is compared with in earnest */
};

/* Whose the job is. Set and read atomically at each hand-over: ThreadSanitizer does not see the locks of a
 * GLib built without it. */
typedef enum { OWNER_MAIN, OWNER_POOL, OWNER_MAIN_AGAIN } Owner;

typedef struct {
  gint owner; /* atomic */
  CrPasswords *passwords;
  gchar *password;
  gchar *hash; /* to compare with; of a new one: the result */
  gboolean is_new, is_nobody, matches;
  void (*on_verified) (gboolean matches, gpointer data);
  void (*on_hashed) (gchar *hash, gpointer data);
  gpointer data;
} Job;

static gboolean
on_job_done (gpointer data)
{
  Job *job = data;

  g_assert (g_atomic_int_get (&job->owner) == OWNER_MAIN_AGAIN);
  job->passwords->n_under_way--;
  if (job->is_new)
    job->on_hashed (g_steal_pointer (&job->hash), job->data);
  else
    job->on_verified (job->matches && !job->is_nobody, job->data);
  g_free (job->hash);
  g_free (job);
  return G_SOURCE_REMOVE;
}

/* g_main_context_invoke() would run the answer here whenever main is not within its loop just then. */
static void
answer_on_main (Job *job)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  GMainContext *context = job->passwords->context;

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_job_done, job, NULL);
  g_atomic_int_set (&job->owner, OWNER_MAIN_AGAIN);
  g_source_attach (source, context);
}

/* On a thread of the pool. */
static void
run_job (gpointer data, gpointer user_data)
{
  Job *job = data;
  CrPasswords *passwords = user_data;

  g_assert (g_atomic_int_get (&job->owner) == OWNER_POOL);
  if (job->is_new && !g_atomic_int_get (&passwords->closing))
    job->hash = cr_password_hash_sync (job->password, &passwords->cost);
  else if (!g_atomic_int_get (&passwords->closing))
    job->matches = crypto_pwhash_str_verify (job->hash, job->password, strlen (job->password)) == 0;
  cr_secret_free (g_steal_pointer (&job->password));
  answer_on_main (job);
}

CrPasswords *
cr_passwords_new (const CrPasswordCost *cost)
{
  CrPasswords *passwords = g_new0 (CrPasswords, 1);

  passwords->cost = *cost;
  passwords->context = g_main_context_ref_thread_default ();
  passwords->nobody = cr_password_hash_sync ("", cost);
  passwords->pool = g_thread_pool_new (run_job, passwords, N_THREADS, FALSE, NULL);
  return passwords;
}

void
cr_passwords_free (CrPasswords *passwords)
{
  g_atomic_int_set (&passwords->closing, TRUE);
  while (passwords->n_under_way > 0)
    g_main_context_iteration (passwords->context, TRUE);
  g_thread_pool_free (passwords->pool, FALSE, TRUE);
  g_main_context_unref (passwords->context);
  g_free (passwords->nobody);
  g_free (passwords);
}

static gboolean
push (CrPasswords *passwords, const Job *template, const gchar *password, GError **error)
{
  Job *job;

  if (passwords->n_under_way >= N_THREADS + MAX_WAITING) {
    g_set_error_literal (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_BUSY, "too many people sign in just now");
    return FALSE;
  }
  job = g_memdup2 (template, sizeof *template);
  job->passwords = passwords;
  job->password = g_strdup (password);
  passwords->n_under_way++;
  g_atomic_int_set (&job->owner, OWNER_POOL);
  g_thread_pool_push (passwords->pool, job, NULL);
  return TRUE;
}

gboolean
cr_passwords_verify (CrPasswords *passwords, const gchar *hash, const gchar *password,
                     void (*done) (gboolean matches, gpointer data), gpointer data, GError **error)
{
  Job job = {.hash = g_strdup (hash != NULL ? hash : passwords->nobody),
             .is_nobody = hash == NULL,
             .on_verified = done,
             .data = data};

  if (push (passwords, &job, password, error))
    return TRUE;
  g_free (job.hash);
  return FALSE;
}

gboolean
cr_passwords_hash (CrPasswords *passwords, const gchar *password, void (*done) (gchar *hash, gpointer data),
                   gpointer data, GError **error)
{
  Job job = {.is_new = TRUE, .on_hashed = done, .data = data};

  return push (passwords, &job, password, error);
}

gchar *
cr_password_hash_sync (const gchar *password, const CrPasswordCost *cost)
{
  gchar hash[crypto_pwhash_STRBYTES];

  if (sodium_init () < 0)
    g_error ("libsodium: no randomness");
  if (crypto_pwhash_str_alg (hash, password, strlen (password), cost->ops, cost->memory_bytes,
                             crypto_pwhash_ALG_ARGON2ID13) != 0)
    return NULL;
  return g_strdup (hash);
}

static gboolean
is_one_character (const gchar *text)
{
  gunichar first = g_utf8_get_char (text);

  for (const gchar *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    if (g_utf8_get_char (p) != first)
      return FALSE;
  }
  return TRUE;
}

gboolean
cr_password_check (const gchar *password, const gchar *login, GError **error)
{
  g_autofree gchar *folded = NULL;
  g_autofree gchar *folded_login = NULL;
  const gchar *why = NULL;

  if (strlen (password) > PASSWORD_MAX_BYTES || !g_utf8_validate (password, -1, NULL)) {
    why = "the new password is too long";
  } else if (g_utf8_strlen (password, -1) < PASSWORD_MIN_CHARACTERS) {
    why = "the new password needs at least 10 characters";
  } else {
    folded = g_utf8_casefold (password, -1);
    folded_login = g_utf8_casefold (login, -1);
    if (is_one_character (password) || strstr (folded, folded_login) != NULL)
      why = "the new password would be guessed: it is the login or one character";
  }
  if (why == NULL)
    return TRUE;
  g_set_error_literal (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_WEAK_PASSWORD, why);
  return FALSE;
}

gchar *
cr_password_generate (void)
{
  return cr_readable_code_new (GENERATED_CHARACTERS);
}
