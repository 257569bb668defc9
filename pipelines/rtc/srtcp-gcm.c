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
#include <string.h>

#define HEADER_BYTES 8
#define INDEX_BYTES  4
#define ENCRYPTED    0x80000000u
#define MAX_INDEX    0x7fffffffu
#define WINDOW_BITS  64

struct CrSrtcpGcm {
  CrAesGcm *cipher;
  guint8 salt[CR_SRTP_GCM_SALT_BYTES];
  guint32 index; /* of the last packet sealed */
};

CrSrtcpGcm *
cr_srtcp_gcm_new (const guint8 *master)
{
  const guint8 *master_salt = master + CR_SRTP_GCM_KEY_BYTES;
  CrSrtcpGcm *gcm = g_new0 (CrSrtcpGcm, 1);
  guint8 key[CR_SRTP_GCM_KEY_BYTES];

  if (!cr_srtp_derive (master, master_salt, CR_SRTP_GCM_SALT_BYTES, CR_SRTP_LABEL_RTCP_KEY, key,
                       sizeof key) ||
      !cr_srtp_derive (master, master_salt, CR_SRTP_GCM_SALT_BYTES, CR_SRTP_LABEL_RTCP_SALT, gcm->salt,
                       sizeof gcm->salt))
    g_error ("OpenSSL has no AES-128"); /* only without memory */
  gcm->cipher = cr_aes_gcm_new (key);
  OPENSSL_cleanse (key, sizeof key);
  return gcm;
}

void
cr_srtcp_gcm_free (CrSrtcpGcm *gcm)
{
  if (gcm == NULL)
    return;
  cr_aes_gcm_free (gcm->cipher);
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

/* What differs from packet to packet: the IV is 00 00, SSRC, 00 00, index, exclusive-or with the salt (RFC
 * 7714 section 9.1). */
typedef struct {
  guint8 iv[CR_SRTP_GCM_SALT_BYTES];
  guint8 associated[HEADER_BYTES + INDEX_BYTES];
} Envelope;

static void
fill_envelope (const CrSrtcpGcm *gcm, const guint8 *header, guint32 index, Envelope *envelope)
{
  memset (envelope->iv, 0, sizeof envelope->iv);
  memcpy (envelope->iv + 2, header + 4, 4);
  write32 (envelope->iv + 8, index);
  for (guint i = 0; i < sizeof envelope->iv; i++)
    envelope->iv[i] ^= gcm->salt[i];
  memcpy (envelope->associated, header, HEADER_BYTES);
  write32 (envelope->associated + HEADER_BYTES, ENCRYPTED | index);
}

gboolean
cr_srtcp_gcm_seal (CrSrtcpGcm *gcm, guint8 *data, gsize *length_bytes)
{
  guint8 *tag = data + *length_bytes;
  CrAesGcmPart reports;
  Envelope envelope;

  if (*length_bytes < HEADER_BYTES || *length_bytes > G_MAXUINT16 || gcm->index == MAX_INDEX)
    return FALSE; /* an index is never used twice (RFC 3711 section 9.2) */
  gcm->index++;
  fill_envelope (gcm, data, gcm->index, &envelope);
  reports = (CrAesGcmPart){data + HEADER_BYTES, *length_bytes - HEADER_BYTES};
  if (!cr_aes_gcm_seal (gcm->cipher, envelope.iv, envelope.associated, sizeof envelope.associated, &reports,
                        1, data + HEADER_BYTES))
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
  Envelope envelope;
  guint8 *tag;
  guint32 index;

  if (*length_bytes < HEADER_BYTES + CR_SRTP_GCM_TAG_BYTES + INDEX_BYTES || *length_bytes > G_MAXUINT16 ||
      !cr_srtcp_gcm_is_encrypted (data, *length_bytes))
    return FALSE;
  plain_bytes = *length_bytes - CR_SRTP_GCM_TAG_BYTES - INDEX_BYTES;
  tag = data + plain_bytes;
  index = read32 (tag + CR_SRTP_GCM_TAG_BYTES) & MAX_INDEX;
  if (!may_be_new (window, index))
    return FALSE;
  fill_envelope (gcm, data, index, &envelope);
  if (!cr_aes_gcm_open (gcm->cipher, envelope.iv, envelope.associated, sizeof envelope.associated,
                        data + HEADER_BYTES, plain_bytes - HEADER_BYTES, tag))
    return FALSE;
  note_seen (window, index);
  *length_bytes = plain_bytes;
  return TRUE;
}
