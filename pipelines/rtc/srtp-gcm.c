/* SPDX-License-Identifier: Apache-2.0
 *
 * One pass over the bytes of a packet: header as associated data, prefix, payload and padding encrypted from
 * where they lie straight to where they are sent from.
 *
 * Steps 3 and 11 of the path (part); from: srtp-open, srtp-seal; to: the packet in place, the arena of the
 * send batch; thread: media; allocates: nothing after new; on failure: 0 or FALSE, nothing is sent or handed
 * on.
 */
#include "rtc/srtp-gcm.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define BLOCK_BYTES       16
#define PRF_SALT_BYTES    14 /* RFC 3711 section 4.3.3 */
#define RTP_FIXED_HEADER  12
#define MAX_PACKET_LENGTH 0xffff

struct CrSrtpGcm {
  CrAesGcm *cipher;
  guint8 salt[CR_SRTP_GCM_SALT_BYTES];
};

CrSrtpGcm *
cr_srtp_gcm_new (const guint8 *session_key, const guint8 *session_salt)
{
  CrSrtpGcm *gcm = g_new (CrSrtpGcm, 1);

  gcm->cipher = cr_aes_gcm_new (session_key);
  memcpy (gcm->salt, session_salt, sizeof gcm->salt);
  return gcm;
}

CrSrtpGcm *
cr_srtp_gcm_new_derived (const guint8 *master)
{
  const guint8 *master_salt = master + CR_SRTP_GCM_KEY_BYTES;
  guint8 key[CR_SRTP_GCM_KEY_BYTES], salt[CR_SRTP_GCM_SALT_BYTES];
  CrSrtpGcm *gcm;

  if (!cr_srtp_derive (master, master_salt, sizeof salt, CR_SRTP_LABEL_RTP_KEY, key, sizeof key) ||
      !cr_srtp_derive (master, master_salt, sizeof salt, CR_SRTP_LABEL_RTP_SALT, salt, sizeof salt))
    g_error ("OpenSSL has no AES-128"); /* only without memory */
  gcm = cr_srtp_gcm_new (key, salt);
  OPENSSL_cleanse (key, sizeof key);
  OPENSSL_cleanse (salt, sizeof salt);
  return gcm;
}

void
cr_srtp_gcm_free (CrSrtpGcm *gcm)
{
  if (gcm == NULL)
    return;
  cr_aes_gcm_free (gcm->cipher);
  OPENSSL_cleanse (gcm->salt, sizeof gcm->salt);
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

gsize
cr_srtp_gcm_seal (CrSrtpGcm *gcm, const CrSrtpParts *parts, guint8 *out)
{
  CrAesGcmPart pieces[3];
  guint n_pieces = 0;
  gsize plain_bytes = parts->header_bytes + parts->prefix_bytes + parts->payload_bytes + parts->padding_bytes;
  guint8 iv[CR_SRTP_GCM_SALT_BYTES], padding[CR_SRTP_MAX_PADDING_BYTES];

  if (parts->header_bytes < RTP_FIXED_HEADER || plain_bytes > MAX_PACKET_LENGTH ||
      parts->padding_bytes > sizeof padding)
    return 0;
  memcpy (out, parts->header, parts->header_bytes);
  fill_iv (gcm, out + 8, parts->index, iv);
  if (parts->prefix_bytes > 0)
    pieces[n_pieces++] = (CrAesGcmPart){parts->prefix, parts->prefix_bytes};
  if (parts->payload_bytes > 0 || n_pieces == 0)
    pieces[n_pieces++] = (CrAesGcmPart){parts->payload, parts->payload_bytes};
  if (parts->padding_bytes > 0) {
    cr_srtp_write_padding (padding, parts->padding_bytes);
    pieces[n_pieces++] = (CrAesGcmPart){padding, parts->padding_bytes};
  }
  if (!cr_aes_gcm_seal (gcm->cipher, iv, out, parts->header_bytes, pieces, n_pieces,
                        out + parts->header_bytes))
    return 0;
  return plain_bytes + CR_SRTP_GCM_TAG_BYTES;
}

gboolean
cr_srtp_gcm_open (CrSrtpGcm *gcm, guint64 index, gsize header_bytes, guint8 *data, gsize *length_bytes)
{
  gsize plain_bytes = *length_bytes - CR_SRTP_GCM_TAG_BYTES;
  guint8 iv[CR_SRTP_GCM_SALT_BYTES];

  g_return_val_if_fail (
      header_bytes >= RTP_FIXED_HEADER && *length_bytes >= header_bytes + CR_SRTP_GCM_TAG_BYTES, FALSE);
  fill_iv (gcm, data + 8, index, iv);
  if (!cr_aes_gcm_open (gcm->cipher, iv, data, header_bytes, data + header_bytes, plain_bytes - header_bytes,
                        data + plain_bytes))
    return FALSE;
  *length_bytes = plain_bytes;
  return TRUE;
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
