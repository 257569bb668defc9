/* SPDX-License-Identifier: Apache-2.0
 *
 * URLs were checked when the configuration was read; ids, roles and base64 need no quoting, so that nothing
 * here can break out of a header.
 */
#include "http/ice-servers.h"

#include <string.h>

#define SHA1_BYTES 20

void
cr_turn_credentials (const gchar *secret, const gchar *name, gint64 expires_s, gchar **username,
                     gchar **password)
{
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA1, (const guchar *)secret, strlen (secret));
  guint8 digest[SHA1_BYTES];
  gsize length = sizeof digest;

  *username = g_strdup_printf ("%" G_GINT64_FORMAT ":%s", expires_s, name);
  g_hmac_update (hmac, (const guchar *)*username, (gssize)strlen (*username));
  g_hmac_get_digest (hmac, digest, &length);
  *password = g_base64_encode (digest, length);
}

/* Whose allocations coturn counts as one user's: a person's or device's, or all of those who share a token.
 * Never a name: those are Chinese, and a browser that reads a header's bytes as Latin-1 would sign in as
 * somebody else. */
static const gchar *
user_of (const CrActor *actor)
{
  return actor->id != NULL ? actor->id : cr_role_name (actor->role);
}

static void
add_turn_links (const CrConfig *config, const CrActor *actor, gint64 wall_us, SoupMessageHeaders *headers)
{
  g_autofree gchar *username = NULL;
  g_autofree gchar *password = NULL;

  if (config->turn_secret != NULL)
    cr_turn_credentials (config->turn_secret, user_of (actor), wall_us / G_USEC_PER_SEC + config->turn_ttl_s,
                         &username, &password);
  for (guint i = 0; config->turn_urls[i] != NULL; i++) {
    g_autofree gchar *link = NULL;

    if (username != NULL)
      link = g_strdup_printf (
          "<%s>; rel=\"ice-server\"; username=\"%s\"; credential=\"%s\"; credential-type=\"password\"",
          config->turn_urls[i], username, password);
    else
      link = g_strdup_printf ("<%s>; rel=\"ice-server\"", config->turn_urls[i]);
    soup_message_headers_append (headers, "Link", link);
  }
}

void
cr_ice_servers_add_links (const CrConfig *config, const CrActor *actor, gint64 wall_us,
                          SoupMessageHeaders *headers)
{
  for (guint i = 0; config->stun_urls[i] != NULL; i++) {
    g_autofree gchar *link = g_strdup_printf ("<%s>; rel=\"ice-server\"", config->stun_urls[i]);

    soup_message_headers_append (headers, "Link", link);
  }
  add_turn_links (config, actor, wall_us, headers);
}
