/* SPDX-License-Identifier: Apache-2.0
 *
 * The demo's tokens over restarts: the same ones come back, more can be asked for, and a file that others
 * could read, or that holds something else, is not believed.
 */
#include "live/demo-tokens.h"

#include <glib/gstdio.h>

typedef struct {
  gchar *folder, *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->folder = g_dir_make_tmp ("demo-tokens-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "demo-tokens", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_remove (f->path);
  g_rmdir (f->folder);
  g_free (f->path);
  g_free (f->folder);
}

static gchar **
load (const gchar *folder, guint n_classrooms)
{
  g_autoptr (GError) error = NULL;
  gchar **tokens = cr_demo_tokens_load (folder, n_classrooms, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (tokens), ==, n_classrooms + 2);
  return tokens;
}

static void
test_restart (Fixture *f, gconstpointer data)
{
  g_auto (GStrv) first = load (f->folder, 3);
  g_auto (GStrv) second = load (f->folder, 3);
  g_auto (GStrv) fewer = load (f->folder, 1);
  g_auto (GStrv) more = load (f->folder, 5);
  g_auto (GStrv) again = load (f->folder, 5);
  GStatBuf status;

  g_assert_cmpstrv (first, second);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpstr (more[i], ==, first[i]);
  g_assert_cmpstrv (more, again);
  g_assert_cmpstr (fewer[2], ==, first[2]);
  for (guint i = 0; i < 7; i++) {
    for (guint j = 0; j < i; j++)
      g_assert_cmpstr (more[i], !=, more[j]);
  }
  g_assert_cmpint (g_stat (f->path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
}

static void
test_not_believed (Fixture *f, gconstpointer data)
{
  static const gchar *const texts[] = {"", "short\n", "0123456789abcdef0123456789ABCDEF\n", "\n\n\n"};
  g_auto (GStrv) first = load (f->folder, 1);

  g_assert_cmpint (g_chmod (f->path, 0644), ==, 0);
  {
    g_auto (GStrv) second = load (f->folder, 1);
    GStatBuf status;

    g_assert_cmpstr (first[0], !=, second[0]);
    g_assert_cmpint (g_stat (f->path, &status), ==, 0);
    g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
  }
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_auto (GStrv) tokens = NULL;

    g_assert_true (g_file_set_contents_full (f->path, texts[i], -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    tokens = load (f->folder, 1);
    for (guint j = 0; j < 3; j++)
      g_assert_cmpuint (strlen (tokens[j]), ==, 32);
  }
}

static void
test_no_folder (Fixture *f, gconstpointer data)
{
  g_auto (GStrv) first = load (NULL, 2);
  g_auto (GStrv) second = load (NULL, 2);
  g_autofree gchar *missing = g_build_filename (f->folder, "missing", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (first[0], !=, second[0]);
  g_assert_null (cr_demo_tokens_load (missing, 2, &error));
  g_assert_nonnull (strstr (error->message, missing));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/server/live/demo-tokens/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("restart", test_restart);
  ADD ("not-believed", test_not_believed);
  ADD ("no-folder", test_no_folder);
  return g_test_run ();
}
