/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses keep their meaning through every conversion; tuples that differ in one field differ.
 */
#include "rtc/path.h"

#include <arpa/inet.h>
#include <string.h>

static void
test_parse_and_print (void)
{
  static const gchar *const good[] = {"192.0.2.1", "2001:db8::1", "::1", "127.0.0.2", "::"};
  static const gchar *const bad[] = {"", "192.0.2", "192.0.2.1:80", "[::1]", "example", "2001:db8::1%eth0"};
  CrAddress address;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autofree gchar *text = NULL;

    g_assert_true (cr_address_parse (&address, good[i], 8443));
    text = cr_address_to_string (&address);
    g_assert_cmpstr (text, ==, good[i]);
    g_assert_cmpuint (address.port, ==, 8443);
    g_assert_cmpint (cr_address_is_ipv4 (&address), ==, strchr (good[i], '.') != NULL);
    g_assert_cmpint (cr_address_is_loopback (&address), ==, i == 2 || i == 3);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (cr_address_parse (&address, bad[i], 1));
}

static void
test_sockaddr (void)
{
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons (4000)};
  struct sockaddr_in6 in6, mapped;
  CrAddress a, b;

  inet_pton (AF_INET, "198.51.100.7", &in.sin_addr);
  cr_address_from_sockaddr (&a, (struct sockaddr *)&in);
  g_assert_true (cr_address_is_ipv4 (&a));
  g_assert_cmpuint (a.port, ==, 4000);

  cr_address_to_sockaddr_in6 (&a, &mapped);
  g_assert_true (IN6_IS_ADDR_V4MAPPED (&mapped.sin6_addr));
  cr_address_from_sockaddr (&b, (struct sockaddr *)&mapped);
  g_assert_true (cr_address_equal (&a, &b));

  g_assert_true (cr_address_parse (&a, "fe80::1", 5));
  a.scope_id = 3;
  cr_address_to_sockaddr_in6 (&a, &in6);
  g_assert_cmpuint (in6.sin6_scope_id, ==, 3);
  cr_address_from_sockaddr (&b, (struct sockaddr *)&in6);
  g_assert_true (cr_address_equal (&a, &b));
  b.scope_id = 4;
  g_assert_false (cr_address_equal (&a, &b));
}

static void
test_tuples (void)
{
  CrPath path = {0}, other;

  g_assert_true (cr_address_parse (&path.remote, "192.0.2.1", 1000));
  g_assert_true (cr_address_parse (&path.local, "192.0.2.2", 2000));

  other = path;
  other.local_ifindex = 9;
  g_assert_true (cr_path_equal (&path, &other));
  g_assert_cmpuint (cr_path_hash (&path), ==, cr_path_hash (&other));

  for (guint field = 0; field < 5; field++) {
    other = path;
    if (field == 0)
      other.remote.ip[15] ^= 1;
    else if (field == 1)
      other.remote.port++;
    else if (field == 2)
      other.local.ip[15] ^= 1;
    else if (field == 3)
      other.local.port++;
    else
      other.tcp = (CrTcpLink *)&other;
    g_assert_false (cr_path_equal (&path, &other));
    g_assert_cmpuint (cr_path_hash (&path), !=, cr_path_hash (&other));
  }
}

/* 64 schools with 1,000 ports each, as behind their NATs: nearly no two share a hash. */
static void
test_hash_spreads (void)
{
  g_autoptr (GHashTable) hashes = g_hash_table_new (NULL, NULL);
  CrPath path = {0};
  guint n = 0;

  g_assert_true (cr_address_parse (&path.remote, "203.0.113.0", 0));
  g_assert_true (cr_address_parse (&path.local, "192.0.2.2", 8443));
  for (guint school = 0; school < 64; school++) {
    for (guint port = 0; port < 1000; port++, n++) {
      path.remote.ip[15] = school;
      path.remote.port = 30000 + port;
      g_hash_table_add (hashes, GUINT_TO_POINTER (cr_path_hash (&path)));
    }
  }
  g_assert_cmpuint (g_hash_table_size (hashes), >, n - 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/path/parse-and-print", test_parse_and_print);
  g_test_add_func ("/path/sockaddr", test_sockaddr);
  g_test_add_func ("/path/tuples", test_tuples);
  g_test_add_func ("/path/hash-spreads", test_hash_spreads);
  return g_test_run ();
}
