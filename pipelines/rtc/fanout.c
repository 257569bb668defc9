/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 7; from history; to egress, viewer by viewer; thread: media; allocates nothing per packet and viewer;
 * on failure a viewer's loss is counted, and the source never hears of it.
 *
 *   push ─> slot.packets (this turn)      turn end:  for each viewer
 *   push ─> slot.packets                               for each slot of this turn
 *                                                        its egress sends the slot's packets
 *
 * Two timers serve all viewers: one for those that catch up from the history, one for reports and
 * housekeeping.
 */
#include "rtc/fanout.h"

#include "rtc/counter.h"
#include "rtc/seat.h"
#include "rtc/tap.h"
#include "rtc/viewer.h"

#define SWEEP_US  (100 * 1000)
#define ALL_SLOTS ((1u << CR_N_SLOTS) - 1)

struct CrFanout {
  CrWorker *worker; /* NULL: detached */
  const CrClock *clock;
  CrTimerHeap *own_timers; /* detached only */
  CrTurnHook hook;
  CrTimer catch_up_timer;
  CrTimer sweep_timer;
  CrEgressTotals totals;
  CrFanoutTotals published;
  CrSlotState slots[CR_N_SLOTS];
  guint32 slots_in_turn; /* bit per slot with packets in this turn */
  GPtrArray *seats;      /* CrSeat, not owned */
  guint last_stream_id;
  CrTap *taps; /* not owned; NULL: nobody on another worker has a copy */
};

static gint64
now_us (const CrFanout *fanout)
{
  return fanout->worker != NULL ? cr_worker_now_us (fanout->worker) : cr_clock_monotonic_us (fanout->clock);
}

static void
arm (CrFanout *fanout, CrTimer *timer, gint64 delay_us)
{
  if (fanout->worker != NULL)
    cr_worker_arm_timer (fanout->worker, timer, now_us (fanout) + delay_us);
  else
    cr_timer_heap_arm (fanout->own_timers, timer, now_us (fanout) + delay_us);
}

static void
disarm (CrFanout *fanout, CrTimer *timer)
{
  if (!cr_timer_is_armed (timer))
    return;
  if (fanout->worker != NULL)
    cr_worker_disarm_timer (fanout->worker, timer);
  else
    cr_timer_heap_disarm (fanout->own_timers, timer);
}

/* What was sent since the last time goes into the figures. */
static void
publish_totals (CrFanout *fanout)
{
  CrEgressTotals *totals = &fanout->totals;

  if (fanout->worker != NULL) {
    CrWorkerStats *stats = cr_worker_get_stats (fanout->worker);

    cr_counter_add (&stats->rtp_forwarded, totals->forwarded);
    cr_counter_add (&stats->rtp_resent, totals->resent);
    cr_counter_add (&stats->rtp_forward_dropped, totals->dropped);
  }
  fanout->published.forwarded += totals->forwarded;
  fanout->published.resent += totals->resent;
  fanout->published.dropped += totals->dropped;
  *totals = (CrEgressTotals){0};
}

static void
choose_targets (CrFanout *fanout, gint64 at_us)
{
  for (CrSlot slot = 0; slot < CR_N_SLOTS; slot++) {
    CrSlotState *state = &fanout->slots[slot];

    if (state->streams->len > 0 && cr_slot_state_choose (state, at_us) && state->target != NULL &&
        state->target->bytes_per_second > 0)
      cr_stream_request_keyframe (state->target, at_us); /* another layer of a running source */
  }
}

static void
run_seat (CrSeat *seat, CrFanout *fanout, gint64 at_us, gint64 wall_us)
{
  for (guint32 left = fanout->slots_in_turn & ~seat->blocked_slots; left != 0; left &= left - 1)
    cr_seat_run_turn (seat, &fanout->slots[__builtin_ctz (left)], at_us, wall_us);
}

/* Sends what has been pushed. Whoever sends from a history calls it first, so that no packet of an unfinished
 * turn goes out twice. */
static void
end_turn (CrFanout *fanout)
{
  gint64 at_us = now_us (fanout);
  gint64 wall_us = cr_clock_wall_us (fanout->clock);
  guint n_catching_up = 0;

  if (fanout->slots_in_turn == 0)
    return;
  for (guint32 left = fanout->slots_in_turn; left != 0; left &= left - 1)
    cr_slot_state_even_sizes (&fanout->slots[__builtin_ctz (left)]);
  for (guint i = 0; i < fanout->seats->len; i++) {
    CrSeat *seat = g_ptr_array_index (fanout->seats, i);

    if (!seat->connected)
      continue;
    run_seat (seat, fanout, at_us, wall_us);
    n_catching_up += seat->n_catching_up;
  }
  for (guint32 left = fanout->slots_in_turn; left != 0; left &= left - 1)
    cr_slot_state_end_turn (&fanout->slots[__builtin_ctz (left)]);
  fanout->slots_in_turn = 0;
  publish_totals (fanout);
  if (n_catching_up > 0 && !cr_timer_is_armed (&fanout->catch_up_timer))
    arm (fanout, &fanout->catch_up_timer, CR_PACER_TICK_US);
}

static void
on_turn_ended (gpointer data)
{
  end_turn (data);
}

static void
on_catch_up_due (CrTimer *timer, gint64 due_us, gpointer data)
{
  CrFanout *fanout = data;
  guint n_catching_up = 0;

  end_turn (fanout);
  for (guint i = 0; i < fanout->seats->len; i++) {
    CrSeat *seat = g_ptr_array_index (fanout->seats, i);

    if (seat->n_catching_up > 0 && seat->connected) {
      cr_seat_catch_up (seat, now_us (fanout));
      n_catching_up += seat->n_catching_up;
    }
  }
  publish_totals (fanout);
  if (n_catching_up > 0)
    arm (fanout, timer, CR_PACER_TICK_US);
}

/* An idle lesson costs no wake-ups. */
static gboolean
is_idle (const CrFanout *fanout)
{
  for (CrSlot slot = 0; slot < CR_N_SLOTS; slot++) {
    if (fanout->slots[slot].streams->len > 0)
      return FALSE;
  }
  return fanout->seats->len == 0;
}

static void
on_sweep_due (CrTimer *timer, gint64 due_us, gpointer data)
{
  CrFanout *fanout = data;
  gint64 at_us = now_us (fanout);
  gint64 wall_us = cr_clock_wall_us (fanout->clock);
  guint n_catching_up = 0;

  end_turn (fanout);
  for (CrSlot slot = 0; slot < CR_N_SLOTS; slot++)
    cr_slot_state_sweep (&fanout->slots[slot], at_us);
  choose_targets (fanout, at_us);
  for (guint i = 0; i < fanout->seats->len; i++) {
    CrSeat *seat = g_ptr_array_index (fanout->seats, i);

    if (!seat->connected)
      continue;
    cr_seat_sweep (seat, fanout->slots, at_us, wall_us);
    n_catching_up += seat->n_catching_up;
  }
  publish_totals (fanout);
  if (n_catching_up > 0 && !cr_timer_is_armed (&fanout->catch_up_timer))
    arm (fanout, &fanout->catch_up_timer, CR_PACER_TICK_US);
  if (!is_idle (fanout))
    arm (fanout, timer, SWEEP_US);
}

static CrFanout *
new_fanout (CrWorker *worker, const CrClock *clock)
{
  CrFanout *fanout = g_new0 (CrFanout, 1);

  fanout->worker = worker;
  fanout->clock = clock;
  fanout->own_timers = worker == NULL ? cr_timer_heap_new () : NULL;
  fanout->hook = (CrTurnHook){.func = on_turn_ended, .data = fanout};
  fanout->catch_up_timer = (CrTimer){.func = on_catch_up_due, .data = fanout};
  fanout->sweep_timer = (CrTimer){.func = on_sweep_due, .data = fanout};
  fanout->seats = g_ptr_array_new ();
  for (CrSlot slot = 0; slot < CR_N_SLOTS; slot++)
    cr_slot_state_init (&fanout->slots[slot], slot);
  return fanout;
}

CrFanout *
cr_fanout_new (CrWorker *worker)
{
  return new_fanout (worker, cr_worker_get_clock (worker));
}

CrFanout *
cr_fanout_new_detached (const CrClock *clock)
{
  return new_fanout (NULL, clock);
}

void
cr_fanout_free (CrFanout *fanout)
{
  g_assert (fanout->seats->len == 0 && fanout->taps == NULL);
  disarm (fanout, &fanout->catch_up_timer);
  disarm (fanout, &fanout->sweep_timer);
  if (fanout->worker != NULL)
    cr_worker_cancel_turn_end (fanout->worker, &fanout->hook);
  for (CrSlot slot = 0; slot < CR_N_SLOTS; slot++)
    cr_slot_state_clear (&fanout->slots[slot]);
  g_ptr_array_unref (fanout->seats);
  g_clear_pointer (&fanout->own_timers, cr_timer_heap_free);
  g_free (fanout);
}

CrStream *
cr_fanout_add_stream (CrFanout *fanout, CrSlot slot, guint layer, CrCodec codec, GBytes *parameter_sets,
                      CrKeyframeFunc keyframe, gpointer data)
{
  CrStream *stream = cr_stream_new (slot, layer, codec, parameter_sets, keyframe, data);

  stream->id = ++fanout->last_stream_id;
  cr_slot_state_add (&fanout->slots[slot], stream);
  for (CrTap *tap = fanout->taps; tap != NULL; tap = tap->next)
    cr_tap_add_stream (tap, stream);
  if (!cr_timer_is_armed (&fanout->sweep_timer))
    arm (fanout, &fanout->sweep_timer, SWEEP_US);
  return stream;
}

void
cr_fanout_set_publisher (CrFanout *fanout, CrStream *stream, guint publisher)
{
  cr_slot_state_set_publisher (&fanout->slots[stream->slot], stream, publisher);
  for (CrTap *tap = fanout->taps; tap != NULL; tap = tap->next)
    cr_tap_set_publisher (tap, stream);
}

void
cr_fanout_remove_stream (CrFanout *fanout, CrStream *stream)
{
  CrSlotState *state = &fanout->slots[stream->slot];

  end_turn (fanout);
  for (CrTap *tap = fanout->taps; tap != NULL; tap = tap->next)
    cr_tap_remove_stream (tap, stream);
  cr_slot_state_remove (state, stream, now_us (fanout));
  choose_targets (fanout, now_us (fanout));
}

void
cr_fanout_purge_slot (CrFanout *fanout, CrSlot slot)
{
  for (CrTap *tap = fanout->taps; tap != NULL; tap = tap->next)
    cr_tap_purge_slot (tap, slot);
  cr_slot_state_purge (&fanout->slots[slot], now_us (fanout));
  for (guint i = 0; i < fanout->seats->len; i++)
    cr_seat_stop_slot (g_ptr_array_index (fanout->seats, i), slot);
}

/* `was_ready`: before the packet. Taps come first, so that the other workers begin when this one does. */
static void
enter_turn (CrFanout *fanout, CrStream *stream, CrHistoryPacket *packet, gboolean was_ready)
{
  CrSlotState *state = &fanout->slots[stream->slot];

  if (!was_ready && stream->ready)
    cr_slot_state_choose (state, now_us (fanout));
  cr_slot_state_push (state, stream, packet);
  fanout->slots_in_turn |= 1u << stream->slot;
  for (CrTap *tap = fanout->taps; tap != NULL; tap = tap->next)
    cr_tap_push (tap, stream, packet);
  if (fanout->worker != NULL)
    cr_worker_request_turn_end (fanout->worker, &fanout->hook);
}

void
cr_fanout_push (CrFanout *fanout, CrStream *stream, GstBuffer *buffer)
{
  gint64 at_us = now_us (fanout);
  gboolean was_ready = stream->ready;
  CrHistoryPacket *packet = cr_stream_push (stream, buffer, at_us, cr_clock_wall_us (fanout->clock));

  if (packet == NULL) {
    fanout->published.refused++;
    return;
  }
  enter_turn (fanout, stream, packet, was_ready);
}

void
cr_fanout_adopt (CrFanout *fanout, CrStream *stream, CrHistoryPacket *packet)
{
  gboolean was_ready = stream->ready;

  if (cr_stream_adopt (stream, packet, now_us (fanout)))
    enter_turn (fanout, stream, packet, was_ready);
  else
    fanout->published.refused++;
}

void
cr_fanout_adopt_backlog (CrFanout *fanout, CrStream *stream, CrHistoryPacket *packet)
{
  cr_stream_adopt_backlog (stream, packet);
}

void
cr_fanout_add_seat (CrFanout *fanout, CrSeat *seat)
{
  seat->index = fanout->seats->len;
  seat->port.totals = &fanout->totals;
  g_ptr_array_add (fanout->seats, seat);
  if (!cr_timer_is_armed (&fanout->sweep_timer))
    arm (fanout, &fanout->sweep_timer, SWEEP_US);
  if (seat->connected)
    cr_fanout_seat_connected (fanout, seat);
}

/* Between turns. */
static void
join_slots (CrFanout *fanout, CrSeat *seat, guint32 slots)
{
  for (guint32 left = slots; left != 0; left &= left - 1)
    cr_seat_join (seat, &fanout->slots[__builtin_ctz (left)], now_us (fanout),
                  cr_clock_wall_us (fanout->clock));
  publish_totals (fanout);
  if (seat->n_catching_up > 0 && !cr_timer_is_armed (&fanout->catch_up_timer))
    arm (fanout, &fanout->catch_up_timer, CR_PACER_TICK_US);
}

void
cr_fanout_backlog_adopted (CrFanout *fanout)
{
  end_turn (fanout);
  /* Nobody is asked for a keyframe: where there is one, it is in the backlog. */
  for (CrSlot slot = 0; slot < CR_N_SLOTS; slot++)
    cr_slot_state_choose (&fanout->slots[slot], now_us (fanout));
  for (guint i = 0; i < fanout->seats->len; i++) {
    CrSeat *seat = g_ptr_array_index (fanout->seats, i);

    if (seat->connected)
      join_slots (fanout, seat, ALL_SLOTS);
  }
}

void
cr_fanout_seat_connected (CrFanout *fanout, CrSeat *seat)
{
  end_turn (fanout);
  seat->connected = TRUE;
  join_slots (fanout, seat, ALL_SLOTS);
}

void
cr_fanout_block_slots (CrFanout *fanout, CrSeat *seat, guint32 slots)
{
  guint32 freed = seat->blocked_slots & ~slots;

  for (guint32 left = slots & ~seat->blocked_slots; left != 0; left &= left - 1)
    cr_seat_stop_slot (seat, __builtin_ctz (left));
  seat->blocked_slots |= slots;
  if (freed == 0)
    return;
  end_turn (fanout); /* while they are still blocked, so that nothing goes out twice */
  seat->blocked_slots = slots;
  if (seat->connected)
    join_slots (fanout, seat, freed);
}

void
cr_fanout_remove_seat (CrFanout *fanout, CrSeat *seat)
{
  CrSeat *last;

  g_return_if_fail (seat->index < fanout->seats->len &&
                    g_ptr_array_index (fanout->seats, seat->index) == seat);
  last = g_ptr_array_index (fanout->seats, fanout->seats->len - 1);
  g_ptr_array_remove_index_fast (fanout->seats, seat->index);
  last->index = seat->index;
}

CrStream *
cr_fanout_find_stream (CrFanout *fanout, CrSlot slot, guint stream_id)
{
  GPtrArray *streams = fanout->slots[slot].streams;

  for (guint i = 0; i < streams->len; i++) {
    CrStream *stream = g_ptr_array_index (streams, i);

    if (stream->id == stream_id)
      return stream;
  }
  return NULL;
}

void
cr_fanout_foreach_stream (CrFanout *fanout, void (*func) (CrStream *stream, gpointer data), gpointer data)
{
  for (CrSlot slot = 0; slot < CR_N_SLOTS; slot++)
    g_ptr_array_foreach (fanout->slots[slot].streams, (GFunc)func, data);
}

void
cr_fanout_add_tap (CrFanout *fanout, CrTap *tap)
{
  tap->next = fanout->taps;
  fanout->taps = tap;
}

void
cr_fanout_remove_tap (CrFanout *fanout, CrTap *tap)
{
  CrTap **at = &fanout->taps;

  while (*at != NULL && *at != tap)
    at = &(*at)->next;
  g_return_if_fail (*at == tap);
  *at = tap->next;
  tap->next = NULL;
}

void
cr_fanout_add_viewer (CrFanout *fanout, CrViewer *viewer)
{
  cr_viewer_set_fanout (viewer, fanout);
  cr_fanout_add_seat (fanout, cr_viewer_get_seat (viewer));
}

void
cr_fanout_remove_viewer (CrFanout *fanout, CrViewer *viewer)
{
  cr_fanout_remove_seat (fanout, cr_viewer_get_seat (viewer));
  cr_viewer_set_fanout (viewer, NULL);
}

guint
cr_fanout_get_n_viewers (CrFanout *fanout)
{
  return fanout->seats->len;
}

const CrFanoutTotals *
cr_fanout_get_totals (CrFanout *fanout)
{
  return &fanout->published;
}

void
cr_fanout_run (CrFanout *fanout)
{
  if (fanout->own_timers != NULL)
    cr_timer_heap_run (fanout->own_timers, now_us (fanout));
  end_turn (fanout);
}
