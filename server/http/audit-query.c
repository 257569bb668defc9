/* SPDX-License-Identifier: Apache-2.0
 *
 * A parameter that is not there, or empty, limits nothing: forms send the empty ones along.
 */
#include "http/audit-query.h"

static gchar *
read_text (const CrRequest *request, const gchar *name)
{
  gchar *text = cr_request_get_query (request, name);

  if (text != NULL && *text == '\0')
    g_clear_pointer (&text, g_free);
  return text;
}

static gboolean
read_seconds (const CrRequest *request, const gchar *name, gint64 *seconds, GError **error)
{
  g_autofree gchar *text = read_text (request, name);

  if (text == NULL || g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, seconds, NULL))
    return TRUE;
  g_set_error (error, CR_HTTP_ERROR, CR_HTTP_ERROR_BAD_REQUEST, "%s is a number of seconds", name);
  return FALSE;
}

gboolean
cr_audit_query_read (const CrRequest *request, CrAuditQuery *query, GError **error)
{
  query->filter.actor = query->actor = read_text (request, "actor");
  query->filter.verb = query->verb = read_text (request, "verb");
  query->filter.object = query->object = read_text (request, "object");
  return read_seconds (request, "from", &query->filter.from_at, error) &&
         read_seconds (request, "to", &query->filter.to_at, error);
}

void
cr_audit_query_clear (CrAuditQuery *query)
{
  g_free (query->actor);
  g_free (query->verb);
  g_free (query->object);
}

gchar *
cr_audit_hash_text (const CrTokenHash *hash)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < sizeof hash->bytes; i++)
    g_string_append_printf (text, "%02x", hash->bytes[i]);
  return g_string_free (text, FALSE);
}
