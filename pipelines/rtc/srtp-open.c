/* SPDX-License-Identifier: Apache-2.0
 *
 * Two ways to open behind one function: AES-GCM by srtp-gcm.c with a window per SSRC of our own, AES-CM by
 * libsrtp2, which keeps its own. State of a new SSRC is made only after its first packet was authenticated,
 * so forgeries leave nothing behind; what a publisher may do with its own key is capped here, by a list of
 * the SSRCs that have state. Lengths that the libraries compute without looking are checked before they see
 * them.
 *
 * Step 3 of the path; from: peer; to: the peer's handler, in place; thread: media; allocates: once per SSRC;
 * on failure: the packet is dropped and counted by the peer.
 */
#include "rtc/srtp-open.h"

#include "rtc/media-types.h"
#include "rtc/srtcp-gcm.h"
#include "rtc/srtp-gcm.h"
#include "rtc/srtp-session.h"
#include "rtc/srtp-window.h"

#include <openssl/crypto.h>

#define RTP_FIXED_HEADER_BYTES 12
#define RTCP_HEADER_BYTES      8 /* with the SSRC of the sender */
#define RTCP_INDEX_BYTES       4

struct CrSrtpOpen {
  srtp_t session; /* AES-CM, and RTCP that is not encrypted */
  gsize tag_bytes;
  CrSrtpGcm *rtp;   /* NULL with AES-CM */
  CrSrtcpGcm *rtcp; /* NULL with AES-CM */
  guint n_ssrcs;
  guint32 ssrcs[CR_SRTP_OPEN_MAX_SSRCS];
  CrSrtpWindow *rtp_windows[CR_SRTP_OPEN_MAX_SSRCS]; /* of AES-GCM; NULL before the first packet */
  CrSrtcpWindow rtcp_windows[CR_SRTP_OPEN_MAX_SSRCS];
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
  if (keys->profile == CR_SRTP_AEAD_AES_128_GCM) {
    open->rtp = cr_srtp_gcm_new_derived (keys->receive);
    open->rtcp = cr_srtcp_gcm_new (keys->receive);
  }
  OPENSSL_cleanse (&copy, sizeof copy);
  return open;
}

void
cr_srtp_open_free (CrSrtpOpen *open)
{
  if (open == NULL)
    return;
  srtp_dealloc (open->session);
  cr_srtp_gcm_free (open->rtp);
  cr_srtcp_gcm_free (open->rtcp);
  for (guint i = 0; i < open->n_ssrcs; i++)
    g_free (open->rtp_windows[i]);
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

/* Bytes of the fixed header, CSRCs and extension block (RFC 3550 section 5.1); 0 when they do not lie within
 * `plain_bytes`, which are at least the fixed header's. */
static gsize
rtp_header_bytes (const guint8 *data, gsize plain_bytes)
{
  gsize bytes = RTP_FIXED_HEADER_BYTES + 4 * (data[0] & 0x0f);

  if (bytes <= plain_bytes && (data[0] & 0x10) != 0) {
    if (bytes + 4 > plain_bytes)
      return 0;
    bytes += 4 + 4 * (gsize)(data[bytes + 2] << 8 | data[bytes + 3]);
  }
  return bytes <= plain_bytes ? bytes : 0;
}

static gboolean
open_by_gcm (CrSrtpOpen *open, guint at, gsize header_bytes, guint8 *data, gsize *length_bytes)
{
  const CrSrtpWindow *window = open->rtp_windows[at];
  guint16 seq = (guint16)(data[2] << 8 | data[3]);
  guint64 index = window != NULL ? cr_seq_extend (window->newest, seq) : seq;

  if (index > CR_SRTP_MAX_INDEX || (window != NULL && !cr_srtp_window_may_be_new (window, index)) ||
      !cr_srtp_gcm_open (open->rtp, index, header_bytes, data, length_bytes))
    return FALSE;
  if (window == NULL)
    open->rtp_windows[at] = g_new0 (CrSrtpWindow, 1);
  cr_srtp_window_note (open->rtp_windows[at], index);
  return TRUE;
}

static gboolean
unprotect_rtp (CrSrtpOpen *open, guint8 *data, gsize *length_bytes)
{
  int n = (int)*length_bytes;

  if (srtp_unprotect (open->session, data, &n) != srtp_err_status_ok)
    return FALSE;
  *length_bytes = (gsize)n;
  return TRUE;
}

gboolean
cr_srtp_open_rtp (CrSrtpOpen *open, guint8 *data, gsize *length_bytes)
{
  gsize header_bytes;
  guint32 ssrc;
  guint at;

  if (*length_bytes < RTP_FIXED_HEADER_BYTES + open->tag_bytes || *length_bytes > G_MAXUINT16 ||
      data[0] >> 6 != 2)
    return FALSE;
  header_bytes = rtp_header_bytes (data, *length_bytes - open->tag_bytes);
  ssrc = read32 (data + 8);
  at = find_ssrc (open, ssrc);
  if (header_bytes == 0 || at == CR_SRTP_OPEN_MAX_SSRCS)
    return FALSE;
  if (open->rtp != NULL ? !open_by_gcm (open, at, header_bytes, data, length_bytes)
                        : !unprotect_rtp (open, data, length_bytes))
    return FALSE;
  if (at == open->n_ssrcs)
    open->ssrcs[open->n_ssrcs++] = ssrc;
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
          ? !cr_srtcp_gcm_open (open->rtcp, &open->rtcp_windows[at], data, length_bytes)
          : !unprotect_rtcp (open, data, length_bytes))
    return FALSE;
  if (at == open->n_ssrcs)
    open->ssrcs[open->n_ssrcs++] = ssrc;
  return TRUE;
}
