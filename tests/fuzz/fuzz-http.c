/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what HTTP reads itself: a path against the route table, If-Match, a bearer token.
 *
 *   path, NUL, the value of If-Match and of Authorization
 */
#include "fuzz-input.h"

#include "http/auth.h"
#include "http/if-match.h"

#include <string.h>

static void
check_match (const gchar *path)
{
  g_auto (CrRouteMatch) match = {0};

  cr_routes_match ("PATCH", path, &match);
  g_assert_true (match.path_known || match.route == NULL);
  for (guint i = 0; match.path_known && i < CR_HTTP_MAX_PARAMS; i++) {
    const gchar *param = match.params[i];

    g_assert_true (param == NULL || *param != '\0');
    if (match.route != NULL) /* no pattern of a PATCH takes more than a segment */
      g_assert_true (param == NULL || strchr (param, '/') == NULL);
  }
}

static void
check_token (const gchar *authorization)
{
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_autoptr (CrRequest) request = cr_request_new ("GET", "/", NULL, headers, TRUE);
  g_autofree gchar *token = NULL;

  soup_message_headers_append (headers, "Authorization", authorization);
  token = cr_bearer_token (request);
  g_assert_true (token == NULL || (*token != '\0' && strpbrk (token, " \t\r\n,\"") == NULL));
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_log_set_writer_func (fuzz_write_log, NULL, NULL);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *text = g_strndup ((const gchar *)data, size);
  gsize path_bytes = strnlen ((const gchar *)data, size);
  g_autofree gchar *rest = NULL;
  CrIfMatch verdict;

  check_match (text);
  if (path_bytes + 1 >= size)
    return 0;
  rest = g_strndup ((const gchar *)data + path_bytes + 1, size - path_bytes - 1);
  verdict = cr_if_match (rest, "\"abc\"");
  if (verdict == CR_IF_MATCH_EQUAL)
    g_assert_nonnull (strstr (rest, "\"abc\""));
  if (strpbrk (rest, "\r\n") == NULL) /* no header holds a line's end */
    check_token (rest);
  return 0;
}
