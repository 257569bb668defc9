/* SPDX-License-Identifier: Apache-2.0
 *
 * Who owns a tuple, a fragment and a handshake, through take-overs and removals.
 */
#include "rtc/peer-table.h"

/* The table never looks inside a peer, so any address will do. */
static gchar peers[4];
#define PEER(i) ((CrPeer *)&peers[i])

static CrPath
path_of (guint16 port)
{
  CrPath path = {.remote.port = port};

  return path;
}

static void
on_forgotten (const CrPath *path, gpointer data)
{
  *(guint *)data += path->remote.port;
}

static void
test_remove_forgets_all (void)
{
  g_autoptr (CrPeerTable) table = cr_peer_table_new ();
  CrPath one = path_of (1), two = path_of (2), three = path_of (3);
  guint sum = 0;

  cr_peer_table_add (table, PEER (0));
  cr_peer_table_add (table, PEER (1));
  cr_peer_table_bind_path (table, &one, PEER (0));
  cr_peer_table_bind_path (table, &two, PEER (0));
  cr_peer_table_bind_path (table, &three, PEER (1));
  cr_peer_table_add_ufrag (table, "old", PEER (0));
  cr_peer_table_add_ufrag (table, "new", PEER (0));
  cr_peer_table_add_ufrag (table, "other", PEER (1));
  cr_peer_table_handshake_started (table, PEER (0));

  cr_peer_table_remove (table, PEER (0), on_forgotten, &sum);
  g_assert_cmpuint (sum, ==, 3);
  g_assert_null (cr_peer_table_find_path (table, &one));
  g_assert_null (cr_peer_table_find_ufrag (table, "old"));
  g_assert_null (cr_peer_table_find_ufrag (table, "new"));
  g_assert_null (cr_peer_table_take_oldest_handshake (table));
  g_assert_true (cr_peer_table_find_path (table, &three) == PEER (1));
  g_assert_true (cr_peer_table_find_ufrag (table, "other") == PEER (1));
  g_assert_cmpuint (cr_peer_table_size (table), ==, 1);
}

static void
test_take_over (void)
{
  g_autoptr (CrPeerTable) table = cr_peer_table_new ();
  CrPath path = path_of (1);
  guint sum = 0;

  cr_peer_table_add (table, PEER (0));
  cr_peer_table_add (table, PEER (1));
  cr_peer_table_bind_path (table, &path, PEER (0));
  cr_peer_table_bind_path (table, &path, PEER (1));
  g_assert_true (cr_peer_table_find_path (table, &path) == PEER (1));
  cr_peer_table_remove (table, PEER (0), on_forgotten, &sum);
  g_assert_cmpuint (sum, ==, 0);
  g_assert_true (cr_peer_table_find_path (table, &path) == PEER (1));

  g_assert_true (cr_peer_table_unbind_path (table, &path));
  g_assert_false (cr_peer_table_unbind_path (table, &path));
  g_assert_null (cr_peer_table_find_path (table, &path));
}

static void
test_handshakes (void)
{
  g_autoptr (CrPeerTable) table = cr_peer_table_new ();

  g_assert_cmpuint (cr_peer_table_handshake_started (table, PEER (0)), ==, 1);
  g_assert_cmpuint (cr_peer_table_handshake_started (table, PEER (1)), ==, 2);
  g_assert_cmpuint (cr_peer_table_handshake_started (table, PEER (0)), ==, 2);
  g_assert_cmpuint (cr_peer_table_handshake_started (table, PEER (2)), ==, 3);
  cr_peer_table_handshake_ended (table, PEER (1));
  cr_peer_table_handshake_ended (table, PEER (3)); /* never began */
  g_assert_true (cr_peer_table_take_oldest_handshake (table) == PEER (0));
  g_assert_true (cr_peer_table_take_oldest_handshake (table) == PEER (2));
  g_assert_null (cr_peer_table_take_oldest_handshake (table));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peer-table/remove-forgets-all", test_remove_forgets_all);
  g_test_add_func ("/peer-table/take-over", test_take_over);
  g_test_add_func ("/peer-table/handshakes", test_handshakes);
  return g_test_run ();
}
