/* SPDX-License-Identifier: Apache-2.0
 *
 * The feedback is read in two passes over its chunks: one counts how many receive deltas must follow, so that
 * the second never reads past the end.
 */
#include "rtc/bandwidth.h"

/* More than half a second of 1,500 packets/s; feedback comes ten times in that. */
#define RING 1024

#define WINDOW_US G_USEC_PER_SEC

/* Section 3.1: RTCP header and SSRCs, then base sequence number, status count, reference time, feedback
 * count. */
#define FIXED_BYTES     20
#define REFERENCE_US    64000
#define DELTA_US        250
#define CHUNK_BYTES     2
#define STATUS_LOST     0
#define STATUS_SMALL    1
#define STATUS_LARGE    2
#define MAX_STATUSES    14 /* in one vector chunk; run lengths are taken one packet at a time */
#define RUN_LENGTH_MASK 0x1fff

typedef struct {
  guint32 sent_us; /* low 32 bits: 71 minutes */
  guint16 bytes;
  guint16 seq;
} Sent;

struct CrBandwidth {
  CrBandwidthSampleFunc func;
  gpointer data;
  Sent ring[RING]; /* bytes 0: empty, or reported */

  gint64 window_start_us;
  guint window_received, window_lost;
  guint64 window_bytes;
  gdouble loss_fraction;
  guint delivered_kbps;
};

/* Walks the packet status chunks (sections 3.1.1 to 3.1.4). */
typedef struct {
  const guint8 *at, *end;
  guint n_left;  /* statuses still to come */
  guint n_chunk; /* of them in the current chunk */
  guint chunk;
  gboolean is_run;
  gboolean is_two_bit;
} Chunks;

CrBandwidth *
cr_bandwidth_new (CrBandwidthSampleFunc func, gpointer data)
{
  CrBandwidth *bandwidth = g_new0 (CrBandwidth, 1);

  bandwidth->func = func;
  bandwidth->data = data;
  return bandwidth;
}

void
cr_bandwidth_free (CrBandwidth *bandwidth)
{
  g_free (bandwidth);
}

void
cr_bandwidth_sent (CrBandwidth *bandwidth, guint16 seq, gsize bytes, gint64 now_us)
{
  Sent *sent = &bandwidth->ring[seq % RING];

  sent->seq = seq;
  sent->bytes = (guint16)bytes;
  sent->sent_us = (guint32)now_us;
}

static gboolean
next_chunk (Chunks *chunks)
{
  if (chunks->end - chunks->at < CHUNK_BYTES)
    return FALSE;
  chunks->chunk = (guint)chunks->at[0] << 8 | chunks->at[1];
  chunks->at += CHUNK_BYTES;
  chunks->is_run = (chunks->chunk & 0x8000) == 0;
  chunks->is_two_bit = (chunks->chunk & 0x4000) != 0;
  if (chunks->is_run)
    chunks->n_chunk = chunks->chunk & RUN_LENGTH_MASK;
  else
    chunks->n_chunk = chunks->is_two_bit ? MAX_STATUSES / 2 : MAX_STATUSES;
  return TRUE;
}

/* FALSE at the end of the chunks' bytes. */
static gboolean
next_status (Chunks *chunks, guint *status)
{
  while (chunks->n_chunk == 0) {
    if (!next_chunk (chunks))
      return FALSE;
  }
  chunks->n_chunk--;
  chunks->n_left--;
  if (chunks->is_run)
    *status = chunks->chunk >> 13 & 3;
  else if (chunks->is_two_bit)
    *status = chunks->chunk >> (2 * chunks->n_chunk) & 3;
  else
    *status = chunks->chunk >> chunks->n_chunk & 1;
  return TRUE;
}

/* Where the deltas begin, and whether all of them are there. */
static const guint8 *
find_deltas (Chunks chunks)
{
  gsize delta_bytes = 0;
  guint status;

  while (chunks.n_left > 0) {
    if (!next_status (&chunks, &status))
      return NULL;
    delta_bytes += status == STATUS_SMALL ? 1 : status == STATUS_LARGE ? 2 : 0;
  }
  return delta_bytes <= (gsize)(chunks.end - chunks.at) ? chunks.at : NULL;
}

static void
close_window (CrBandwidth *bandwidth, gint64 now_us)
{
  gint64 elapsed_us = now_us - bandwidth->window_start_us;
  guint n_packets = bandwidth->window_received + bandwidth->window_lost;

  if (bandwidth->window_start_us != 0 && elapsed_us < WINDOW_US)
    return;
  if (bandwidth->window_start_us != 0) {
    bandwidth->loss_fraction = n_packets > 0 ? (gdouble)bandwidth->window_lost / n_packets : 0;
    bandwidth->delivered_kbps = (guint)(bandwidth->window_bytes * 8000 / (guint64)elapsed_us);
  }
  bandwidth->window_start_us = now_us;
  bandwidth->window_received = bandwidth->window_lost = 0;
  bandwidth->window_bytes = 0;
}

/* Each packet counts once, with the first feedback that says it arrived; one reported lost may still come
 * with the next. */
static void
take_status (CrBandwidth *bandwidth, guint16 seq, gboolean received, gint64 arrival_us, gint64 now_us)
{
  Sent *sent = &bandwidth->ring[seq % RING];
  CrBandwidthSample sample = {.seq = seq, .bytes = sent->bytes, .received = received};

  if (sent->bytes == 0 || sent->seq != seq)
    return;
  sample.sent_us = now_us - (gint64)(guint32)((guint32)now_us - sent->sent_us);
  sample.arrival_us = received ? arrival_us : 0;
  if (received) {
    bandwidth->window_received++;
    bandwidth->window_bytes += sent->bytes;
    sent->bytes = 0;
  } else {
    bandwidth->window_lost++;
  }
  if (bandwidth->func != NULL)
    bandwidth->func (&sample, bandwidth->data);
}

gboolean
cr_bandwidth_handle_feedback (CrBandwidth *bandwidth, const guint8 *packet, gsize length_bytes, gint64 now_us)
{
  Chunks chunks = {0};
  const guint8 *delta;
  guint16 seq;
  gint64 arrival_us;
  guint status;

  if (length_bytes < FIXED_BYTES)
    return FALSE;
  seq = (guint16)(packet[12] << 8 | packet[13]);
  chunks.n_left = (guint)packet[14] << 8 | packet[15];
  arrival_us = (gint64)(packet[16] << 16 | packet[17] << 8 | packet[18]) * REFERENCE_US;
  chunks.at = packet + FIXED_BYTES;
  chunks.end = packet + length_bytes;
  delta = find_deltas (chunks);
  if (delta == NULL)
    return FALSE;

  close_window (bandwidth, now_us);
  for (; chunks.n_left > 0 && next_status (&chunks, &status); seq++) {
    if (status == STATUS_SMALL) {
      arrival_us += delta[0] * DELTA_US;
      delta += 1;
    } else if (status == STATUS_LARGE) {
      arrival_us += (gint16)(delta[0] << 8 | delta[1]) * DELTA_US;
      delta += 2;
    }
    take_status (bandwidth, seq, status == STATUS_SMALL || status == STATUS_LARGE, arrival_us, now_us);
  }
  return TRUE;
}

gdouble
cr_bandwidth_get_loss_fraction (const CrBandwidth *bandwidth)
{
  return bandwidth->loss_fraction;
}

guint
cr_bandwidth_get_delivered_kbps (const CrBandwidth *bandwidth)
{
  return bandwidth->delivered_kbps;
}
