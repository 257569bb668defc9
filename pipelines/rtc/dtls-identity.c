/* SPDX-License-Identifier: Apache-2.0
 *
 * Who we are in DTLS: a fresh self-signed ECDSA P-256 certificate for the life of the process, and one
 * SSL_CTX with everything that all associations share: DTLS 1.2 alone, forward-secret AEAD ciphers, no
 * tickets, no session cache, no renegotiation. A certificate is trusted for its fingerprint in the
 * description, so no chain is built.
 */
#include "rtc/dtls-identity.h"

#include <gio/gio.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/srtp.h>
#include <string.h>

/* A year: browsers accept any, and no process lives that long without an update. */
#define CERTIFICATE_SECONDS (365 * 24 * 3600L)
/* Clocks of old PCs are wrong; a certificate that is not valid yet would be refused by strict clients. */
#define CERTIFICATE_BACKDATE_SECONDS (24 * 3600L)

#define PROFILE_GCM "SRTP_AEAD_AES_128_GCM"
#define PROFILE_CM  "SRTP_AES128_CM_SHA1_80"

struct CrDtlsIdentity {
  SSL_CTX *context;
  gchar *fingerprint;
};

static gchar *
digest_to_text (const guint8 *digest, guint n)
{
  GString *text = g_string_sized_new (n * 3);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, i == 0 ? "%02X" : ":%02X", digest[i]);
  return g_string_free (text, FALSE);
}

/* The hash functions of RFC 8122 section 5 that still bind; sha-1 and md5 do not. */
static const EVP_MD *
digest_from_name (const gchar *name, gsize length)
{
  static const struct {
    const gchar *name;
    const EVP_MD *(*get) (void);
  } digests[] = {{"sha-256", EVP_sha256}, {"sha-384", EVP_sha384}, {"sha-512", EVP_sha512}};

  for (guint i = 0; i < G_N_ELEMENTS (digests); i++) {
    if (length == strlen (digests[i].name) && g_ascii_strncasecmp (name, digests[i].name, length) == 0)
      return digests[i].get ();
  }
  return NULL;
}

gboolean
cr_dtls_fingerprint_matches (const gchar *fingerprint, X509 *certificate)
{
  const gchar *space = strchr (fingerprint, ' ');
  g_autofree gchar *actual = NULL;
  const EVP_MD *digest;
  guint8 hash[EVP_MAX_MD_SIZE];
  unsigned int hash_bytes;

  if (space == NULL)
    return FALSE;
  digest = digest_from_name (fingerprint, (gsize)(space - fingerprint));
  if (digest == NULL || X509_digest (certificate, digest, hash, &hash_bytes) != 1)
    return FALSE;
  actual = digest_to_text (hash, hash_bytes);
  while (*space == ' ')
    space++;
  return g_ascii_strcasecmp (space, actual) == 0;
}

/* X509_STORE_CTX callback in the place of chain building. */
static int
on_certificate_shown (X509_STORE_CTX *store, void *data)
{
  SSL *ssl = X509_STORE_CTX_get_ex_data (store, SSL_get_ex_data_X509_STORE_CTX_idx ());

  if (cr_dtls_verify_peer (ssl, X509_STORE_CTX_get0_cert (store)) == 1)
    return 1;
  X509_STORE_CTX_set_error (store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

static gboolean
fill_certificate (X509 *certificate, EVP_PKEY *key)
{
  guint8 random[8];
  guint64 serial;
  g_autofree gchar *name = NULL;
  X509_NAME *subject;

  if (RAND_bytes (random, sizeof random) != 1)
    return FALSE;
  memcpy (&serial, random, sizeof serial);
  name = g_strdup_printf ("classrelay-%02x%02x%02x%02x", random[4], random[5], random[6], random[7]);
  subject = X509_get_subject_name (certificate);

  return X509_set_version (certificate, X509_VERSION_3) == 1 &&
         ASN1_INTEGER_set_uint64 (X509_get_serialNumber (certificate), serial) == 1 &&
         X509_gmtime_adj (X509_getm_notBefore (certificate), -CERTIFICATE_BACKDATE_SECONDS) != NULL &&
         X509_gmtime_adj (X509_getm_notAfter (certificate), CERTIFICATE_SECONDS) != NULL &&
         X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_ASC, (const guchar *)name, -1, -1, 0) == 1 &&
         X509_set_issuer_name (certificate, subject) == 1 && X509_set_pubkey (certificate, key) == 1 &&
         X509_sign (certificate, key, EVP_sha256 ()) > 0;
}

static gboolean
use_new_certificate (CrDtlsIdentity *identity)
{
  EVP_PKEY *key = EVP_EC_gen ("P-256");
  X509 *certificate = X509_new ();
  guint8 hash[EVP_MAX_MD_SIZE];
  unsigned int hash_bytes;
  gboolean ok = key != NULL && certificate != NULL && fill_certificate (certificate, key) &&
                SSL_CTX_use_certificate (identity->context, certificate) == 1 &&
                SSL_CTX_use_PrivateKey (identity->context, key) == 1 &&
                X509_digest (certificate, EVP_sha256 (), hash, &hash_bytes) == 1;

  if (ok)
    identity->fingerprint = digest_to_text (hash, hash_bytes);
  X509_free (certificate);
  EVP_PKEY_free (key);
  return ok;
}

static gboolean
configure (SSL_CTX *context)
{
  SSL_CTX_set_options (context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                    SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead (context, 1); /* a datagram is read whole or lost */
  SSL_CTX_set_verify (context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  SSL_CTX_set_cert_verify_callback (context, on_certificate_shown, NULL);

  return SSL_CTX_set_min_proto_version (context, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version (context, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list (context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
         SSL_CTX_set1_groups_list (context, "X25519:P-256:P-384") == 1 &&
         SSL_CTX_set_tlsext_use_srtp (context, PROFILE_GCM ":" PROFILE_CM) == 0; /* 0 is success here */
}

CrDtlsIdentity *
cr_dtls_identity_new (GError **error)
{
  g_autoptr (CrDtlsIdentity) identity = g_new0 (CrDtlsIdentity, 1);

  ERR_clear_error ();
  identity->context = SSL_CTX_new (DTLS_method ());
  if (identity->context == NULL || !configure (identity->context) || !use_new_certificate (identity)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Cannot make a DTLS identity: %s",
                 ERR_reason_error_string (ERR_peek_last_error ()));
    return NULL;
  }
  return g_steal_pointer (&identity);
}

void
cr_dtls_identity_restrict_profile (CrDtlsIdentity *identity, CrSrtpProfile profile)
{
  const gchar *names = PROFILE_GCM ":" PROFILE_CM;

  if (profile == CR_SRTP_AEAD_AES_128_GCM)
    names = PROFILE_GCM;
  else if (profile == CR_SRTP_AES128_CM_SHA1_80)
    names = PROFILE_CM;
  if (SSL_CTX_set_tlsext_use_srtp (identity->context, names) != 0)
    g_assert_not_reached (); /* the names are constants that the library knows */
}

void
cr_dtls_identity_free (CrDtlsIdentity *identity)
{
  if (identity == NULL)
    return;
  SSL_CTX_free (identity->context);
  g_free (identity->fingerprint);
  g_free (identity);
}

const gchar *
cr_dtls_identity_get_fingerprint (CrDtlsIdentity *identity)
{
  return identity->fingerprint;
}

SSL_CTX *
cr_dtls_identity_get_context (CrDtlsIdentity *identity)
{
  return identity->context;
}
