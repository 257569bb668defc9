/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the light peer share: descriptors watched by the loop, connectivity checks made and their
 * answers read, and the transport's part of an answer.
 */
#pragma once

#include "light-loop.h"
#include "rtc/dtls.h"
#include "rtc/ice.h"
#include <stun/stunagent.h>

G_BEGIN_DECLS

/* --- light-loop.c --- */

/* Embedded in its owner. `func` may unwatch any watch, its own included. */
typedef struct CrLightWatch CrLightWatch;
struct CrLightWatch {
  int fd; /* -1: not watched */
  void (*func) (CrLightWatch *watch, guint32 events, gpointer data);
  gpointer data;
};

gboolean cr_light_loop_watch (CrLightLoop *loop, CrLightWatch *watch, int fd, guint32 events);
void cr_light_loop_change_watch (CrLightLoop *loop, CrLightWatch *watch, guint32 events);
void cr_light_loop_unwatch (CrLightLoop *loop, CrLightWatch *watch); /* does not close */

CrLightLoopStats *cr_light_loop_stats (CrLightLoop *loop);
StunAgent *cr_light_loop_get_stun (CrLightLoop *loop);

/* Reads what a UDP socket has, within bounds, and hands on one datagram at a time, with at least 8 readable
 * bytes after it. `func` returns FALSE to stop. `*dropped` is the kernel's count of losses on this socket, 0
 * at first. */
typedef gboolean (*CrLightDatagramFunc) (guint8 *datagram, gsize length_bytes, gpointer data);
void cr_light_loop_read_udp (CrLightLoop *loop, int fd, guint32 *dropped, CrLightDatagramFunc func,
                             gpointer data);

/* --- light-wire.c --- */

/* One UDP socket, or one TCP connection with the framing of RFC 4571. */
typedef struct CrLightWire CrLightWire;

typedef struct {
  /* FALSE: hand on no more of this turn. The wire must not be closed or freed from within. */
  gboolean (*on_packet) (guint8 *packet, gsize length_bytes, gpointer data);
  void (*on_ready) (gpointer data); /* the TCP connection is there */
  /* The last call of a turn: here the wire may be freed. `broken`: the TCP connection has ended or could not
   * be made. */
  void (*on_turn_ended) (gboolean broken, gpointer data);
} CrLightWireHandler;

CrLightWire *cr_light_wire_new (CrLightLoop *loop, const CrLightWireHandler *handler, gpointer data);
void cr_light_wire_free (CrLightWire *wire);

/* Each replaces what was open. */
gboolean cr_light_wire_open_udp (CrLightWire *wire, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_light_wire_open_tcp (CrLightWire *wire, const CrAddress *remote,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Of sockets opened later. */
void cr_light_wire_stamp_arrivals (CrLightWire *wire);

/* `remote` matters to UDP only. FALSE when it was not taken. */
gboolean cr_light_wire_send (CrLightWire *wire, const CrAddress *remote, const guint8 *data,
                             gsize length_bytes);
/* Between the two, datagrams are kept, as many as fit one burst, and then leave in one system call. */
void cr_light_wire_cork (CrLightWire *wire);
void cr_light_wire_uncork (CrLightWire *wire);
void cr_light_wire_flush (CrLightWire *wire); /* TCP: what the kernel takes now */
guint16 cr_light_wire_get_local_port (CrLightWire *wire);

/* --- light-check.c --- */

#define CR_LIGHT_CHECK_MAX_BYTES   512
#define CR_LIGHT_TRANSACTION_BYTES 12

typedef struct {
  const CrIceCredentials *local;
  const gchar *remote_ufrag;
  const gchar *remote_password;
  guint64 tie_breaker;
  gboolean use_candidate;
} CrLightCheck;

/* A binding request in the controlling role (RFC 8445 section 7.2). Returns its length. */
gsize cr_light_check_write (StunAgent *stun, const CrLightCheck *check, guint8 *out, guint8 *transaction);

/* TRUE when `data` is a success response with integrity under `remote_password`; `transaction` is then which
 * request it answers. */
gboolean cr_light_check_read_response (const guint8 *data, gsize length_bytes, const gchar *remote_password,
                                       guint8 *transaction);

/* Answers a request of the other side, which a full agent makes too (RFC 8445 section 7.3). `data` has 8 zero
 * bytes after it. Returns the reply's length, 0 when there is nothing to say to it; `out` has
 * CR_LIGHT_CHECK_MAX_BYTES. */
gsize cr_light_check_answer (StunAgent *stun, const CrIceCredentials *local, const CrAddress *remote,
                             guint8 *data, gsize length_bytes, guint8 *out);

/* --- light-answer.c --- */

#define CR_LIGHT_MAX_CANDIDATES 16

typedef struct {
  CrAddress address;
  gboolean tcp;
} CrLightCandidate;

typedef struct {
  gchar *ufrag;
  gchar *password;
  gchar *fingerprint; /* "sha-256 AB:CD:…"; NULL in a fragment */
  CrDtlsRole role;    /* ours */
  guint n_candidates;
  CrLightCandidate candidates[CR_LIGHT_MAX_CANDIDATES];
} CrLightAnswer;

/* Reads an answer, or the fragment that answers a restart. Errors: G_IO_ERROR_INVALID_DATA. */
CrLightAnswer *cr_light_answer_parse (const gchar *sdp, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_light_answer_free (CrLightAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLightAnswer, cr_light_answer_free)

/* --- light-ice.c --- */

/* Checks whose answer may still come: two rounds of a host with four addresses. */
#define CR_LIGHT_REMEMBERED_CHECKS 8

typedef struct {
  guint8 transaction[CR_LIGHT_TRANSACTION_BYTES];
  guint candidate;
  gboolean nominating;
} CrLightSentCheck;

typedef struct {
  StunAgent *stun;
  guint64 tie_breaker;
  CrIceCredentials local;
  const CrLightAnswer *answer;        /* the other side's credentials */
  const CrLightCandidate *candidates; /* of one transport */
  guint n_candidates;

  gint chosen;        /* the candidate that answered first; -1 while none has */
  gboolean nominated; /* and it has accepted that */
  guint n_checks;
  gint64 rto_us;
  gint64 due_us; /* of the next check; G_MAXINT64 before the first */
  CrLightSentCheck sent[CR_LIGHT_REMEMBERED_CHECKS];
  guint n_sent;
} CrLightIce;

void cr_light_ice_init (CrLightIce *ice, StunAgent *stun);

/* The first time and for a restart. `answer` and `candidates` outlive it or the next call. */
void cr_light_ice_begin (CrLightIce *ice, const CrIceCredentials *local, const CrLightAnswer *answer,
                         const CrLightCandidate *candidates, guint n_candidates, gint64 now_us);

/* The path has changed under it: nominate anew, at once. */
void cr_light_ice_check_again (CrLightIce *ice, gint64 now_us);

/* The check that is due; `out` has CR_LIGHT_CHECK_MAX_BYTES. Moves due_us. */
gsize cr_light_ice_write_due (CrLightIce *ice, gint64 now_us, guint8 *out, CrAddress *to);

typedef enum { CR_LIGHT_ICE_JUNK, CR_LIGHT_ICE_ANSWERED, CR_LIGHT_ICE_NOMINATED } CrLightIceNews;

/* What arrived; `remote` is set when it is NOMINATED. */
CrLightIceNews cr_light_ice_receive (CrLightIce *ice, const guint8 *data, gsize length_bytes, gint64 now_us,
                                     CrAddress *remote);

G_END_DECLS
