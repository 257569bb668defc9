/* SPDX-License-Identifier: Apache-2.0
 *
 * The line as two stages: a FIFO whose head is in transmission, and a sequence of packets by due time.
 */
#include "line.h"

#include <string.h>

/* The delay wanders from one random value to the next in this time, as a radio cell's load does. Drawn anew
 * for each packet, jitter without reordering would only push every packet to the upper end. */
#define JITTER_PERIOD_US (100 * 1000)

struct Line {
  LineSettings settings;
  gboolean outage;
  LineStats stats;
  GRand *loss_chance, *jitter_chance, *reorder_chance; /* apart, so that one setting does not shift another */
  gboolean in_bad_state;                               /* Gilbert: everything is lost in it */
  gboolean last_was_lost;

  GQueue waiting; /* LinePacket; the head is in transmission */
  gsize waiting_bytes;
  gint64 head_done_us;

  gint64 jitter_start_us; /* of the current period; -1 before the first packet */
  gint64 jitter_from_us, jitter_to_us;

  GSequence *on_the_way; /* LinePacket by due time */
  gint64 last_due_us;
  guint64 next_order;
};

Line *
line_new (const LineSettings *settings, guint32 seed)
{
  Line *line = g_new0 (Line, 1);

  line->settings = *settings;
  line->loss_chance = g_rand_new_with_seed (seed);
  line->jitter_chance = g_rand_new_with_seed (seed ^ 0x5bd1e995);
  line->reorder_chance = g_rand_new_with_seed (seed ^ 0x27d4eb2f);
  line->jitter_start_us = -1;
  line->on_the_way = g_sequence_new (NULL);
  line->stats.delay_min_us = G_MAXINT64;
  return line;
}

static void
free_packet (gpointer packet, gpointer data)
{
  g_free (packet);
}

void
line_free (Line *line)
{
  g_queue_clear_full (&line->waiting, g_free);
  g_sequence_foreach (line->on_the_way, free_packet, NULL);
  g_sequence_free (line->on_the_way);
  g_rand_free (line->loss_chance);
  g_rand_free (line->jitter_chance);
  g_rand_free (line->reorder_chance);
  g_free (line);
}

void
line_set (Line *line, const LineSettings *settings)
{
  line->settings = *settings;
}

void
line_set_outage (Line *line, gboolean outage)
{
  line->outage = outage;
}

static gint64
transmission_us (const Line *line, gsize length_bytes)
{
  return line->settings.rate_kbps == 0 ? 0 : (gint64)length_bytes * 8000 / line->settings.rate_kbps;
}

/* Independent, or the two-state model of Gilbert: from good to bad with p, back with r = 1 / burst, where p
 * makes the share of the bad state equal to the loss. */
static gboolean
is_lost (Line *line)
{
  gdouble loss = line->settings.loss;
  gdouble chance = g_rand_double (line->loss_chance);

  if (line->settings.burst <= 1 || loss >= 1)
    return chance < loss;
  if (line->in_bad_state)
    line->in_bad_state = chance >= 1 / line->settings.burst;
  else
    line->in_bad_state = chance < loss / (1 - loss) / line->settings.burst;
  return line->in_bad_state;
}

static gint64
draw_jitter (Line *line)
{
  return (gint64)g_rand_double_range (line->jitter_chance, -(gdouble)line->settings.jitter_us,
                                      (gdouble)line->settings.jitter_us);
}

static gint64
jitter_at (Line *line, gint64 now_us)
{
  if (line->settings.jitter_us == 0)
    return 0;
  if (line->jitter_start_us < 0 || now_us - line->jitter_start_us > 100 * (gint64)JITTER_PERIOD_US) {
    line->jitter_start_us = now_us; /* the first packet, or one after a long silence */
    line->jitter_to_us = draw_jitter (line);
    line->jitter_from_us = line->jitter_to_us;
  }
  while (now_us >= line->jitter_start_us + JITTER_PERIOD_US) {
    line->jitter_start_us += JITTER_PERIOD_US;
    line->jitter_from_us = line->jitter_to_us;
    line->jitter_to_us = draw_jitter (line);
  }
  return line->jitter_from_us +
         (line->jitter_to_us - line->jitter_from_us) * (now_us - line->jitter_start_us) / JITTER_PERIOD_US;
}

static gint
compare_due (gconstpointer a, gconstpointer b, gpointer data)
{
  const LinePacket *first = a, *second = b;

  if (first->due_us != second->due_us)
    return first->due_us < second->due_us ? -1 : 1;
  return first->order < second->order ? -1 : 1;
}

static void
send_on_the_way (Line *line, LinePacket *packet, gint64 now_us)
{
  packet->due_us = MAX (now_us, now_us + line->settings.delay_us + jitter_at (line, now_us));
  packet->due_us = MAX (packet->due_us, line->last_due_us); /* jitter alone never reorders */
  if (line->settings.reorder > 0 && g_rand_double (line->reorder_chance) < line->settings.reorder) {
    packet->due_us += line->settings.reorder_us;
    line->stats.reordered++;
  } else {
    line->last_due_us = packet->due_us;
  }
  g_sequence_insert_sorted (line->on_the_way, packet, compare_due, NULL);
}

/* A packet has left the queue. */
static void
transmitted (Line *line, LinePacket *packet, gint64 now_us)
{
  gboolean lost = is_lost (line);

  line->stats.queue_max_us = MAX (line->stats.queue_max_us, now_us - packet->pushed_us);
  line->stats.loss_runs += lost && !line->last_was_lost;
  line->last_was_lost = lost;
  if (lost || line->outage) {
    *(lost ? &line->stats.lost : &line->stats.outage_dropped) += 1;
    g_free (packet);
    return;
  }
  send_on_the_way (line, packet, now_us);
}

static void
run_queue (Line *line, gint64 now_us)
{
  while (!g_queue_is_empty (&line->waiting) && line->head_done_us <= now_us) {
    LinePacket *packet = g_queue_pop_head (&line->waiting);
    gint64 done_us = line->head_done_us;

    line->waiting_bytes -= packet->length_bytes;
    if (!g_queue_is_empty (&line->waiting))
      line->head_done_us +=
          transmission_us (line, ((LinePacket *)g_queue_peek_head (&line->waiting))->length_bytes);
    transmitted (line, packet, done_us);
  }
}

void
line_push (Line *line, const void *data, gsize length_bytes, gint64 now_us)
{
  LinePacket *packet;

  run_queue (line, now_us);
  line->stats.packets_in++;
  line->stats.bytes_in += length_bytes;
  if (line->outage) {
    line->stats.outage_dropped++;
    return;
  }
  if (line->settings.rate_kbps != 0 && line->waiting_bytes + length_bytes > line->settings.queue_bytes) {
    line->stats.tail_dropped++;
    return;
  }
  packet = g_malloc (sizeof *packet + length_bytes);
  packet->pushed_us = now_us;
  packet->order = line->next_order++;
  packet->length_bytes = length_bytes;
  memcpy (packet->data, data, length_bytes);
  if (g_queue_is_empty (&line->waiting))
    line->head_done_us = now_us + transmission_us (line, length_bytes);
  g_queue_push_tail (&line->waiting, packet);
  line->waiting_bytes += length_bytes;
  run_queue (line, now_us);
}

gint64
line_next_us (const Line *line)
{
  gint64 next_us = line->waiting.length == 0 ? G_MAXINT64 : line->head_done_us;
  GSequenceIter *first = g_sequence_get_begin_iter (line->on_the_way);

  if (!g_sequence_iter_is_end (first))
    next_us = MIN (next_us, ((LinePacket *)g_sequence_get (first))->due_us);
  return next_us;
}

LinePacket *
line_pop (Line *line, gint64 now_us)
{
  GSequenceIter *first;
  LinePacket *packet;
  gint64 delay_us;

  run_queue (line, now_us);
  first = g_sequence_get_begin_iter (line->on_the_way);
  if (g_sequence_iter_is_end (first))
    return NULL;
  packet = g_sequence_get (first);
  if (packet->due_us > now_us)
    return NULL;

  g_sequence_remove (first);
  delay_us = packet->due_us - packet->pushed_us;
  line->stats.packets_out++;
  line->stats.bytes_out += packet->length_bytes;
  line->stats.delay_sum_us += delay_us;
  line->stats.delay_min_us = MIN (line->stats.delay_min_us, delay_us);
  line->stats.delay_max_us = MAX (line->stats.delay_max_us, delay_us);
  return packet;
}

const LineStats *
line_get_stats (const Line *line)
{
  return &line->stats;
}
