/* SPDX-License-Identifier: Apache-2.0
 *
 * Return path; from publisher; to rtcp-out; media thread; allocates nothing after it was made; a sequence
 * number outside the window is not reported.
 *
 * A ring of arrival ticks indexed by the low bits of the extended sequence number. `next` is the first
 * sequence number that the next feedback covers, `end` the one after the highest that arrived. A packet is
 * built in two passes: which statuses fit, then their chunks and deltas.
 */
#include "rtc/twcc.h"
#include "rtc/media-types.h"

#include <string.h>

#define TICK_US              250 /* unit of receive deltas */
#define TICKS_PER_REFERENCE  256 /* the reference time counts 64 ms */
#define FCI_HEADER_BYTES     8   /* base, count, reference time, feedback count */
#define RUN_MAX              0x1fff
#define VECTOR_FLAG          0x8000
#define VECTOR_TWO_BITS      0x4000
#define ONE_BIT_VECTOR_COUNT 14
#define TWO_BIT_VECTOR_COUNT 7
#define PADDING_MAX_BYTES    3
#define NOT_RECEIVED         G_MININT64

/* Packet status symbols, section 3.1.1 */
enum { SYMBOL_LOST = 0, SYMBOL_SMALL_DELTA = 1, SYMBOL_LARGE_DELTA = 2 };

struct CrTwcc {
  gint64 ticks[CR_TWCC_WINDOW];
  guint64 next, end;
  gboolean started;
  guint8 feedback_count;
};

CrTwcc *
cr_twcc_new (void)
{
  return g_new0 (CrTwcc, 1);
}

void
cr_twcc_free (CrTwcc *twcc)
{
  g_free (twcc);
}

static inline gint64 *
slot_of (CrTwcc *twcc, guint64 seq)
{
  return &twcc->ticks[seq % CR_TWCC_WINDOW];
}

static void
start (CrTwcc *twcc, guint16 seq)
{
  for (guint i = 0; i < CR_TWCC_WINDOW; i++)
    twcc->ticks[i] = NOT_RECEIVED;
  twcc->started = TRUE;
  /* One cycle up, so that going back over the start never reaches below 0. */
  twcc->next = twcc->end = G_GUINT64_CONSTANT (0x10000) + seq;
}

/* Sequence numbers from `end` up to `seq` become known, as not received. */
static void
advance (CrTwcc *twcc, guint64 seq)
{
  guint64 first = MAX (twcc->end, seq + 1 - CR_TWCC_WINDOW);

  for (guint64 i = first; i <= seq; i++)
    *slot_of (twcc, i) = NOT_RECEIVED;
  twcc->end = seq + 1;
  if (twcc->next + CR_TWCC_WINDOW < twcc->end)
    twcc->next = twcc->end - CR_TWCC_WINDOW;
}

void
cr_twcc_arrived (CrTwcc *twcc, guint16 seq, gint64 arrival_us)
{
  guint64 extended;

  if (!twcc->started)
    start (twcc, seq);
  extended = cr_seq_extend (twcc->end, seq);
  if (extended + CR_TWCC_WINDOW < twcc->end) /* its slot belongs to a later one */
    return;
  if (extended >= twcc->end)
    advance (twcc, extended);
  if (*slot_of (twcc, extended) != NOT_RECEIVED)
    return;
  *slot_of (twcc, extended) = arrival_us / TICK_US;
  twcc->next = MIN (twcc->next, extended);
}

gboolean
cr_twcc_is_pending (const CrTwcc *twcc)
{
  return twcc->next < twcc->end;
}

typedef struct {
  guint8 symbols[CR_TWCC_WINDOW];
  gint16 deltas[CR_TWCC_WINDOW];
  guint n;
  gint64 reference; /* in units of 64 ms */
} Statuses;

/* Takes statuses as long as they fit into `capacity_bytes` and the delta into 16 bits. Every chunk but the
 * last holds at least TWO_BIT_VECTOR_COUNT symbols, which bounds what the chunks will need. */
static void
collect (CrTwcc *twcc, gsize capacity_bytes, Statuses *statuses)
{
  gsize deltas_bytes = 0;
  gint64 previous = NOT_RECEIVED;

  statuses->n = 0;
  for (guint64 seq = twcc->next; seq < twcc->end; seq++) {
    gint64 tick = *slot_of (twcc, seq);
    gint64 delta = 0;
    guint8 symbol = SYMBOL_LOST;
    gsize chunks_bytes = 2 * (statuses->n / TWO_BIT_VECTOR_COUNT + 1);

    if (tick != NOT_RECEIVED) {
      if (previous == NOT_RECEIVED) {
        statuses->reference = tick / TICKS_PER_REFERENCE;
        previous = statuses->reference * TICKS_PER_REFERENCE;
      }
      delta = tick - previous;
      if (delta < G_MININT16 || delta > G_MAXINT16)
        break;
      symbol = delta >= 0 && delta <= G_MAXUINT8 ? SYMBOL_SMALL_DELTA : SYMBOL_LARGE_DELTA;
      previous = tick;
    }
    if (FCI_HEADER_BYTES + chunks_bytes + deltas_bytes + symbol + PADDING_MAX_BYTES > capacity_bytes)
      break;
    deltas_bytes += symbol; /* a symbol's value is the size of its delta */
    statuses->symbols[statuses->n] = symbol;
    statuses->deltas[statuses->n++] = (gint16)delta;
  }
}

static guint
count_run (const Statuses *statuses, guint at)
{
  guint end = at + 1;

  while (end < statuses->n && statuses->symbols[end] == statuses->symbols[at])
    end++;
  return MIN (end - at, RUN_MAX);
}

static gboolean
fits_one_bit (const Statuses *statuses, guint at)
{
  for (guint i = at; i < MIN (at + ONE_BIT_VECTOR_COUNT, statuses->n); i++) {
    if (statuses->symbols[i] == SYMBOL_LARGE_DELTA)
      return FALSE;
  }
  return TRUE;
}

static inline guint8 *
put_u16 (guint8 *at, guint16 value)
{
  at[0] = (guint8)(value >> 8);
  at[1] = (guint8)value;
  return at + 2;
}

/* One status vector chunk (section 3.1.4) from `*at` on. */
static guint16
make_vector (const Statuses *statuses, guint *at, gboolean one_bit)
{
  guint count = one_bit ? ONE_BIT_VECTOR_COUNT : TWO_BIT_VECTOR_COUNT;
  guint bits = one_bit ? 1 : 2;
  guint16 chunk = one_bit ? VECTOR_FLAG : VECTOR_FLAG | VECTOR_TWO_BITS;

  for (guint i = 0; i < count && *at < statuses->n; i++, (*at)++)
    chunk |= (guint16)(statuses->symbols[*at] << (bits * (count - 1 - i)));
  return chunk;
}

static guint8 *
put_chunks (guint8 *out, const Statuses *statuses)
{
  guint at = 0;

  while (at < statuses->n) {
    guint run = count_run (statuses, at);
    gboolean one_bit = fits_one_bit (statuses, at);

    /* A run where it says at least as much as a vector would, section 3.1.3. */
    if (run >= (one_bit ? ONE_BIT_VECTOR_COUNT : TWO_BIT_VECTOR_COUNT) || at + run == statuses->n) {
      out = put_u16 (out, (guint16)(statuses->symbols[at] << 13 | run));
      at += run;
    } else {
      out = put_u16 (out, make_vector (statuses, &at, one_bit));
    }
  }
  return out;
}

static guint8 *
put_deltas (guint8 *out, const Statuses *statuses)
{
  for (guint i = 0; i < statuses->n; i++) {
    if (statuses->symbols[i] == SYMBOL_SMALL_DELTA)
      *out++ = (guint8)statuses->deltas[i];
    else if (statuses->symbols[i] == SYMBOL_LARGE_DELTA)
      out = put_u16 (out, (guint16)statuses->deltas[i]);
  }
  return out;
}

gsize
cr_twcc_build (CrTwcc *twcc, guint8 *fci, gsize capacity_bytes)
{
  Statuses statuses;
  guint8 *out = fci;

  g_return_val_if_fail (capacity_bytes >= 64, 0);
  if (!cr_twcc_is_pending (twcc))
    return 0;
  statuses.reference = 0;
  collect (twcc, capacity_bytes, &statuses);

  out = put_u16 (out, (guint16)twcc->next);
  out = put_u16 (out, (guint16)statuses.n);
  *out++ = (guint8)(statuses.reference >> 16);
  out = put_u16 (out, (guint16)statuses.reference);
  *out++ = twcc->feedback_count++;
  out = put_chunks (out, &statuses);
  out = put_deltas (out, &statuses);
  while ((out - fci) % 4 != 0)
    *out++ = 0;

  twcc->next += statuses.n;
  return (gsize)(out - fci);
}
