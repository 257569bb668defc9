/* SPDX-License-Identifier: Apache-2.0
 *
 * ICE-lite (RFC 8445 section 2.5) for one peer on libnice's STUN functions: answers connectivity checks that
 * carry the right username and integrity, says nothing to any other. Which pair is used is the peer's affair;
 * this file only says what a check asked for.
 */
#pragma once

#include "rtc/path.h"

G_BEGIN_DECLS

#define CR_ICE_UFRAG_BYTES    8  /* RFC 8839 section 5.4: at least 4 */
#define CR_ICE_PASSWORD_BYTES 24 /* at least 22 */

typedef struct {
  gchar ufrag[CR_ICE_UFRAG_BYTES + 1];
  gchar password[CR_ICE_PASSWORD_BYTES + 1];
} CrIceCredentials;

/* Random credentials of the alphabet that RFC 8839 allows. Any thread. */
void cr_ice_credentials_generate (CrIceCredentials *credentials);

/* One StunAgent (12.8 KB) per worker. */
typedef struct CrIceAgent CrIceAgent;
CrIceAgent *cr_ice_agent_new (void);
void cr_ice_agent_free (CrIceAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrIceAgent, cr_ice_agent_free)

/* The calling thread's, made on first use and freed with the thread; a worker is one thread. Any thread. */
CrIceAgent *cr_ice_agent_of_thread (void);

typedef enum {
  CR_ICE_SILENT,     /* malformed, wrong integrity or not a request: send nothing */
  CR_ICE_REPLY,      /* send the reply; an authenticated check */
  CR_ICE_REPLY_ERROR /* send the reply (role conflict 487, unknown attribute 420); validates nothing */
} CrIceVerdict;

typedef struct {
  CrIceVerdict verdict;
  gboolean use_candidate;
  guint8 reply[384]; /* the longest: IPv6, and a peer with a username fragment of 256 */
  gsize reply_bytes;
} CrIceResult;

/* The username fragment that a binding request names (the part before the colon is ours): looked up before
 * anything is validated, in bounds. FALSE when there is none. `ufrag` gets at most `size` - 1 bytes. [media]
 */
gboolean cr_ice_peek_ufrag (const guint8 *data, gsize length_bytes, gchar *ufrag, gsize size);

/* Validates and answers a binding request. `data` must be followed by 8 readable zero bytes. `remote_ufrag`
 * is the peer's, which USERNAME must end with. [media] */
void cr_ice_agent_handle (CrIceAgent *agent, const CrIceCredentials *local, const gchar *remote_ufrag,
                          const CrPath *path, guint8 *data, gsize length_bytes, CrIceResult *result);

G_END_DECLS
