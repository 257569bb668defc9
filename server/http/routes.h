/* SPDX-License-Identifier: Apache-2.0
 *
 * The one table of everything that can be asked over HTTP.
 */
#pragma once

#include "http/http.h"

G_BEGIN_DECLS

typedef enum {
  CR_ROUTE_CORS = 1 << 0, /* pages of other origins may use it, with bearer tokens: no cookie goes along */
  CR_ROUTE_LOOPBACK = 1 << 1,    /* this machine only, no proxy between */
  CR_ROUTE_ICE_SERVERS = 1 << 2, /* OPTIONS with a token names the ICE servers (RFC 9725 section 4.6) */
  CR_ROUTE_OWN_PAGES = 1 << 3,   /* not for pages of other origins, even without a cookie */
  CR_ROUTE_FILE = 1 << 4,        /* the body is a file: up to CR_HTTP_MAX_FILE_BYTES */
  CR_ROUTE_PICTURE = 1 << 5      /* the same of a picture: up to CR_HTTP_MAX_PICTURE_BYTES */
} CrRouteFlags;

/* What may prove who asks. */
typedef enum {
  CR_WHO_TOKEN = 1 << 0,  /* a lesson's token, configured or for joining */
  CR_WHO_PERSON = 1 << 1, /* a session's cookie */
  CR_WHO_DEVICE = 1 << 2  /* a device's credential */
} CrWho;

typedef struct CrRoute {
  const gchar *method;  /* GET also serves HEAD; OPTIONS is answered by the dispatcher */
  const gchar *pattern; /* {name} takes one segment, {name...} the rest */
  guint who;            /* CrWho bits; 0: anybody, who is not asked */
  CrVerb verb;          /* what it does, and with what: people/authorize.c says who may */
  CrObjectKind object;
  const gchar *body_type; /* media type of the body; NULL: the body is not looked at */
  guint flags;
  CrHandler handler;
} CrRoute;

extern const CrRoute cr_routes[];
extern const guint cr_n_routes;

typedef struct {
  gboolean path_known;
  const CrRoute *route;     /* NULL: no such method */
  const CrRoute *any_route; /* some route of the path, for its flags */
  gchar *allow;             /* the Allow header's value */
  const gchar *accept_post, *accept_patch;
  gchar *params[CR_HTTP_MAX_PARAMS];
} CrRouteMatch;

void cr_routes_match (const gchar *method, const gchar *path, CrRouteMatch *match);
void cr_route_match_clear (CrRouteMatch *match);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrRouteMatch, cr_route_match_clear)

/* One file per resource. */
gboolean cr_handle_health (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_metrics (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_demo (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_whip_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_whip_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_whip_session_patch (CrHttp *http, CrRequest *request, CrResponse *response,
                                       GError **error);
gboolean cr_handle_whip_session_delete (CrHttp *http, CrRequest *request, CrResponse *response,
                                        GError **error);
gboolean cr_handle_whip_session_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_whep_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_whep_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_whep_session_patch (CrHttp *http, CrRequest *request, CrResponse *response,
                                       GError **error);
gboolean cr_handle_whep_session_delete (CrHttp *http, CrRequest *request, CrResponse *response,
                                        GError **error);
gboolean cr_handle_whep_session_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_events (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_graph (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_sign_in (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_sign_out (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_password_put (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_me_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_account_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_account_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_account_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_account_patch (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_account_delete (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_account_reset (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_device_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_device_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_device_patch (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_device_delete (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_pairing_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_pairing_poll (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_pairing_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_pairing_confirm (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_join (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_extend (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_end (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_hand (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_floor (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_mute (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_notes (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_call (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_slide_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_slide_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_audit_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_audit_chain (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_audit_export (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_report (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_resource_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_resource_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_resource_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_resource_patch (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_resource_delete (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_add (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_move (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_cancel (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_substitute (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_changes (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_withdraw (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_clashes_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_conflicts_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_free_periods_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_notice_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_notice_acknowledge (CrHttp *http, CrRequest *request, CrResponse *response,
                                       GError **error);
gboolean cr_handle_feed_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_feed_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_feed_delete (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_calendar_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_import_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_export_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_openapi (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_page (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_static (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);

G_END_DECLS
