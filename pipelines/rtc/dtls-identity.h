/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of a CrDtlsIdentity that only dtls.c needs: the SSL_CTX that every association is made from.
 */
#pragma once

#include "rtc/dtls.h"

G_BEGIN_DECLS

SSL_CTX *cr_dtls_identity_get_context (CrDtlsIdentity *identity);

/* TRUE when `certificate` has this fingerprint ("sha-256 AB:CD:…", RFC 8122 section 5; also sha-384 and
 * sha-512). Any thread. */
gboolean cr_dtls_fingerprint_matches (const gchar *fingerprint, X509 *certificate);

/* Given to each SSL by SSL_set_app_data(): returns 1 to accept the peer's certificate. */
int cr_dtls_verify_peer (SSL *ssl, X509 *certificate);

G_END_DECLS
