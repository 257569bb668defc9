/* SPDX-License-Identifier: Apache-2.0
 *
 *    0        8                             n-20       n-4
 *    | header | encrypted reports            | tag (16) | E, index |
 *
 * Header and last word are associated data, in this order (RFC 7714 section 9.2).
 *
 * Way back and reports; from: srtp-open, srtp-seal; thread: media; allocates: nothing after new; on failure:
 * FALSE, the packet is dropped or not sent.
 */
#include "rtc/srtcp-gcm.h"

#include "rtc/srtp-gcm.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define HEADER_BYTES 8
#define INDEX_BYTES  4
#define ENCRYPTED    0x80000000u
#define MAX_INDEX    0x7fffffffu
#define WINDOW_BITS  64

struct CrSrtcpGcm {
  EVP_CIPHER_CTX *context;
  guint8 salt[CR_SRTP_GCM_SALT_BYTES];
  guint32 index; /* of the last packet sealed */
};

CrSrtcpGcm *
cr_srtcp_gcm_new (const guint8 *master)
{
  const guint8 *master_salt = master + CR_SRTP_GCM_KEY_BYTES;
  g_autoptr (CrSrtcpGcm) gcm = g_new0 (CrSrtcpGcm, 1);
  guint8 key[CR_SRTP_GCM_KEY_BYTES];

  gcm->context = EVP_CIPHER_CTX_new ();
  if (gcm->context == NULL ||
      !cr_srtp_derive (master, master_salt, CR_SRTP_GCM_SALT_BYTES, CR_SRTP_LABEL_RTCP_KEY, key,
                       sizeof key) ||
      !cr_srtp_derive (master, master_salt, CR_SRTP_GCM_SALT_BYTES, CR_SRTP_LABEL_RTCP_SALT, gcm->salt,
                       sizeof gcm->salt) ||
      EVP_CipherInit_ex (gcm->context, EVP_aes_128_gcm (), NULL, key, NULL, 1) != 1)
    g_error ("OpenSSL has no AES-128-GCM");
  OPENSSL_cleanse (key, sizeof key);
  return g_steal_pointer (&gcm);
}

void
cr_srtcp_gcm_free (CrSrtcpGcm *gcm)
{
  if (gcm == NULL)
    return;
  EVP_CIPHER_CTX_free (gcm->context);
  OPENSSL_cleanse (gcm->salt, sizeof gcm->salt);
  g_free (gcm);
}

static guint32
read32 (const guint8 *data)
{
  return (guint32)data[0] << 24 | (guint32)data[1] << 16 | (guint32)data[2] << 8 | data[3];
}

static void
write32 (guint8 *data, guint32 value)
{
  for (guint i = 0; i < 4; i++)
    data[i] = (guint8)(value >> (24 - 8 * i));
}

/* 00 00, SSRC, 00 00, index; exclusive-or with the salt (RFC 7714 section 9.1). */
static gboolean
begin (CrSrtcpGcm *gcm, gboolean seals, const guint8 *header, guint32 index)
{
  guint8 iv[CR_SRTP_GCM_SALT_BYTES] = {0}, last[INDEX_BYTES];
  int ignored;

  memcpy (iv + 2, header + 4, 4);
  write32 (iv + 8, index);
  for (guint i = 0; i < sizeof iv; i++)
    iv[i] ^= gcm->salt[i];
  write32 (last, ENCRYPTED | index);
  return EVP_CipherInit_ex (gcm->context, NULL, NULL, NULL, iv, seals) == 1 &&
         EVP_CipherUpdate (gcm->context, NULL, &ignored, header, HEADER_BYTES) == 1 &&
         EVP_CipherUpdate (gcm->context, NULL, &ignored, last, sizeof last) == 1;
}

gboolean
cr_srtcp_gcm_seal (CrSrtcpGcm *gcm, guint8 *data, gsize *length_bytes)
{
  guint8 *tag = data + *length_bytes;
  int ignored;

  if (*length_bytes < HEADER_BYTES || *length_bytes > G_MAXUINT16 || gcm->index == MAX_INDEX)
    return FALSE; /* an index is never used twice (RFC 3711 section 9.2) */
  gcm->index++;
  if (!begin (gcm, TRUE, data, gcm->index) ||
      (*length_bytes > HEADER_BYTES &&
       EVP_CipherUpdate (gcm->context, data + HEADER_BYTES, &ignored, data + HEADER_BYTES,
                         (int)(*length_bytes - HEADER_BYTES)) != 1) ||
      EVP_CipherFinal_ex (gcm->context, tag, &ignored) != 1 ||
      EVP_CIPHER_CTX_ctrl (gcm->context, EVP_CTRL_AEAD_GET_TAG, CR_SRTP_GCM_TAG_BYTES, tag) != 1)
    return FALSE;
  write32 (tag + CR_SRTP_GCM_TAG_BYTES, ENCRYPTED | gcm->index);
  *length_bytes += CR_SRTP_GCM_TAG_BYTES + INDEX_BYTES;
  return TRUE;
}

gboolean
cr_srtcp_gcm_is_encrypted (const guint8 *data, gsize length_bytes)
{
  return length_bytes >= INDEX_BYTES && (data[length_bytes - INDEX_BYTES] & 0x80) != 0;
}

static gboolean
may_be_new (const CrSrtcpWindow *window, guint32 index)
{
  if (window->seen == 0 || index > window->newest)
    return TRUE;
  return window->newest - index < WINDOW_BITS && (window->seen >> (window->newest - index) & 1) == 0;
}

static void
note_seen (CrSrtcpWindow *window, guint32 index)
{
  guint32 ahead = index - window->newest;

  if (window->seen != 0 && index <= window->newest) {
    window->seen |= G_GUINT64_CONSTANT (1) << (window->newest - index);
    return;
  }
  window->seen = window->seen != 0 && ahead < WINDOW_BITS ? window->seen << ahead | 1 : 1;
  window->newest = index;
}

gboolean
cr_srtcp_gcm_open (CrSrtcpGcm *gcm, CrSrtcpWindow *window, guint8 *data, gsize *length_bytes)
{
  gsize plain_bytes;
  guint8 *tag;
  guint32 index;
  int ignored;

  if (*length_bytes < HEADER_BYTES + CR_SRTP_GCM_TAG_BYTES + INDEX_BYTES || *length_bytes > G_MAXUINT16 ||
      !cr_srtcp_gcm_is_encrypted (data, *length_bytes))
    return FALSE;
  plain_bytes = *length_bytes - CR_SRTP_GCM_TAG_BYTES - INDEX_BYTES;
  tag = data + plain_bytes;
  index = read32 (tag + CR_SRTP_GCM_TAG_BYTES) & MAX_INDEX;
  if (!may_be_new (window, index) || !begin (gcm, FALSE, data, index) ||
      (plain_bytes > HEADER_BYTES &&
       EVP_CipherUpdate (gcm->context, data + HEADER_BYTES, &ignored, data + HEADER_BYTES,
                         (int)(plain_bytes - HEADER_BYTES)) != 1) ||
      EVP_CIPHER_CTX_ctrl (gcm->context, EVP_CTRL_AEAD_SET_TAG, CR_SRTP_GCM_TAG_BYTES, tag) != 1 ||
      EVP_CipherFinal_ex (gcm->context, tag, &ignored) != 1)
    return FALSE;
  note_seen (window, index);
  *length_bytes = plain_bytes;
  return TRUE;
}
