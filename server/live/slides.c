/* SPDX-License-Identifier: Apache-2.0
 *
 * A queue of pictures for each lesson; their numbers are consecutive.
 */
#include "live/slides.h"

#include <string.h>

#define PNG_HEAD_BYTES 33 /* the signature and the whole IHDR chunk */
#define PNG_END_BYTES  12 /* the IEND chunk */

typedef struct {
  GQueue pictures; /* GBytes, the oldest first */
  guint last_number;
  gsize n_bytes;
} Deck;

struct CrSlides {
  GHashTable *decks; /* lesson's id -> Deck */
  gsize n_bytes;
};

static void
deck_free (gpointer data)
{
  Deck *deck = data;

  g_queue_clear_full (&deck->pictures, (GDestroyNotify)g_bytes_unref);
  g_free (deck);
}

CrSlides *
cr_slides_new (void)
{
  CrSlides *slides = g_new0 (CrSlides, 1);

  slides->decks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, deck_free);
  return slides;
}

void
cr_slides_free (CrSlides *slides)
{
  g_hash_table_unref (slides->decks);
  g_free (slides);
}

static guint32
read_u32 (const guint8 *bytes)
{
  return (guint32)bytes[0] << 24 | (guint32)bytes[1] << 16 | (guint32)bytes[2] << 8 | bytes[3];
}

/* ISO/IEC 15948 table 11.1. */
static gboolean
is_depth_of_type (guint8 depth, guint8 type)
{
  switch (type) {
  case 0: /* grey */
    return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
  case 3: /* palette */
    return depth == 1 || depth == 2 || depth == 4 || depth == 8;
  case 2: /* colour */
  case 4: /* grey with alpha */
  case 6: /* colour with alpha */
    return depth == 8 || depth == 16;
  default:
    return FALSE;
  }
}

static gboolean
is_size (guint32 px)
{
  return px >= 1 && px <= CR_SLIDE_MAX_PX;
}

gboolean
cr_slide_is_png (GBytes *picture)
{
  static const guint8 begin[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n',
                                 0,    0,   0,   13,  'I',  'H',  'D',  'R'};
  static const guint8 end[PNG_END_BYTES] = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82};
  gsize length;
  const guint8 *bytes = g_bytes_get_data (picture, &length);

  if (length < PNG_HEAD_BYTES + PNG_END_BYTES || length > CR_SLIDE_MAX_BYTES)
    return FALSE;
  if (memcmp (bytes, begin, sizeof begin) != 0 || memcmp (bytes + length - sizeof end, end, sizeof end) != 0)
    return FALSE;
  return is_size (read_u32 (bytes + 16)) && is_size (read_u32 (bytes + 20)) &&
         is_depth_of_type (bytes[24], bytes[25]) && bytes[26] == 0 && bytes[27] == 0 && bytes[28] <= 1;
}

static void
drop_oldest (CrSlides *slides, Deck *deck)
{
  g_autoptr (GBytes) picture = g_queue_pop_head (&deck->pictures);
  gsize n_bytes = g_bytes_get_size (picture);

  deck->n_bytes -= n_bytes;
  slides->n_bytes -= n_bytes;
}

static Deck *
largest_deck (CrSlides *slides)
{
  Deck *largest = NULL;
  GHashTableIter iter;
  gpointer deck;

  g_hash_table_iter_init (&iter, slides->decks);
  while (g_hash_table_iter_next (&iter, NULL, &deck)) {
    if (largest == NULL || ((Deck *)deck)->n_bytes > largest->n_bytes)
      largest = deck;
  }
  return largest;
}

guint
cr_slides_add (CrSlides *slides, const gchar *lesson_id, GBytes *picture)
{
  Deck *deck = g_hash_table_lookup (slides->decks, lesson_id);

  if (deck == NULL) {
    deck = g_new0 (Deck, 1);
    g_hash_table_insert (slides->decks, g_strdup (lesson_id), deck);
  }
  g_queue_push_tail (&deck->pictures, g_bytes_ref (picture));
  deck->n_bytes += g_bytes_get_size (picture);
  slides->n_bytes += g_bytes_get_size (picture);
  while (deck->pictures.length > CR_SLIDES_MAX || deck->n_bytes > CR_SLIDES_MAX_LESSON_BYTES)
    drop_oldest (slides, deck);
  while (slides->n_bytes > CR_SLIDES_MAX_BYTES)
    drop_oldest (slides, largest_deck (slides));
  return ++deck->last_number;
}

GBytes *
cr_slides_get (CrSlides *slides, const gchar *lesson_id, guint number)
{
  Deck *deck = g_hash_table_lookup (slides->decks, lesson_id);

  if (deck == NULL || number > deck->last_number || number + deck->pictures.length <= deck->last_number)
    return NULL;
  return g_queue_peek_nth (&deck->pictures, number + deck->pictures.length - deck->last_number - 1);
}

guint
cr_slides_get_last (CrSlides *slides, const gchar *lesson_id)
{
  const Deck *deck = g_hash_table_lookup (slides->decks, lesson_id);

  return deck != NULL ? deck->last_number : 0;
}

void
cr_slides_forget (CrSlides *slides, const gchar *lesson_id)
{
  const Deck *deck = g_hash_table_lookup (slides->decks, lesson_id);

  if (deck == NULL)
    return;
  slides->n_bytes -= deck->n_bytes;
  g_hash_table_remove (slides->decks, lesson_id);
}

gsize
cr_slides_get_bytes (CrSlides *slides)
{
  return slides->n_bytes;
}
