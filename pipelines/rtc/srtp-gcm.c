/* SPDX-License-Identifier: Apache-2.0
 *
 * One pass over the bytes of a packet: header as associated data, prefix and payload encrypted from where
 * they lie straight to where they are sent from. Only the IV changes from packet to packet; the key schedule
 * and the GHASH table are made once.
 *
 * Step 11 of the path (part); from: srtp-seal; to: the arena of the send batch; thread: media; allocates:
 * nothing; on failure: 0, nothing is sent.
 */
#include "rtc/srtp-gcm.h"

#include <openssl/evp.h>
#include <string.h>

#define BLOCK_BYTES           16
#define PRF_SALT_BYTES        14 /* RFC 3711 section 4.3.3 */
#define RTP_FIXED_HEADER      12
#define MAX_HEADER_INT_LENGTH 0x10000 /* far beyond any datagram; keeps the casts to int honest */

struct CrSrtpGcm {
  EVP_CIPHER_CTX *context;
  guint8 salt[CR_SRTP_GCM_SALT_BYTES];
};

CrSrtpGcm *
cr_srtp_gcm_new (const guint8 *session_key, const guint8 *session_salt)
{
  g_autoptr (CrSrtpGcm) gcm = g_new0 (CrSrtpGcm, 1);

  gcm->context = EVP_CIPHER_CTX_new ();
  memcpy (gcm->salt, session_salt, CR_SRTP_GCM_SALT_BYTES);
  if (gcm->context == NULL ||
      EVP_EncryptInit_ex (gcm->context, EVP_aes_128_gcm (), NULL, session_key, NULL) != 1)
    return NULL;
  return g_steal_pointer (&gcm);
}

void
cr_srtp_gcm_free (CrSrtpGcm *gcm)
{
  if (gcm == NULL)
    return;
  EVP_CIPHER_CTX_free (gcm->context);
  g_free (gcm);
}

/* RFC 7714 section 8.1: 00 00, SSRC, ROC, SEQ; exclusive-or with the salt. */
static void
fill_iv (const CrSrtpGcm *gcm, const guint8 *ssrc, guint64 index, guint8 *iv)
{
  memset (iv, 0, 2);
  memcpy (iv + 2, ssrc, 4);
  for (guint i = 0; i < 6; i++)
    iv[6 + i] = (guint8)(index >> (40 - 8 * i));
  for (guint i = 0; i < CR_SRTP_GCM_SALT_BYTES; i++)
    iv[i] ^= gcm->salt[i];
}

/* Encrypts `n` bytes to `*out` and moves it on. */
static gboolean
encrypt_part (CrSrtpGcm *gcm, const guint8 *data, gsize n, guint8 **out)
{
  int written;

  if (n == 0)
    return TRUE;
  if (EVP_EncryptUpdate (gcm->context, *out, &written, data, (int)n) != 1)
    return FALSE;
  *out += n;
  return TRUE;
}

/* Written where it is to be, and encrypted there. */
static gboolean
encrypt_padding (CrSrtpGcm *gcm, gsize n, guint8 **out)
{
  if (n == 0)
    return TRUE;
  cr_srtp_write_padding (*out, n);
  return encrypt_part (gcm, *out, n, out);
}

gsize
cr_srtp_gcm_seal (CrSrtpGcm *gcm, const CrSrtpParts *parts, guint8 *out)
{
  guint8 iv[CR_SRTP_GCM_SALT_BYTES];
  guint8 *at = out + parts->header_bytes;
  int ignored;

  if (parts->header_bytes < RTP_FIXED_HEADER || parts->header_bytes > MAX_HEADER_INT_LENGTH)
    return 0;
  memcpy (out, parts->header, parts->header_bytes);
  fill_iv (gcm, out + 8, parts->index, iv);

  if (EVP_EncryptInit_ex (gcm->context, NULL, NULL, NULL, iv) != 1 ||
      EVP_EncryptUpdate (gcm->context, NULL, &ignored, out, (int)parts->header_bytes) != 1 ||
      !encrypt_part (gcm, parts->prefix, parts->prefix_bytes, &at) ||
      !encrypt_part (gcm, parts->payload, parts->payload_bytes, &at) ||
      !encrypt_padding (gcm, parts->padding_bytes, &at) ||
      EVP_EncryptFinal_ex (gcm->context, at, &ignored) != 1 ||
      EVP_CIPHER_CTX_ctrl (gcm->context, EVP_CTRL_AEAD_GET_TAG, CR_SRTP_GCM_TAG_BYTES, at) != 1)
    return 0;
  return (gsize)(at - out) + CR_SRTP_GCM_TAG_BYTES;
}

gboolean
cr_srtp_derive (const guint8 *master_key, const guint8 *master_salt, gsize salt_bytes, CrSrtpLabel label,
                guint8 *out, gsize n)
{
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new ();
  guint8 counter[BLOCK_BYTES] = {0}, block[BLOCK_BYTES];
  gboolean ok;
  int written;

  g_return_val_if_fail (n <= BLOCK_BYTES && salt_bytes <= PRF_SALT_BYTES, FALSE);
  memcpy (counter, master_salt, salt_bytes);
  counter[7] ^= (guint8)label; /* label is above a packet index of 48 bits, aligned to the salt's end */

  /* The first block of AES in counter mode is the encrypted counter. */
  ok = context != NULL && EVP_EncryptInit_ex (context, EVP_aes_128_ecb (), NULL, master_key, NULL) == 1 &&
       EVP_CIPHER_CTX_set_padding (context, 0) == 1 &&
       EVP_EncryptUpdate (context, block, &written, counter, BLOCK_BYTES) == 1 && written == BLOCK_BYTES;
  if (ok)
    memcpy (out, block, n);
  EVP_CIPHER_CTX_free (context);
  OPENSSL_cleanse (block, sizeof block);
  return ok;
}
