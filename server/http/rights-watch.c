/* SPDX-License-Identifier: Apache-2.0
 *
 * A round: collect, ask the store's reader, tell the event hub and the lessons.
 */
#include "http/rights-watch.h"

#include "http/event-hub.h"
#include "http/rights-check.h"

#define CHECK_S 3 /* with the time to ask, within the 5 s that a revocation may take */

struct CrRightsWatch {
  CrHttp *http;
  guint source;
};

static void
on_checked (GPtrArray *checks, gpointer data)
{
  CrRightsWatch *watch = data;

  for (guint i = 0; i < checks->len; i++) {
    const CrRightsCheck *check = checks->pdata[i];

    cr_event_hub_apply_check (watch->http->events, check);
    if (check->actor->kind == CR_ACTOR_JOIN && check->now == NULL)
      cr_lessons_revoke_token (watch->http->lessons, &check->actor->token);
  }
}

static gboolean
on_due (gpointer data)
{
  CrRightsWatch *watch = data;
  CrHttp *http = watch->http;
  gint64 now_us = cr_clock_wall_us (cr_lessons_get_clock (http->lessons));
  g_autoptr (GHashTable) actors = g_hash_table_new (cr_token_hash_to_key, cr_token_hash_is_same_key);
  GPtrArray *asked;
  GHashTableIter iter;
  gpointer actor;

  if (http->store == NULL || http->closing)
    return G_SOURCE_CONTINUE;
  cr_event_hub_collect_actors (http->events, actors);
  cr_lessons_collect_join_actors (http->lessons, actors);
  if (g_hash_table_size (actors) == 0)
    return G_SOURCE_CONTINUE;
  asked = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_actor_unref);
  g_hash_table_iter_init (&iter, actors);
  while (g_hash_table_iter_next (&iter, NULL, &actor))
    g_ptr_array_add (asked, cr_actor_ref (actor));
  cr_rights_check (http->store, asked, now_us / G_USEC_PER_SEC, on_checked, watch);
  return G_SOURCE_CONTINUE;
}

CrRightsWatch *
cr_rights_watch_new (CrHttp *http)
{
  CrRightsWatch *watch = g_new0 (CrRightsWatch, 1);

  watch->http = http;
  watch->source = g_timeout_add_seconds (CHECK_S, on_due, watch);
  return watch;
}

void
cr_rights_watch_free (CrRightsWatch *watch)
{
  g_source_remove (watch->source);
  g_free (watch);
}
