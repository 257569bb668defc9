/* SPDX-License-Identifier: Apache-2.0
 *
 * DTLS 1.2 (RFC 6347) with use_srtp (RFC 5764) for one peer, over a datagram BIO of our own: the handshake,
 * the check of the peer's certificate against the fingerprint of its description (RFC 8122), the exported
 * SRTP keys, close_notify.
 */
#pragma once

#include "rtc/srtp-keys.h"
#include <openssl/ssl.h>

G_BEGIN_DECLS

/* An ECDSA P-256 certificate and the SSL_CTX that all peers of a process share. Immutable after creation; any
 * thread. */
typedef struct CrDtlsIdentity CrDtlsIdentity;
CrDtlsIdentity *cr_dtls_identity_new (GError **error);
/* Offers or accepts only this profile (tests, benches); 0 for both, GCM first. */
void cr_dtls_identity_restrict_profile (CrDtlsIdentity *identity, CrSrtpProfile profile);
void cr_dtls_identity_free (CrDtlsIdentity *identity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrDtlsIdentity, cr_dtls_identity_free)

/* "AB:CD:…", SHA-256. */
const gchar *cr_dtls_identity_get_fingerprint (CrDtlsIdentity *identity);

typedef enum { CR_DTLS_SERVER, CR_DTLS_CLIENT } CrDtlsRole;
typedef enum { CR_DTLS_HANDSHAKING, CR_DTLS_CONNECTED, CR_DTLS_CLOSED, CR_DTLS_FAILED } CrDtlsState;

typedef struct CrDtls CrDtls;

/* Sends one datagram (at most 1200 bytes). */
typedef void (*CrDtlsSendFunc) (const guint8 *data, gsize length_bytes, gpointer data_user);

/* `remote_fingerprint` as in "sha-256 AB:CD:…"; sha-256, sha-384 and sha-512 are accepted. */
CrDtls *cr_dtls_new (CrDtlsIdentity *identity, CrDtlsRole role, const gchar *remote_fingerprint,
                     CrDtlsSendFunc send, gpointer data);
void cr_dtls_free (CrDtls *dtls);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrDtls, cr_dtls_free)

/* As client: sends the ClientHello. As server: nothing happens until one arrives. */
void cr_dtls_start (CrDtls *dtls);

/* One received datagram. Returns the state after it. Once connected the buffers of the SSL are given back. */
CrDtlsState cr_dtls_receive (CrDtls *dtls, const guint8 *data, gsize length_bytes);
CrDtlsState cr_dtls_get_state (CrDtls *dtls);

/* Why it failed, in English, for the log. */
const gchar *cr_dtls_get_failure (CrDtls *dtls);

/* Microseconds until the retransmission timer (RFC 6347 section 4.2.4.1), -1 when none runs; call
 * cr_dtls_handle_timeout() when it is due. The first is at most 200 ms. */
gint64 cr_dtls_get_timeout_us (CrDtls *dtls);
CrDtlsState cr_dtls_handle_timeout (CrDtls *dtls);

/* The keys, once connected. */
const CrSrtpKeys *cr_dtls_get_keys (CrDtls *dtls);

/* Sends close_notify. */
void cr_dtls_close (CrDtls *dtls);

G_END_DECLS
