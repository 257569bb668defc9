/* SPDX-License-Identifier: Apache-2.0
 *
 *   waiting -> offering -> posting -> connecting -> connected
 *      ^___________________ any failure _______________|
 *
 * The relay answers media with RTCP at least every few seconds; a connected session that hears none is dead,
 * whatever ICE believes.
 */
#include "whip-session.h"

#include "base/log.h"

#define FIRST_PAUSE_MS   250
#define LONGEST_PAUSE_MS (5 * 1000)

/* This relay reports every second, but any may wait 5 s and, with its dice, half as long again (RFC 3550
 * section 6.2). */
#define SILENCE_US (10 * G_USEC_PER_SEC)

#define STOP_TIMEOUT_MS 2000

typedef enum { WAITING, OFFERING, POSTING, CONNECTING, CONNECTED, STOPPED } State;

struct CrWhipSession {
  CrHttpClient *http;
  gchar *path;
  gchar *token;
  CrPublishConfig config;
  CrWhipKeyframeFunc keyframe;
  gpointer data;

  State state;
  gint64 connected_us;
  guint pause_ms;
  guint timer;     /* of the next attempt, or of the end */
  guint liveness;  /* timer while connected */
  gchar *location; /* of the session at the relay */
  GCancellable *cancellable;

  GMutex lock; /* encoders push on their threads while this one replaces the pipeline */
  CrPublishPipeline *publish;

  GSourceFunc stopped;
  gpointer stopped_data;
};

static void attempt (CrWhipSession *session);

static void
drop_pipeline (CrWhipSession *session)
{
  CrPublishPipeline *publish;

  g_mutex_lock (&session->lock);
  publish = g_steal_pointer (&session->publish);
  g_mutex_unlock (&session->lock);
  g_clear_pointer (&publish, cr_publish_pipeline_free);
}

/* Forgets the present session; the relay is told, if it is still there to hear it. */
static void
drop_session (CrWhipSession *session)
{
  g_clear_handle_id (&session->liveness, g_source_remove);
  g_clear_handle_id (&session->timer, g_source_remove);
  g_cancellable_cancel (session->cancellable);
  g_object_unref (session->cancellable);
  session->cancellable = g_cancellable_new ();
  drop_pipeline (session);
  if (session->location != NULL)
    cr_http_client_send (session->http, "DELETE", session->location, session->token, NULL, NULL, NULL, NULL,
                         NULL);
  g_clear_pointer (&session->location, g_free);
}

static gboolean
on_pause_over (gpointer data)
{
  CrWhipSession *session = data;

  session->timer = 0;
  drop_session (session);
  attempt (session);
  return G_SOURCE_REMOVE;
}

/* Never frees the pipeline itself: it may be the caller. */
static void
retry (CrWhipSession *session, const gchar *reason, guint retry_after_s)
{
  guint pause_ms = MAX (session->pause_ms, retry_after_s * 1000);

  if (session->state == STOPPED || session->state == WAITING)
    return;
  cr_log (CR_LOG_WARNING, "publish-failed", "path", session->path, "reason", reason, NULL);
  session->state = WAITING;
  session->pause_ms = MIN (session->pause_ms * 2, LONGEST_PAUSE_MS);
  g_clear_handle_id (&session->timer, g_source_remove);
  session->timer = g_timeout_add (pause_ms, on_pause_over, session);
}

static gboolean
on_liveness_checked (gpointer data)
{
  CrWhipSession *session = data;
  gint64 heard_us = MAX (cr_publish_pipeline_get_last_rtcp_us (session->publish), session->connected_us);

  if (g_get_monotonic_time () - heard_us < SILENCE_US)
    return G_SOURCE_CONTINUE;
  session->liveness = 0;
  retry (session, "the relay is silent", 0);
  return G_SOURCE_REMOVE;
}

static void
on_connected (CrPublishPipeline *publish, gpointer data)
{
  CrWhipSession *session = data;

  session->state = CONNECTED;
  session->pause_ms = FIRST_PAUSE_MS;
  session->connected_us = g_get_monotonic_time ();
  session->liveness = g_timeout_add_seconds (1, on_liveness_checked, session);
  cr_log (CR_LOG_INFO, "publishing", "path", session->path, NULL);
}

static void
on_failed (CrPublishPipeline *publish, const gchar *reason, gpointer data)
{
  retry (data, reason, 0);
}

static void
on_keyframe_wanted (CrPublishPipeline *publish, gpointer data)
{
  CrWhipSession *session = data;

  session->keyframe (session->data);
}

static void
on_answer (const CrHttpReply *reply, gpointer data)
{
  CrWhipSession *session = data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *refusal = NULL;

  if (session->state != POSTING)
    return;
  if (reply->status != 201) {
    refusal = reply->failure != NULL ? g_strdup (reply->failure) : g_strdup_printf ("HTTP %u", reply->status);
    retry (session, refusal, reply->retry_after_s);
    return;
  }
  session->location = g_strdup (reply->location);
  session->state = CONNECTING;
  if (!cr_publish_pipeline_set_answer (session->publish, reply->body, &error))
    retry (session, error->message, 0);
}

static void
on_offer (CrPublishPipeline *publish, const gchar *offer, gpointer data)
{
  CrWhipSession *session = data;

  if (session->state != OFFERING)
    return;
  session->state = POSTING;
  cr_http_client_send (session->http, "POST", session->path, session->token, "application/sdp", offer,
                       session->cancellable, on_answer, session);
}

static const CrPublishHandler publish_handler = {
    .on_offer = on_offer,
    .on_connected = on_connected,
    .on_failed = on_failed,
    .on_keyframe_wanted = on_keyframe_wanted,
};

static void
attempt (CrWhipSession *session)
{
  g_autoptr (GError) error = NULL;
  CrPublishPipeline *publish;

  session->state = OFFERING;
  publish = cr_publish_pipeline_new (&session->config, &publish_handler, session, &error);
  if (publish == NULL) {
    retry (session, error->message, 0);
    return;
  }
  g_mutex_lock (&session->lock);
  session->publish = publish;
  g_mutex_unlock (&session->lock);
}

CrWhipSession *
cr_whip_session_new (CrHttpClient *http, const gchar *path, const gchar *token, const CrPublishConfig *config,
                     CrWhipKeyframeFunc keyframe, gpointer data)
{
  CrWhipSession *session = g_new0 (CrWhipSession, 1);

  session->http = http;
  session->path = g_strdup (path);
  session->token = g_strdup (token);
  session->config = *config;
  session->keyframe = keyframe;
  session->data = data;
  session->state = STOPPED;
  session->pause_ms = FIRST_PAUSE_MS;
  session->cancellable = g_cancellable_new ();
  g_mutex_init (&session->lock);
  return session;
}

void
cr_whip_session_free (CrWhipSession *session)
{
  session->state = STOPPED;
  drop_session (session);
  g_object_unref (session->cancellable);
  g_mutex_clear (&session->lock);
  g_free (session->path);
  g_free (session->token);
  g_free (session);
}

void
cr_whip_session_start (CrWhipSession *session, GstClockTime base_time)
{
  session->config.base_time = base_time;
  attempt (session);
}

void
cr_whip_session_restart (CrWhipSession *session)
{
  if (session->state == STOPPED)
    return;
  g_clear_pointer (&session->location, g_free); /* the new process does not know it */
  drop_session (session);
  session->pause_ms = FIRST_PAUSE_MS;
  attempt (session);
}

void
cr_whip_session_set_token (CrWhipSession *session, const gchar *token)
{
  g_free (session->token);
  session->token = g_strdup (token);
}

static gboolean
say_stopped (gpointer data)
{
  CrWhipSession *session = data;
  GSourceFunc stopped =
      g_steal_pointer (&session->stopped); /* the answer and the timer: whichever is first */

  session->timer = 0;
  if (stopped != NULL)
    stopped (session->stopped_data);
  return G_SOURCE_REMOVE;
}

static void
on_deleted (const CrHttpReply *reply, gpointer data)
{
  CrWhipSession *session = data;

  g_clear_handle_id (&session->timer, g_source_remove);
  say_stopped (session);
}

void
cr_whip_session_stop (CrWhipSession *session, GSourceFunc func, gpointer data)
{
  g_autofree gchar *location = g_steal_pointer (&session->location);

  session->state = STOPPED;
  session->stopped = func;
  session->stopped_data = data;
  drop_session (session);
  session->timer = g_timeout_add (location == NULL ? 0 : STOP_TIMEOUT_MS, say_stopped, session);
  if (location != NULL)
    cr_http_client_send (session->http, "DELETE", location, session->token, NULL, NULL, session->cancellable,
                         on_deleted, session);
}

void
cr_whip_session_push (CrWhipSession *session, CrMediaKind kind, GstSample *sample)
{
  g_mutex_lock (&session->lock);
  if (session->publish != NULL)
    cr_publish_pipeline_push (session->publish, kind, sample);
  g_mutex_unlock (&session->lock);
}

gboolean
cr_whip_session_is_connected (CrWhipSession *session)
{
  return session->state == CONNECTED;
}
