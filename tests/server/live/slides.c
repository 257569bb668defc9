/* SPDX-License-Identifier: Apache-2.0
 *
 * What is a picture, which are kept, and how much there may be of them.
 */
#include "live/slides.h"

#include <string.h>

/* A PNG as far as anybody looks: head, `n_bytes` in all, end. */
static GBytes *
make_png (guint32 width, guint32 height, gsize n_bytes)
{
  static const guint8 head[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
  static const guint8 end[] = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82};
  guint8 *bytes = g_malloc0 (n_bytes);

  memcpy (bytes, head, sizeof head);
  width = GUINT32_TO_BE (width);
  height = GUINT32_TO_BE (height);
  memcpy (bytes + 16, &width, 4);
  memcpy (bytes + 20, &height, 4);
  bytes[24] = 8;
  bytes[25] = 2;
  memcpy (bytes + n_bytes - sizeof end, end, sizeof end);
  return g_bytes_new_take (bytes, n_bytes);
}

static gboolean
is_png_with (gsize offset, guint8 value)
{
  g_autoptr (GBytes) picture = make_png (1920, 1080, 100);
  gsize n_bytes = g_bytes_get_size (picture);
  g_autofree guint8 *bytes = g_memdup2 (g_bytes_get_data (picture, NULL), n_bytes);
  g_autoptr (GBytes) changed = NULL;

  bytes[offset] = value;
  changed = g_bytes_new (bytes, n_bytes);
  return cr_slide_is_png (changed);
}

static gboolean
is_png_of (guint32 width, guint32 height, gsize n_bytes)
{
  g_autoptr (GBytes) picture = make_png (width, height, n_bytes);

  return cr_slide_is_png (picture);
}

static void
test_pictures_are_looked_at (void)
{
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);

  g_assert_true (is_png_of (1920, 1080, 100));
  g_assert_true (is_png_of (1, 1, 45));
  g_assert_true (is_png_of (4096, 4096, CR_SLIDE_MAX_BYTES));
  g_assert_false (is_png_of (4096, 4096, CR_SLIDE_MAX_BYTES + 1));
  g_assert_false (is_png_of (4097, 100, 100));
  g_assert_false (is_png_of (100, 4097, 100));
  g_assert_false (is_png_of (0, 100, 100));
  g_assert_false (is_png_of (100, 0, 100));
  g_assert_false (is_png_of (0x80000000, 100, 100));
  g_assert_false (cr_slide_is_png (nothing));
  for (gsize i = 0; i < 16; i++)
    g_assert_false (is_png_with (i, 0x7f));
  g_assert_false (is_png_with (24, 3)); /* bits: none of these */
  g_assert_false (is_png_with (25, 5)); /* no such colour type */
  g_assert_true (is_png_with (25, 6));
  g_assert_false (is_png_with (26, 1));
  g_assert_false (is_png_with (27, 1));
  g_assert_true (is_png_with (28, 1));
  g_assert_false (is_png_with (28, 2));
  g_assert_false (is_png_with (99, 0)); /* cut off */
}

static void
test_the_last_ones_are_kept (void)
{
  g_autoptr (CrSlides) slides = cr_slides_new ();

  g_assert_cmpuint (cr_slides_get_last (slides, "a"), ==, 0);
  g_assert_null (cr_slides_get (slides, "a", 0));
  g_assert_null (cr_slides_get (slides, "a", 1));
  for (guint i = 1; i <= 100; i++) {
    g_autoptr (GBytes) picture = g_bytes_new (&i, sizeof i);

    g_assert_cmpuint (cr_slides_add (slides, "a", picture), ==, i);
  }
  g_assert_cmpuint (cr_slides_get_last (slides, "a"), ==, 100);
  for (guint i = 0; i <= 110; i++) {
    GBytes *picture = cr_slides_get (slides, "a", i);

    if (i <= 100 - CR_SLIDES_MAX || i > 100)
      g_assert_null (picture);
    else
      g_assert_cmpmem (g_bytes_get_data (picture, NULL), g_bytes_get_size (picture), &i, sizeof i);
  }
  g_assert_null (cr_slides_get (slides, "a", G_MAXUINT));
  g_assert_null (cr_slides_get (slides, "b", 100));
  cr_slides_forget (slides, "a");
  cr_slides_forget (slides, "a");
  g_assert_cmpuint (cr_slides_get_last (slides, "a"), ==, 0);
  g_assert_cmpuint (cr_slides_get_bytes (slides), ==, 0);
}

/* One picture that stands for all: what counts is counted, not what is there. */
static void
test_bytes_are_bounded (void)
{
  g_autoptr (CrSlides) slides = cr_slides_new ();
  g_autoptr (GBytes) picture = make_png (100, 100, CR_SLIDE_MAX_BYTES);
  g_autoptr (GBytes) small = make_png (100, 100, 100);

  for (guint i = 0; i < 30; i++)
    cr_slides_add (slides, "a", picture);
  g_assert_cmpuint (cr_slides_get_bytes (slides), ==, CR_SLIDES_MAX_LESSON_BYTES);
  g_assert_null (cr_slides_get (slides, "a", 6));
  g_assert_nonnull (cr_slides_get (slides, "a", 7));

  cr_slides_add (slides, "small", small);
  for (guint lesson = 0; lesson < 20; lesson++) {
    g_autofree gchar *id = g_strdup_printf ("%u", lesson);

    for (guint i = 0; i < 24; i++) {
      cr_slides_add (slides, id, picture);
      g_assert_cmpuint (cr_slides_get_bytes (slides), <=, CR_SLIDES_MAX_BYTES);
    }
    g_assert_nonnull (cr_slides_get (slides, id, 24));
  }
  g_assert_nonnull (cr_slides_get (slides, "small", 1)); /* who has little loses nothing */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/live/slides/pictures-are-looked-at", test_pictures_are_looked_at);
  g_test_add_func ("/server/live/slides/the-last-ones-are-kept", test_the_last_ones_are_kept);
  g_test_add_func ("/server/live/slides/bytes-are-bounded", test_bytes_are_bounded);
  return g_test_run ();
}
