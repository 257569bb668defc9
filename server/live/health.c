/* SPDX-License-Identifier: Apache-2.0
 *
 * The limits: what somebody at the other end notices. A conversation suffers from half a second of delay,
 * and a picture from one lost packet in twenty.
 */
#include "live/health.h"

#define SLOW_LOSS    0.05
#define GOOD_LOSS    0.02
#define SLOW_RTT_MS  500
#define GOOD_RTT_MS  400
#define N_BAD        2    /* samples, so seconds, of a bad line until it is called slow */
#define N_GOOD       5    /* and of a good one until it is good again */
#define BROKEN_AT_MS 8000 /* of silence: receiver reports and checks come at least every 5 s */

const gchar *
cr_condition_name (CrCondition condition)
{
  static const gchar *const names[] = {"absent", "good", "slow", "broken"};

  return names[condition];
}

static gboolean
change (CrHealthMeter *meter, CrCondition condition)
{
  gboolean changed = meter->health.condition != condition;

  meter->health.condition = condition;
  meter->n_bad = meter->n_good = 0;
  return changed;
}

gboolean
cr_health_meter_join (CrHealthMeter *meter)
{
  meter->health.has_figures = FALSE;
  return change (meter, CR_CONDITION_GOOD);
}

gboolean
cr_health_meter_update (CrHealthMeter *meter, const CrHealthSample *sample)
{
  CrHealth *health = &meter->health;
  gboolean is_bad = sample->loss >= SLOW_LOSS || sample->rtt_ms >= SLOW_RTT_MS;
  gboolean is_good = sample->loss < GOOD_LOSS && sample->rtt_ms < GOOD_RTT_MS;

  health->loss = sample->loss;
  health->rtt_ms = sample->rtt_ms;
  health->tcp = sample->tcp;
  health->has_figures = TRUE;
  if (sample->silent_ms >= BROKEN_AT_MS)
    return change (meter, CR_CONDITION_BROKEN);
  if (health->condition == CR_CONDITION_BROKEN)
    return change (meter, CR_CONDITION_GOOD);
  meter->n_bad = is_bad ? meter->n_bad + 1 : 0;
  meter->n_good = is_good ? meter->n_good + 1 : 0;
  if (health->condition == CR_CONDITION_GOOD && meter->n_bad >= N_BAD)
    return change (meter, CR_CONDITION_SLOW);
  if (health->condition == CR_CONDITION_SLOW && meter->n_good >= N_GOOD)
    return change (meter, CR_CONDITION_GOOD);
  return FALSE;
}

gboolean
cr_health_meter_leave (CrHealthMeter *meter, gboolean on_purpose)
{
  gboolean was_there = meter->health.condition != CR_CONDITION_ABSENT;

  meter->health.has_figures = FALSE;
  return change (meter, was_there && !on_purpose ? CR_CONDITION_BROKEN : CR_CONDITION_ABSENT);
}
