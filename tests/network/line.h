/* SPDX-License-Identifier: Apache-2.0
 *
 * One direction of an emulated line: a rate queue with tail drop, then loss, then delay with jitter and
 * reordering. Time is a parameter and chance is seeded, so that a test needs no clock and a run can be
 * repeated. It moves bytes and knows nothing of what is in them.
 *
 *   push -> [rate queue] -> loss? -> outage? -> [delay] -> pop
 *              tail drop
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint rate_kbps;   /* 0: as fast as it comes */
  guint queue_bytes; /* of waiting packets; more are dropped at the tail */
  gint64 delay_us;   /* one way */
  gint64 jitter_us;  /* the delay wanders by plus or minus this, without reordering */
  gdouble loss;      /* fraction of packets */
  gdouble burst;     /* mean packets lost in a row; 1 or less: each packet by itself */
  gdouble reorder;   /* fraction of packets held back ... */
  gint64 reorder_us; /* ... by this, so that others overtake them */
} LineSettings;

typedef struct {
  guint64 packets_in, bytes_in;
  guint64 packets_out, bytes_out;
  guint64 lost;         /* by chance */
  guint64 loss_runs;    /* stretches of packets lost by chance */
  guint64 tail_dropped; /* the queue was full */
  guint64 outage_dropped;
  guint64 reordered;
  gint64 delay_min_us, delay_max_us, delay_sum_us; /* push to due, of packets_out */
  gint64 queue_max_us;                             /* longest wait in the rate queue */
} LineStats;

typedef struct {
  gint64 due_us;
  gint64 pushed_us;
  guint64 order; /* ties leave in the order in which they came */
  gsize length_bytes;
  guint8 data[];
} LinePacket;

typedef struct Line Line;

Line *line_new (const LineSettings *settings, guint32 seed);
void line_free (Line *line);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Line, line_free)

/* For what comes from now on. A packet in transmission ends as it began. */
void line_set (Line *line, const LineSettings *settings);

/* In an outage nothing comes in or leaves the queue; what is on its way arrives. */
void line_set_outage (Line *line, gboolean outage);

/* Copies the packet in. */
void line_push (Line *line, const void *data, gsize length_bytes, gint64 now_us);

/* When line_pop() may have something; G_MAXINT64 when the line is empty. */
gint64 line_next_us (const Line *line);

/* The next packet that has arrived, or NULL; free with g_free(). */
LinePacket *line_pop (Line *line, gint64 now_us);

const LineStats *line_get_stats (const Line *line);

G_END_DECLS
