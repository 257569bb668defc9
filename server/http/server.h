/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTTP server: libsoup on one side, the dispatcher on the other. It alone knows libsoup's messages.
 *
 * Thread: [main].
 */
#pragma once

#include "http/http.h"

G_BEGIN_DECLS

typedef struct CrHttpServer CrHttpServer;

/* Listens where the configuration says. Errors: G_IO_ERROR, with the address, the port and what to do. */
CrHttpServer *cr_http_server_new (CrHttp *http, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_http_server_free (CrHttpServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrHttpServer, cr_http_server_free)

/* "http://127.0.0.1:8080/ …", the port filled in where the configuration said 0; free with g_free(). */
gchar *cr_http_server_get_urls (CrHttpServer *server);

G_END_DECLS
