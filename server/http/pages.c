/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages and what they load, from the resource that client/web compiles into the daemon. A page is
 * templated with a nonce of its own, so that its Content-Security-Policy can name exactly the scripts and
 * styles it came with; everything below /static/ is plain files with entity tags. Built without pages, all of
 * it is 404.
 */
#include "http/etag.h"
#include "http/routes.h"

#include <string.h>

#define RESOURCE_ROOT "/org/classrelay/web"
#define NONCE_BYTES   16 /* CSP level 3 section 7.1: at least 128 bits */
#define NONCE_MARK    "{{nonce}}"

typedef struct {
  const gchar *path;
  const gchar *file;
} Page;

static const Page pages[] = {
    {"/", RESOURCE_ROOT "/index.html"},
    {"/teacher", RESOURCE_ROOT "/teacher.html"},
    {"/classroom", RESOURCE_ROOT "/classroom.html"},
    {"/coordinator", RESOURCE_ROOT "/coordinator.html"},
    {"/school", RESOURCE_ROOT "/school.html"},
    {"/supervisor", RESOURCE_ROOT "/supervisor.html"},
    {"/auditor", RESOURCE_ROOT "/auditor.html"},
};

typedef struct {
  const gchar *suffix;
  const gchar *type;
} FileType;

static const FileType file_types[] = {
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".mp3", "audio/mpeg"},
    {".wav", "audio/wav"},
};

static const gchar *
type_of (const gchar *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (file_types); i++) {
    if (g_str_has_suffix (path, file_types[i].suffix))
      return file_types[i].type;
  }
  return "application/octet-stream";
}

static GBytes *
load (const gchar *path, GError **error)
{
  GBytes *bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  if (bytes == NULL)
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "nothing here");
  return bytes;
}

static void
add_common_headers (CrResponse *response)
{
  soup_message_headers_replace (response->headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (response->headers, "Referrer-Policy", "no-referrer");
  soup_message_headers_replace (response->headers, "Cross-Origin-Opener-Policy", "same-origin");
}

/* Media comes as MediaStream objects (no URL); `blob:` and `data:` are for pictures that a page draws itself
 * and for the icons of the timetable, a font within its style.
 */
static void
add_page_headers (CrResponse *response, const gchar *nonce)
{
  g_autofree gchar *policy = g_strdup_printf (
      "default-src 'none'; script-src 'self' 'nonce-%s'; style-src 'self' 'nonce-%s'; img-src 'self' data: "
      "blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; "
      "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      nonce, nonce);

  add_common_headers (response);
  soup_message_headers_replace (response->headers, "Content-Security-Policy", policy);
  soup_message_headers_replace (response->headers, "Permissions-Policy",
                                "camera=(self), microphone=(self), display-capture=(self), geolocation=()");
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store"); /* the nonce is for once */
}

static gchar *
fill_template (GBytes *template, const gchar *nonce)
{
  gsize length;
  const gchar *text = g_bytes_get_data (template, &length);
  GString *filled = g_string_new_len (text, (gssize)length);

  g_string_replace (filled, NONCE_MARK, nonce, 0);
  return g_string_free (filled, FALSE);
}

gboolean
cr_handle_page (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  g_autofree gchar *nonce = cr_random_hex (NONCE_BYTES);
  g_autoptr (GBytes) template = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++) {
    if (g_str_equal (pages[i].path, request->path))
      template = load (pages[i].file, error);
  }
  if (template == NULL)
    return FALSE;
  cr_response_take_text (response, 200, "text/html; charset=utf-8", fill_template (template, nonce));
  add_page_headers (response, nonce);
  return TRUE;
}

/* The files never change while the daemon runs: each is hashed once. */
static const gchar *
file_etag (CrHttp *http, const gchar *path, GBytes *bytes)
{
  gchar *etag = g_hash_table_lookup (http->file_etags, path);

  if (etag == NULL) {
    etag = cr_etag_of (bytes);
    g_hash_table_insert (http->file_etags, g_strdup (path), etag);
  }
  return etag;
}

gboolean
cr_handle_static (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  g_autofree gchar *path = g_strconcat (RESOURCE_ROOT, "/static/", request->params[0], NULL);
  GBytes *bytes = load (path, error);
  const gchar *etag;

  if (bytes == NULL)
    return FALSE;
  etag = file_etag (http, path, bytes);
  if (cr_etag_is_known (request, etag)) {
    cr_response_set_empty (response, 304);
    g_bytes_unref (bytes);
  } else {
    cr_response_set_body (response, 200, type_of (path), bytes);
  }
  soup_message_headers_replace (response->headers, "ETag", etag);
  soup_message_headers_replace (response->headers, "Cache-Control", "no-cache"); /* asks, and gets a 304 */
  add_common_headers (response);
  return TRUE;
}
