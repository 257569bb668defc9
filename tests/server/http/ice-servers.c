/* SPDX-License-Identifier: Apache-2.0
 *
 * Link headers of STUN and TURN servers, with credentials that coturn would compute the same way.
 */
#include "http/ice-servers.h"

#include <string.h>

static void
test_credentials_are_hmac_sha1 (void)
{
  g_autofree gchar *username = NULL;
  g_autofree gchar *password = NULL;

  /* printf %s 1700000000:viewer | openssl dgst -sha1 -hmac north -binary | base64 */
  cr_turn_credentials ("north", "viewer", 1700000000, &username, &password);
  g_assert_cmpstr (username, ==, "1700000000:viewer");
  g_assert_cmpstr (password, ==, "6+yi/bVtfd33MEvbIUAHKkmAKPw=");
}

static void
test_links_name_every_server (void)
{
  g_autoptr (CrConfig) config = cr_config_new ();
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  CrActor actor = {.name = (gchar *)"viewer", .role = CR_ROLE_VIEWER};
  const gchar *links;

  cr_ice_servers_add_links (config, &actor, 0, headers);
  g_assert_null (soup_message_headers_get_list (headers, "Link"));

  g_assert_true (cr_config_set (config, "ice", "stun_urls", "stun:s.example", NULL));
  g_assert_true (
      cr_config_set (config, "ice", "turn_urls", "turn:t.example?transport=udp,turns:t.example", NULL));
  cr_ice_servers_add_links (config, &actor, 0, headers);
  g_assert_cmpstr (
      soup_message_headers_get_list (headers, "Link"), ==,
      "<stun:s.example>; rel=\"ice-server\", <turn:t.example?transport=udp>; rel=\"ice-server\", "
      "<turns:t.example>; rel=\"ice-server\"");

  soup_message_headers_clear (headers);
  g_assert_true (cr_config_set (config, "ice", "turn_secret", "north", NULL));
  g_assert_true (cr_config_set (config, "ice", "turn_ttl_s", "100", NULL));
  cr_ice_servers_add_links (config, &actor, (1700000000 - 100) * (gint64)G_USEC_PER_SEC, headers);
  links = soup_message_headers_get_list (headers, "Link");
  g_assert_nonnull (
      g_strstr_len (links, -1,
                    "<turns:t.example>; rel=\"ice-server\"; username=\"1700000000:viewer\"; "
                    "credential=\"6+yi/bVtfd33MEvbIUAHKkmAKPw=\"; credential-type=\"password\""));
}

/* Names of people and devices are of all scripts, and have quotes in them. */
static void
test_credentials_are_plain_whatever_the_name (void)
{
  g_autoptr (CrConfig) config = cr_config_new ();
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  CrActor actor = {.name = (gchar *)"李\"娜", .id = (gchar *)"a7k2", .role = CR_ROLE_TEACHER};
  const gchar *links;

  g_assert_true (cr_config_set (config, "ice", "turn_urls", "turns:t.example", NULL));
  g_assert_true (cr_config_set (config, "ice", "turn_secret", "north", NULL));
  g_assert_true (cr_config_set (config, "ice", "turn_ttl_s", "100", NULL));
  cr_ice_servers_add_links (config, &actor, 0, headers);
  links = soup_message_headers_get_list (headers, "Link");
  g_assert_nonnull (strstr (links, "username=\"100:a7k2\""));
  g_assert_true (g_str_is_ascii (links));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/http/ice-servers/credentials-are-hmac-sha1", test_credentials_are_hmac_sha1);
  g_test_add_func ("/server/http/ice-servers/links-name-every-server", test_links_name_every_server);
  g_test_add_func ("/server/http/ice-servers/credentials-are-plain-whatever-the-name",
                   test_credentials_are_plain_whatever_the_name);
  return g_test_run ();
}
