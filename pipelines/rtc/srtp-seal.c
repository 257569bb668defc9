/* SPDX-License-Identifier: Apache-2.0
 *
 * Two ways to seal RTP behind one function. GCM is srtp-gcm.c, which needs nothing but the index it is given.
 * AES-CM is libsrtp2, which keeps its own idea of the rollover counter for each SSRC: before each packet it
 * is told ours, so that a packet of long ago, from before a wrap, is sealed as it was the first time. Sealing
 * the same packet twice is allowed within CR_SRTP_WINDOW_PACKETS (a NACK is answered so), two packets of one
 * index never happen: the caller promises it.
 *
 * Step 11 of the path; from: egress by way of peer; to: the arena of the send batch; thread: media;
 * allocates: AES-CM once per SSRC; on failure: 0, the packet is not sent.
 */
#include "rtc/srtcp-gcm.h"
#include "rtc/srtp-gcm.h"
#include "rtc/srtp-session.h"

#include <openssl/crypto.h>
#include <string.h>

#define RTP_FIXED_HEADER_BYTES 12
#define RTCP_HEADER_BYTES      8

struct CrSrtpSeal {
  CrSrtpKeys keys;
  CrSrtpGcm *gcm;   /* NULL with AES-CM */
  CrSrtcpGcm *rtcp; /* NULL with AES-CM */
  srtp_t session;   /* NULL with AES-GCM */
};

CrSrtpSeal *
cr_srtp_seal_new (const CrSrtpKeys *keys)
{
  CrSrtpSeal *seal = g_new0 (CrSrtpSeal, 1);
  srtp_policy_t policy;

  seal->keys = *keys;
  if (keys->profile == CR_SRTP_AEAD_AES_128_GCM) {
    seal->gcm = cr_srtp_gcm_new_derived (keys->send);
    seal->rtcp = cr_srtcp_gcm_new (keys->send);
    return seal;
  }
  cr_srtp_policy_fill (&policy, keys->profile, seal->keys.send, ssrc_any_outbound);
  policy.allow_repeat_tx = 1;
  if (srtp_create (&seal->session, &policy) != srtp_err_status_ok)
    g_error ("libsrtp2 refuses a policy of its own"); /* only without memory */
  return seal;
}

void
cr_srtp_seal_free (CrSrtpSeal *seal)
{
  if (seal == NULL)
    return;
  if (seal->session != NULL)
    srtp_dealloc (seal->session);
  cr_srtp_gcm_free (seal->gcm);
  cr_srtcp_gcm_free (seal->rtcp);
  OPENSSL_cleanse (&seal->keys, sizeof seal->keys);
  g_free (seal);
}

CrSrtpProfile
cr_srtp_seal_get_profile (CrSrtpSeal *seal)
{
  return seal->keys.profile;
}

/* Tells libsrtp2 the rollover counter of the next packet. The library makes a stream with the first packet
 * and a counter of 0; one that starts later is added by hand. */
static gboolean
set_rollover_counter (CrSrtpSeal *seal, guint32 ssrc, guint32 roc)
{
  srtp_policy_t policy;

  if (srtp_set_stream_roc (seal->session, ssrc, roc) == srtp_err_status_ok || roc == 0)
    return TRUE;
  cr_srtp_policy_fill (&policy, seal->keys.profile, seal->keys.send, ssrc_specific);
  policy.allow_repeat_tx = 1;
  policy.ssrc.value = ssrc;
  return srtp_add_stream (seal->session, &policy) == srtp_err_status_ok &&
         srtp_set_stream_roc (seal->session, ssrc, roc) == srtp_err_status_ok;
}

static guint8 *
append (guint8 *out, const guint8 *data, gsize n)
{
  if (n > 0)
    memcpy (out, data, n);
  return out + n;
}

static gsize
seal_counter_mode (CrSrtpSeal *seal, const CrSrtpParts *parts, guint8 *out)
{
  const guint8 *ssrc = parts->header + 8;
  guint8 *end;
  int n;

  if (parts->header_bytes < RTP_FIXED_HEADER_BYTES)
    return 0;
  if (!set_rollover_counter (seal, (guint32)ssrc[0] << 24 | ssrc[1] << 16 | ssrc[2] << 8 | ssrc[3],
                             (guint32)(parts->index >> 16)))
    return 0;
  end = append (out, parts->header, parts->header_bytes);
  end = append (end, parts->prefix, parts->prefix_bytes);
  end = append (end, parts->payload, parts->payload_bytes);
  if (parts->padding_bytes > 0)
    cr_srtp_write_padding (end, parts->padding_bytes);
  n = (int)(end - out + parts->padding_bytes);
  return srtp_protect (seal->session, out, &n) == srtp_err_status_ok ? (gsize)n : 0;
}

gsize
cr_srtp_seal_rtp (CrSrtpSeal *seal, const CrSrtpParts *parts, guint8 *out)
{
  return seal->gcm != NULL ? cr_srtp_gcm_seal (seal->gcm, parts, out) : seal_counter_mode (seal, parts, out);
}

gboolean
cr_srtp_seal_rtcp (CrSrtpSeal *seal, guint8 *data, gsize *length_bytes)
{
  int n = (int)*length_bytes;

  if (seal->rtcp != NULL)
    return cr_srtcp_gcm_seal (seal->rtcp, data, length_bytes);
  if (*length_bytes < RTCP_HEADER_BYTES || srtp_protect_rtcp (seal->session, data, &n) != srtp_err_status_ok)
    return FALSE;
  *length_bytes = (gsize)n;
  return TRUE;
}
