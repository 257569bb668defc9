/* SPDX-License-Identifier: Apache-2.0
 *
 * An array of talkbacks and the loops they share.
 */
#include "talkers.h"

typedef struct {
  guint number;
  CrTalkLoop *small, *tone;
  CrTalkback *talkback;
} Talker;

struct CrTalkers {
  CrTalkersConfig config;
  gchar *path, *hand_path;
  CrTalkLoop *large;
  GBytes *parameter_set;
  Talker *each;
};

static gboolean
make_loops (CrTalkers *talkers, GError **error)
{
  talkers->large = cr_talk_loop_new_large (talkers->config.codec, error);
  if (talkers->large == NULL)
    return FALSE;
  talkers->parameter_set = cr_talk_loop_dup_parameter_set (talkers->large);
  for (guint i = 0; i < talkers->config.n; i++) {
    Talker *talker = &talkers->each[i];

    talker->small = cr_talk_loop_new_small (talkers->config.codec, talker->number, error);
    if (talker->small == NULL)
      return FALSE;
    talker->tone = cr_talk_loop_new_tone (talker->number, error);
    if (talker->tone == NULL)
      return FALSE;
  }
  return TRUE;
}

static void
make_talkback (CrTalkers *talkers, Talker *talker, const gchar *token, guint32 seed)
{
  const CrTalkbackConfig config = {.http = talkers->config.http,
                                   .loop = talkers->config.loop,
                                   .identity = talkers->config.identity,
                                   .path = talkers->path,
                                   .hand_path = talkers->config.raise_hands ? talkers->hand_path : NULL,
                                   .token = token,
                                   .small = talker->small,
                                   .large = talkers->large,
                                   .tone = talker->tone,
                                   .ignores_floor = talkers->config.ignore_floor,
                                   .seed = seed};

  talker->talkback = cr_talkback_new (&config);
}

CrTalkers *
cr_talkers_new (const CrTalkersConfig *config, const guint *numbers, const gchar *const *tokens,
                GError **error)
{
  g_autoptr (CrTalkers) talkers = g_new0 (CrTalkers, 1);
  g_autofree gchar *lesson = g_uri_escape_string (config->lesson, NULL, FALSE);

  talkers->config = *config;
  talkers->path = g_strdup_printf ("/whip/%s/classroom", lesson);
  talkers->hand_path = g_strdup_printf ("/api/v1/lessons/%s/hand", lesson);
  talkers->each = g_new0 (Talker, config->n);
  for (guint i = 0; i < config->n; i++)
    talkers->each[i].number = numbers[i];
  if (!make_loops (talkers, error))
    return NULL;
  for (guint i = 0; i < config->n; i++)
    make_talkback (talkers, &talkers->each[i], tokens[i], config->seed + i);
  return g_steal_pointer (&talkers);
}

void
cr_talkers_free (CrTalkers *talkers)
{
  for (guint i = 0; i < talkers->config.n; i++) {
    Talker *talker = &talkers->each[i];

    g_clear_pointer (&talker->talkback, cr_talkback_free);
    g_clear_pointer (&talker->small, cr_talk_loop_free);
    g_clear_pointer (&talker->tone, cr_talk_loop_free);
  }
  g_clear_pointer (&talkers->large, cr_talk_loop_free);
  g_clear_pointer (&talkers->parameter_set, g_bytes_unref);
  g_free (talkers->each);
  g_free (talkers->path);
  g_free (talkers->hand_path);
  g_free (talkers);
}

void
cr_talkers_join (CrTalkers *talkers, guint index, const gchar *token, guint delay_ms)
{
  cr_talkback_set_token (talkers->each[index].talkback, token);
  cr_talkback_join (talkers->each[index].talkback, delay_ms);
}

void
cr_talkers_follow (CrTalkers *talkers, CrLessonView *view)
{
  for (guint i = 0; i < talkers->config.n; i++) {
    const Talker *talker = &talkers->each[i];

    cr_talkback_set_floor (talker->talkback, cr_lesson_view_has_floor (view, talker->number),
                           cr_lesson_view_is_muted (view, talker->number));
  }
}

void
cr_talkers_tick (CrTalkers *talkers, gint64 now_us)
{
  for (guint i = 0; i < talkers->config.n; i++)
    cr_talkback_tick (talkers->each[i].talkback, now_us);
}

void
cr_talkers_leave (CrTalkers *talkers)
{
  for (guint i = 0; i < talkers->config.n; i++)
    cr_talkback_leave (talkers->each[i].talkback);
}

GBytes *
cr_talkers_get_parameter_set (CrTalkers *talkers)
{
  return talkers->parameter_set;
}

gchar *
cr_talkers_summary (CrTalkers *talkers)
{
  CrTalkbackStats sum = {0};
  guint n_connected = 0, kbps = 0;

  for (guint i = 0; i < talkers->config.n; i++) {
    CrTalkbackStats stats;

    cr_talkback_get_stats (talkers->each[i].talkback, &stats);
    n_connected += stats.connected;
    sum.joins += stats.joins;
    sum.failures += stats.failures;
    sum.resends += stats.resends;
    sum.plis += stats.plis;
    sum.hands += stats.hands;
    kbps = MAX (kbps, cr_talk_loop_get_kbps (talkers->each[i].small));
  }
  return g_strdup_printf ("talking   %u of %u, joins %u, failures %u; %" G_GUINT64_FORMAT
                          " hands went up, %" G_GUINT64_FORMAT " packets resent, %" G_GUINT64_FORMAT
                          " keyframes asked for; at most %u kbit/s each, and %u on the floor",
                          n_connected, talkers->config.n, sum.joins, sum.failures, sum.hands, sum.resends,
                          sum.plis, kbps, cr_talk_loop_get_kbps (talkers->large));
}
