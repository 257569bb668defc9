/* SPDX-License-Identifier: Apache-2.0
 *
 * How a classroom's line is, in the teacher's words: from what the media side measured, with hysteresis, so
 * that a mark does not blink. Getting worse is told at once or nearly, getting better only when it lasts.
 *
 * Thread: [main].
 */
#pragma once

#include "lesson-pipeline.h"

G_BEGIN_DECLS

typedef enum {
  CR_CONDITION_ABSENT, /* not there yet, or gone for good */
  CR_CONDITION_GOOD,
  CR_CONDITION_SLOW,
  CR_CONDITION_BROKEN /* was there, and is lost */
} CrCondition;

/* "absent", "good", "slow", "broken". */
const gchar *cr_condition_name (CrCondition condition);

typedef struct {
  CrCondition condition;
  gdouble loss; /* 0 … 1, the worse of both directions */
  guint rtt_ms; /* 0: not known */
  gboolean tcp;
  gboolean has_figures; /* else the three above mean nothing */
} CrHealth;

/* What was measured of a classroom that is there, since the last time. */
typedef struct {
  gdouble loss;
  guint rtt_ms;
  gboolean tcp;
  guint silent_ms; /* since it was last heard of */
} CrHealthSample;

/* The health of one classroom and what it follows from. Zeroed: never seen. */
typedef struct {
  CrHealth health;
  guint n_bad, n_good; /* samples in a row */
} CrHealthMeter;

/* It has come. TRUE when its condition changed. */
gboolean cr_health_meter_join (CrHealthMeter *meter);

/* Once a second for each classroom that is there. TRUE when its condition changed. */
gboolean cr_health_meter_update (CrHealthMeter *meter, const CrHealthSample *sample);

/* It is not there any more. `on_purpose`: it said goodbye. TRUE when its condition changed. */
gboolean cr_health_meter_leave (CrHealthMeter *meter, gboolean on_purpose);

G_END_DECLS
