/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /events/{lesson}: what happens in a lesson, as server-sent events. The right to look is checked as for
 * any other route, then again while the stream is open; a join token's time to join does not end it.
 */
#include "http/event-hub.h"
#include "http/routes.h"

static void
subscription_free (gpointer data)
{
  CrEventSubscription *subscription = data;

  cr_actor_unref (subscription->actor);
  g_free (subscription->last_event_id);
  g_free (subscription);
}

static void
begin (CrHttp *http, const CrConnection *connection, gpointer data)
{
  cr_event_hub_open (http->events, data, connection);
}

gboolean
cr_handle_events (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  CrEventSubscription *subscription;

  if (!cr_event_hub_check_room (http->events, request->lesson, request->actor, error))
    return FALSE;
  subscription = g_new0 (CrEventSubscription, 1);
  subscription->lesson = request->lesson;
  subscription->actor = cr_actor_ref (request->actor);
  subscription->last_event_id = g_strdup (cr_request_get_header (request, "Last-Event-ID"));
  cr_response_set_stream (response, "text/event-stream", begin, subscription, subscription_free);
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  soup_message_headers_replace (response->headers, "X-Accel-Buffering", "no"); /* for nginx */
  return TRUE;
}
