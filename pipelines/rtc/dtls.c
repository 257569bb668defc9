/* SPDX-License-Identifier: Apache-2.0
 *
 * One DTLS association on OpenSSL. The BIO underneath is ours: what OpenSSL writes in one call is one
 * datagram, and what it reads is the one datagram that was just received. The handshake is driven by
 * SSL_do_handshake() alone, never DTLSv1_listen(), which cannot take a ClientHello in two fragments.
 *
 * Off the path; from: peer; to: the send function; thread: media; allocates: 80 KB while half open, given
 * back when connected; on failure: CR_DTLS_FAILED with a reason.
 */
#include "rtc/dtls-identity.h"

#include <openssl/err.h>
#include <openssl/srtp.h>
#include <string.h>

/* Fits any path that carries WebRTC, IPv6 and a tunnel or two included. */
#define MTU_BYTES 1200

/* First retransmission after 200 ms, so that one lost flight does not spoil a join; then doubled (RFC 6347
 * section 4.2.4.1) up to 3.2 s, beyond which waiting longer helps no line. */
#define FIRST_TIMEOUT_US (200 * 1000)
#define MAX_TIMEOUT_US   (3200 * 1000)

#define EXPORTER_LABEL "EXTRACTOR-dtls_srtp"
#define KEY_BYTES      16

struct CrDtls {
  SSL *ssl;
  CrDtlsRole role;
  CrDtlsState state;
  gchar *remote_fingerprint;
  const gchar *failure;
  CrSrtpKeys keys;
  CrDtlsSendFunc send;
  gpointer send_data;

  const guint8 *incoming; /* the datagram that OpenSSL may read; NULL when there is none */
  gsize incoming_bytes;
};

static int
on_bio_write (BIO *bio, const char *data, int length)
{
  CrDtls *dtls = BIO_get_data (bio);

  BIO_clear_retry_flags (bio);
  if (length <= 0)
    return 0;
  dtls->send ((const guint8 *)data, (gsize)length, dtls->send_data);
  return length;
}

static int
on_bio_read (BIO *bio, char *buffer, int size)
{
  CrDtls *dtls = BIO_get_data (bio);
  gsize n;

  BIO_clear_retry_flags (bio);
  if (dtls->incoming == NULL || size <= 0) {
    BIO_set_retry_read (bio);
    return -1;
  }
  n = MIN (dtls->incoming_bytes, (gsize)size);
  memcpy (buffer, dtls->incoming, n);
  dtls->incoming = NULL;
  return (int)n;
}

static long
on_bio_ctrl (BIO *bio, int command, long number, void *pointer)
{
  switch (command) {
  case BIO_CTRL_FLUSH:
  case BIO_CTRL_DUP:
  case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT: /* the peer's timer asks cr_dtls_get_timeout_us() */
    return 1;
  case BIO_CTRL_DGRAM_QUERY_MTU:
  case BIO_CTRL_DGRAM_GET_MTU:
  case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
    return MTU_BYTES;
  case BIO_CTRL_DGRAM_SET_MTU:
    return number;
  default: /* pending bytes, MTU overhead, MTU exceeded: none */
    return 0;
  }
}

/* One for the process, never freed: SSLs of any thread refer to it. */
static const BIO_METHOD *
datagram_method (void)
{
  static gsize once;

  if (g_once_init_enter (&once)) {
    BIO_METHOD *method = BIO_meth_new (BIO_get_new_index () | BIO_TYPE_SOURCE_SINK, "cr-datagram");

    g_assert (method != NULL);
    BIO_meth_set_write (method, on_bio_write);
    BIO_meth_set_read (method, on_bio_read);
    BIO_meth_set_ctrl (method, on_bio_ctrl);
    g_once_init_leave (&once, (gsize)method);
  }
  return (const BIO_METHOD *)once;
}

static unsigned int
next_timeout (SSL *ssl, unsigned int previous_us)
{
  return previous_us == 0 ? FIRST_TIMEOUT_US : MIN (previous_us * 2, MAX_TIMEOUT_US);
}

CrDtls *
cr_dtls_new (CrDtlsIdentity *identity, CrDtlsRole role, const gchar *remote_fingerprint, CrDtlsSendFunc send,
             gpointer data)
{
  CrDtls *dtls = g_new0 (CrDtls, 1);
  BIO *bio = BIO_new (datagram_method ());

  dtls->ssl = SSL_new (cr_dtls_identity_get_context (identity));
  g_assert (dtls->ssl != NULL && bio != NULL); /* only without memory */
  dtls->role = role;
  dtls->remote_fingerprint = g_strdup (remote_fingerprint);
  dtls->send = send;
  dtls->send_data = data;

  BIO_set_data (bio, dtls);
  BIO_set_init (bio, 1);
  SSL_set_bio (dtls->ssl, bio, bio);
  SSL_set_app_data (dtls->ssl, dtls);
  DTLS_set_link_mtu (dtls->ssl, MTU_BYTES);
  DTLS_set_timer_cb (dtls->ssl, next_timeout);
  if (role == CR_DTLS_SERVER)
    SSL_set_accept_state (dtls->ssl);
  else
    SSL_set_connect_state (dtls->ssl);
  return dtls;
}

void
cr_dtls_free (CrDtls *dtls)
{
  if (dtls == NULL)
    return;
  SSL_free (dtls->ssl);
  OPENSSL_cleanse (&dtls->keys, sizeof dtls->keys);
  g_free (dtls->remote_fingerprint);
  g_free (dtls);
}

int
cr_dtls_verify_peer (SSL *ssl, X509 *certificate)
{
  CrDtls *dtls = SSL_get_app_data (ssl);

  if (certificate != NULL && cr_dtls_fingerprint_matches (dtls->remote_fingerprint, certificate))
    return 1;
  dtls->failure = "the certificate does not have the fingerprint of the description";
  return 0;
}

static CrDtlsState
fail (CrDtls *dtls, const gchar *failure)
{
  if (dtls->failure == NULL) /* the first reason is the true one */
    dtls->failure = failure;
  dtls->state = CR_DTLS_FAILED;
  return dtls->state;
}

/* A reason string of the library: static, so it need not be copied. */
static const gchar *
library_reason (const gchar *otherwise)
{
  const gchar *reason = ERR_reason_error_string (ERR_peek_last_error ());

  return reason != NULL ? reason : otherwise;
}

/* RFC 5764 section 4.2: client key, server key, client salt, server salt. */
static gboolean
export_keys (CrDtls *dtls)
{
  const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile (dtls->ssl);
  guint8 material[2 * CR_SRTP_MAX_KEY_BYTES];
  guint8 *client, *server;
  gsize salt_bytes;

  if (profile == NULL)
    return FALSE;
  dtls->keys.profile = (CrSrtpProfile)profile->id;
  salt_bytes = dtls->keys.profile == CR_SRTP_AEAD_AES_128_GCM ? 12 : 14;
  dtls->keys.key_bytes = KEY_BYTES + salt_bytes;
  if (SSL_export_keying_material (dtls->ssl, material, 2 * dtls->keys.key_bytes, EXPORTER_LABEL,
                                  strlen (EXPORTER_LABEL), NULL, 0, 0) != 1)
    return FALSE;

  client = dtls->role == CR_DTLS_CLIENT ? dtls->keys.send : dtls->keys.receive;
  server = dtls->role == CR_DTLS_CLIENT ? dtls->keys.receive : dtls->keys.send;
  memcpy (client, material, KEY_BYTES);
  memcpy (server, material + KEY_BYTES, KEY_BYTES);
  memcpy (client + KEY_BYTES, material + 2 * KEY_BYTES, salt_bytes);
  memcpy (server + KEY_BYTES, material + 2 * KEY_BYTES + salt_bytes, salt_bytes);
  OPENSSL_cleanse (material, sizeof material);
  return TRUE;
}

static CrDtlsState
advance_handshake (CrDtls *dtls)
{
  int result;

  ERR_clear_error ();
  result = SSL_do_handshake (dtls->ssl);
  if (result != 1) {
    if (SSL_get_error (dtls->ssl, result) == SSL_ERROR_WANT_READ)
      return dtls->state;
    return fail (dtls, library_reason ("the handshake was broken off"));
  }
  if (!export_keys (dtls))
    return fail (dtls, "no common SRTP profile");
  dtls->state = CR_DTLS_CONNECTED;
  SSL_free_buffers (dtls->ssl);
  return dtls->state;
}

/* After the handshake there are only alerts, repeated flights (which the library answers by repeating ours)
 * and data channels, which nobody negotiated. */
static CrDtlsState
read_records (CrDtls *dtls)
{
  guint8 ignored[MTU_BYTES];
  int result, reason;

  ERR_clear_error ();
  do
    result = SSL_read (dtls->ssl, ignored, sizeof ignored);
  while (result > 0);
  reason = SSL_get_error (dtls->ssl, result);

  if (reason == SSL_ERROR_ZERO_RETURN)
    dtls->state = CR_DTLS_CLOSED; /* keeps its buffers: cr_dtls_close() may write */
  else if (reason == SSL_ERROR_SSL)
    return fail (dtls, library_reason ("the association was broken off"));
  else
    SSL_free_buffers (dtls->ssl);
  return dtls->state;
}

void
cr_dtls_start (CrDtls *dtls)
{
  if (dtls->role == CR_DTLS_CLIENT && dtls->state == CR_DTLS_HANDSHAKING)
    advance_handshake (dtls);
}

CrDtlsState
cr_dtls_receive (CrDtls *dtls, const guint8 *data, gsize length_bytes)
{
  if (dtls->state == CR_DTLS_CLOSED || dtls->state == CR_DTLS_FAILED)
    return dtls->state;

  dtls->incoming = data;
  dtls->incoming_bytes = length_bytes;
  if (dtls->state == CR_DTLS_HANDSHAKING)
    advance_handshake (dtls);
  if (dtls->state == CR_DTLS_CONNECTED) /* what is left of the datagram, close_notify among it */
    read_records (dtls);
  dtls->incoming = NULL;
  return dtls->state;
}

CrDtlsState
cr_dtls_get_state (CrDtls *dtls)
{
  return dtls->state;
}

const gchar *
cr_dtls_get_failure (CrDtls *dtls)
{
  return dtls->failure;
}

gint64
cr_dtls_get_timeout_us (CrDtls *dtls)
{
  struct timeval left;

  if (dtls->state != CR_DTLS_HANDSHAKING || DTLSv1_get_timeout (dtls->ssl, &left) != 1)
    return -1;
  return (gint64)left.tv_sec * G_USEC_PER_SEC + left.tv_usec;
}

CrDtlsState
cr_dtls_handle_timeout (CrDtls *dtls)
{
  if (dtls->state != CR_DTLS_HANDSHAKING)
    return dtls->state;
  ERR_clear_error ();
  if (DTLSv1_handle_timeout (dtls->ssl) < 0)
    return fail (dtls, library_reason ("the other side does not answer"));
  return dtls->state;
}

const CrSrtpKeys *
cr_dtls_get_keys (CrDtls *dtls)
{
  return dtls->keys.key_bytes > 0 ? &dtls->keys : NULL;
}

void
cr_dtls_close (CrDtls *dtls)
{
  guint8 none[1];

  if (dtls->state != CR_DTLS_CONNECTED && dtls->state != CR_DTLS_CLOSED)
    return;
  ERR_clear_error ();
  /* The buffers were given back, and OpenSSL writes without looking; an empty read makes them anew. */
  SSL_read (dtls->ssl, none, sizeof none);
  ERR_clear_error ();
  SSL_shutdown (dtls->ssl); /* sends ours; the other side's answer is not waited for */
  dtls->state = CR_DTLS_CLOSED;
}
