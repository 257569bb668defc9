/* SPDX-License-Identifier: Apache-2.0
 *
 * Three hash tables and a queue.
 */
#include "rtc/peer-table.h"

#include <string.h>

typedef struct {
  CrPath path; /* the key */
  CrPeer *peer;
} Tuple;

struct CrPeerTable {
  GHashTable *peers;       /* set of CrPeer */
  GHashTable *tuples;      /* CrPath -> Tuple */
  GHashTable *ufrags;      /* gchar * -> CrPeer */
  GQueue handshakes;       /* of CrPeer, oldest first */
  GHashTable *handshakers; /* CrPeer -> its GList in `handshakes` */
};

static gboolean
path_equal (gconstpointer a, gconstpointer b)
{
  return cr_path_equal (a, b);
}

static guint
path_hash (gconstpointer path)
{
  return cr_path_hash (path);
}

CrPeerTable *
cr_peer_table_new (void)
{
  CrPeerTable *table = g_new0 (CrPeerTable, 1);

  table->peers = g_hash_table_new (NULL, NULL);
  table->tuples = g_hash_table_new_full (path_hash, path_equal, NULL, g_free);
  table->ufrags = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  table->handshakers = g_hash_table_new (NULL, NULL);
  g_queue_init (&table->handshakes);
  return table;
}

void
cr_peer_table_free (CrPeerTable *table)
{
  if (table == NULL)
    return;
  g_hash_table_unref (table->peers);
  g_hash_table_unref (table->tuples);
  g_hash_table_unref (table->ufrags);
  g_hash_table_unref (table->handshakers);
  g_queue_clear (&table->handshakes);
  g_free (table);
}

void
cr_peer_table_add (CrPeerTable *table, CrPeer *peer)
{
  g_assert (g_hash_table_add (table->peers, peer));
}

static gboolean
ufrag_is_of (gpointer key, gpointer value, gpointer peer)
{
  return value == peer;
}

void
cr_peer_table_remove (CrPeerTable *table, CrPeer *peer, CrPathFunc func, gpointer data)
{
  GHashTableIter iter;
  gpointer tuple;

  if (!g_hash_table_remove (table->peers, peer))
    return;
  cr_peer_table_handshake_ended (table, peer);
  g_hash_table_foreach_remove (table->ufrags, ufrag_is_of, peer);

  g_hash_table_iter_init (&iter, table->tuples);
  while (g_hash_table_iter_next (&iter, NULL, &tuple)) {
    if (((Tuple *)tuple)->peer != peer)
      continue;
    func (&((Tuple *)tuple)->path, data);
    g_hash_table_iter_remove (&iter);
  }
}

guint
cr_peer_table_size (CrPeerTable *table)
{
  return g_hash_table_size (table->peers);
}

void
cr_peer_table_bind_path (CrPeerTable *table, const CrPath *path, CrPeer *peer)
{
  Tuple *tuple = g_hash_table_lookup (table->tuples, path);

  if (tuple == NULL) {
    tuple = g_new (Tuple, 1);
    tuple->path = *path;
    g_hash_table_insert (table->tuples, &tuple->path, tuple);
  }
  tuple->peer = peer;
}

gboolean
cr_peer_table_unbind_path (CrPeerTable *table, const CrPath *path)
{
  return g_hash_table_remove (table->tuples, path);
}

CrPeer *
cr_peer_table_find_path (CrPeerTable *table, const CrPath *path)
{
  Tuple *tuple = g_hash_table_lookup (table->tuples, path);

  return tuple != NULL ? tuple->peer : NULL;
}

void
cr_peer_table_add_ufrag (CrPeerTable *table, const gchar *ufrag, CrPeer *peer)
{
  g_hash_table_replace (table->ufrags, g_strdup (ufrag), peer);
}

void
cr_peer_table_remove_ufrag (CrPeerTable *table, const gchar *ufrag)
{
  g_hash_table_remove (table->ufrags, ufrag);
}

CrPeer *
cr_peer_table_find_ufrag (CrPeerTable *table, const gchar *ufrag)
{
  return g_hash_table_lookup (table->ufrags, ufrag);
}

guint
cr_peer_table_handshake_started (CrPeerTable *table, CrPeer *peer)
{
  if (!g_hash_table_contains (table->handshakers, peer)) {
    g_queue_push_tail (&table->handshakes, peer);
    g_hash_table_insert (table->handshakers, peer, table->handshakes.tail);
  }
  return table->handshakes.length;
}

void
cr_peer_table_handshake_ended (CrPeerTable *table, CrPeer *peer)
{
  GList *link = g_hash_table_lookup (table->handshakers, peer);

  if (link == NULL)
    return;
  g_queue_delete_link (&table->handshakes, link);
  g_hash_table_remove (table->handshakers, peer);
}

CrPeer *
cr_peer_table_take_oldest_handshake (CrPeerTable *table)
{
  CrPeer *peer = g_queue_pop_head (&table->handshakes);

  if (peer != NULL)
    g_hash_table_remove (table->handshakers, peer);
  return peer;
}
