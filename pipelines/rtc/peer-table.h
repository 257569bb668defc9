/* SPDX-License-Identifier: Apache-2.0
 *
 * Which peer a packet belongs to: by 5-tuple, or by the username fragment of a connectivity check while the
 * tuple is new. Also the queue of DTLS handshakes in progress. It holds no reference to a peer and never
 * looks inside one.
 *
 * Thread: media.
 */
#pragma once

#include "rtc/path.h"

G_BEGIN_DECLS

typedef struct CrPeer CrPeer;
typedef struct CrPeerTable CrPeerTable;

CrPeerTable *cr_peer_table_new (void);
void cr_peer_table_free (CrPeerTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPeerTable, cr_peer_table_free)

void cr_peer_table_add (CrPeerTable *table, CrPeer *peer);

/* Forgets the peer's tuples, fragments and handshake, too; `func` is called for each tuple. */
typedef void (*CrPathFunc) (const CrPath *path, gpointer data);
void cr_peer_table_remove (CrPeerTable *table, CrPeer *peer, CrPathFunc func, gpointer data);
guint cr_peer_table_size (CrPeerTable *table);

/* A tuple that another peer had goes to the new one. */
void cr_peer_table_bind_path (CrPeerTable *table, const CrPath *path, CrPeer *peer);

/* TRUE when the tuple belonged to somebody. */
gboolean cr_peer_table_unbind_path (CrPeerTable *table, const CrPath *path);
CrPeer *cr_peer_table_find_path (CrPeerTable *table, const CrPath *path); /* NULL: nobody's */

void cr_peer_table_add_ufrag (CrPeerTable *table, const gchar *ufrag, CrPeer *peer);
void cr_peer_table_remove_ufrag (CrPeerTable *table, const gchar *ufrag);
CrPeer *cr_peer_table_find_ufrag (CrPeerTable *table, const gchar *ufrag); /* NULL: nobody's */

/* Returns the number in progress. */
guint cr_peer_table_handshake_started (CrPeerTable *table, CrPeer *peer);
void cr_peer_table_handshake_ended (CrPeerTable *table, CrPeer *peer);

/* The oldest handshake, which is in progress no longer; NULL when there is none. */
CrPeer *cr_peer_table_take_oldest_handshake (CrPeerTable *table);

G_END_DECLS
