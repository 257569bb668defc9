/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of the transport: a worker whose time is moved by hand, a loop of light peers on the test's own
 * thread, and pairs of one relay's peer and one light peer over loopback.
 */
#pragma once

#include "light-peer.h"
#include "rtc/peer.h"

#define CR_PAIR_PATIENCE_US (20 * G_USEC_PER_SEC)

typedef struct {
  gint64 offset_us; /* atomic: moved here, read by the worker */
  CrClock clock;
  CrWorker *worker;
  CrLightLoop *loop;
  CrDtlsIdentity *relay, *guest;
} CrPairFixture;

/* Both ends of one transport. */
typedef struct {
  CrPairFixture *f;
  CrPeer *peer;
  CrLightPeer *light;
  CrIceCredentials local;
  CrDtlsRole role;
  CrLightTransport transport;
  gint connected, closed, end, rtp, rtcp; /* atomic, of the relay's peer */
  gint light_connected, light_closed, light_end, light_rtp, light_rtcp;
  gboolean free_on_close;
  gboolean one_candidate;
  guint8 last_rtp[64];
} CrPair;

typedef struct {
  CrPair *pair;
  guint16 seq;
  gboolean sent;
} CrPairSending;

/* With how many handshakes at once; cr_pair_set_up() opens one that allows two. */
void cr_pair_open_worker (CrPairFixture *f, guint max_handshakes);
void cr_pair_set_up (CrPairFixture *f, gconstpointer data);
void cr_pair_tear_down (CrPairFixture *f, gconstpointer data);

/* All timers that are due after it have run when it returns. */
void cr_pair_move_time (CrPairFixture *f, gint64 by_us);

/* For cr_media_invoke_sync(): to wait for a turn; to start and stop the relay's peer of a CrPair. */
void cr_pair_nothing (gpointer data);
void cr_pair_start_peer (gpointer data);
void cr_pair_stop_peer (gpointer data);

/* Starts both sides, with the fingerprints that each is told of the other. */
void cr_pair_open_with (CrPair *pair, const gchar *relay_print, const gchar *guest_print);
void cr_pair_open (CrPair *pair);
void cr_pair_connect (CrPair *pair); /* and waits until both are connected */
void cr_pair_close (CrPair *pair);

/* 60 bytes. */
void cr_pair_fill_packet (guint8 *packet, guint16 seq);

/* One RTP and one RTCP packet each way. */
void cr_pair_assert_media_flows (CrPair *pair);

guint16 cr_pair_remote_port (CrPair *pair); /* of the path in use; 0: none */
CrPeerState cr_pair_state (CrPair *pair);

/* A check as a controlling agent writes it, into at least 512 bytes. */
gsize cr_pair_write_check (const CrIceCredentials *local, const gchar *remote_ufrag, gboolean use_candidate,
                           guint8 *out);

#define CR_PAIR_WAIT_FOR(condition)                                                                          \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    gint64 until_us = g_get_monotonic_time () + CR_PAIR_PATIENCE_US;                                         \
    while (!(condition)) {                                                                                   \
      g_assert_cmpint (g_get_monotonic_time (), <, until_us);                                                \
      if (!g_main_context_iteration (NULL, FALSE))                                                           \
        g_usleep (500);                                                                                      \
    }                                                                                                        \
  }                                                                                                          \
  G_STMT_END
