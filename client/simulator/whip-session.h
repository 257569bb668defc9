/* SPDX-License-Identifier: Apache-2.0
 *
 * One source of the demo teacher kept published by WHIP (RFC 9725): posts the offer, and when the session
 * dies, for whatever reason, makes another with a growing pause in between. The encoder in front of it never
 * notices.
 */
#pragma once

#include "http-client.h"
#include "publish-pipeline.h"

G_BEGIN_DECLS

typedef struct CrWhipSession CrWhipSession;

/* A keyframe is wanted. [any] */
typedef void (*CrWhipKeyframeFunc) (gpointer data);

/* `path` like "/whip/demo/camera". `config` is copied. Starts nothing. [main] */
CrWhipSession *cr_whip_session_new (CrHttpClient *http, const gchar *path, const gchar *token,
                                    const CrPublishConfig *config, CrWhipKeyframeFunc keyframe,
                                    gpointer data);
void cr_whip_session_free (CrWhipSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrWhipSession, cr_whip_session_free)

/* `base_time`: see CrPublishConfig. [main] */
void cr_whip_session_start (CrWhipSession *session, GstClockTime base_time);

/* The relay was restarted: a new session at once. [main] */
void cr_whip_session_restart (CrWhipSession *session);

/* From the next attempt on. [main] */
void cr_whip_session_set_token (CrWhipSession *session, const gchar *token);

/* Ends the session with DELETE; `func` is called when the relay has answered or 2 s are over. [main] */
void cr_whip_session_stop (CrWhipSession *session, GSourceFunc func, gpointer data);

/* One encoded frame; borrowed. [any], one thread per kind */
void cr_whip_session_push (CrWhipSession *session, CrMediaKind kind, GstSample *sample);

gboolean cr_whip_session_is_connected (CrWhipSession *session);

G_END_DECLS
