/* SPDX-License-Identifier: Apache-2.0
 *
 * The one table of everything that can be asked over HTTP.
 */
#pragma once

#include "http/http.h"

G_BEGIN_DECLS

typedef enum {
  CR_ROUTE_CORS = 1 << 0,     /* pages of other origins may use it: it knows no cookies, bearer tokens only */
  CR_ROUTE_LOOPBACK = 1 << 1, /* this machine only, no proxy between */
  CR_ROUTE_ICE_SERVERS = 1 << 2, /* OPTIONS with a token names the ICE servers (RFC 9725 section 4.6) */
} CrRouteFlags;

typedef struct {
  const gchar *method;    /* GET also serves HEAD; OPTIONS is answered by the dispatcher */
  const gchar *pattern;   /* {name} takes one segment, {name...} the rest */
  guint roles;            /* CrRole bits; 0: anybody */
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
gboolean cr_handle_lesson_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_lesson_graph (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_page (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
gboolean cr_handle_static (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);

G_END_DECLS
