/* SPDX-License-Identifier: Apache-2.0
 *
 * libsrtp2 makes the state of a new SSRC only after its first packet was authenticated, so forgeries leave
 * nothing behind; what a publisher may do with its own key is capped here, by a list of the SSRCs that have
 * state. Lengths that the library computes without looking are checked before it sees them.
 *
 * Step 3 of the path; from: peer; to: the peer's handler, in place; thread: media; allocates: once per SSRC;
 * on failure: the packet is dropped and counted by the peer.
 */
#include "rtc/srtp-open.h"
#include "rtc/srtcp-gcm.h"
#include "rtc/srtp-session.h"

#include <openssl/crypto.h>

#define RTP_FIXED_HEADER_BYTES 12
#define RTCP_HEADER_BYTES      8 /* with the SSRC of the sender */
#define RTCP_INDEX_BYTES       4

struct CrSrtpOpen {
  srtp_t session;
  gsize tag_bytes;
  CrSrtcpGcm *rtcp; /* NULL with AES-CM */
  guint n_ssrcs;
  guint32 ssrcs[CR_SRTP_OPEN_MAX_SSRCS];
  CrSrtcpWindow windows[CR_SRTP_OPEN_MAX_SSRCS]; /* of AES-GCM's RTCP */
};

CrSrtpOpen *
cr_srtp_open_new (const CrSrtpKeys *keys)
{
  CrSrtpOpen *open = g_new0 (CrSrtpOpen, 1);
  CrSrtpKeys copy = *keys;
  srtp_policy_t policy;

  open->tag_bytes = cr_srtp_tag_bytes (keys->profile);
  cr_srtp_policy_fill (&policy, keys->profile, copy.receive, ssrc_any_inbound);
  if (srtp_create (&open->session, &policy) != srtp_err_status_ok)
    g_error ("libsrtp2 refuses a policy of its own"); /* only without memory */
  if (keys->profile == CR_SRTP_AEAD_AES_128_GCM)
    open->rtcp = cr_srtcp_gcm_new (keys->receive);
  OPENSSL_cleanse (&copy, sizeof copy);
  return open;
}

void
cr_srtp_open_free (CrSrtpOpen *open)
{
  if (open == NULL)
    return;
  srtp_dealloc (open->session);
  cr_srtcp_gcm_free (open->rtcp);
  g_free (open);
}

static guint32
read32 (const guint8 *data)
{
  return (guint32)data[0] << 24 | (guint32)data[1] << 16 | (guint32)data[2] << 8 | data[3];
}

/* Where an SSRC is in the list; `n_ssrcs` when it is not. */
static guint
find_ssrc (const CrSrtpOpen *open, guint32 ssrc)
{
  guint i = 0;

  while (i < open->n_ssrcs && open->ssrcs[i] != ssrc)
    i++;
  return i;
}

/* The fixed header, CSRCs and extension block lie before the tag? (RFC 3550 section 5.1) */
static gboolean
rtp_header_fits (const guint8 *data, gsize plain_bytes)
{
  gsize header_bytes = RTP_FIXED_HEADER_BYTES + 4 * (data[0] & 0x0f);

  if (header_bytes > plain_bytes)
    return FALSE;
  if ((data[0] & 0x10) == 0)
    return TRUE;
  if (header_bytes + 4 > plain_bytes)
    return FALSE;
  return header_bytes + 4 + 4 * (gsize)(data[header_bytes + 2] << 8 | data[header_bytes + 3]) <= plain_bytes;
}

gboolean
cr_srtp_open_rtp (CrSrtpOpen *open, guint8 *data, gsize *length_bytes)
{
  guint32 ssrc;
  guint at;
  int n;

  if (*length_bytes < RTP_FIXED_HEADER_BYTES + open->tag_bytes || *length_bytes > G_MAXUINT16 ||
      data[0] >> 6 != 2 || !rtp_header_fits (data, *length_bytes - open->tag_bytes))
    return FALSE;
  ssrc = read32 (data + 8);
  at = find_ssrc (open, ssrc);
  if (at == CR_SRTP_OPEN_MAX_SSRCS)
    return FALSE;

  n = (int)*length_bytes;
  if (srtp_unprotect (open->session, data, &n) != srtp_err_status_ok)
    return FALSE;
  if (at == open->n_ssrcs)
    open->ssrcs[open->n_ssrcs++] = ssrc;
  *length_bytes = (gsize)n;
  return TRUE;
}

static gboolean
unprotect_rtcp (CrSrtpOpen *open, guint8 *data, gsize *length_bytes)
{
  int n = (int)*length_bytes;

  if (srtp_unprotect_rtcp (open->session, data, &n) != srtp_err_status_ok)
    return FALSE;
  *length_bytes = (gsize)n;
  return TRUE;
}

gboolean
cr_srtp_open_rtcp (CrSrtpOpen *open, guint8 *data, gsize *length_bytes)
{
  guint32 ssrc;
  guint at;

  if (*length_bytes < RTCP_HEADER_BYTES + RTCP_INDEX_BYTES + open->tag_bytes || *length_bytes > G_MAXUINT16 ||
      data[0] >> 6 != 2)
    return FALSE;
  ssrc = read32 (data + 4);
  at = find_ssrc (open, ssrc);
  if (at == CR_SRTP_OPEN_MAX_SSRCS)
    return FALSE;
  if (open->rtcp != NULL && cr_srtcp_gcm_is_encrypted (data, *length_bytes)
          ? !cr_srtcp_gcm_open (open->rtcp, &open->windows[at], data, length_bytes)
          : !unprotect_rtcp (open, data, length_bytes))
    return FALSE;
  if (at == open->n_ssrcs)
    open->ssrcs[open->n_ssrcs++] = ssrc;
  return TRUE;
}
