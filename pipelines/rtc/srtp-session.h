/* SPDX-License-Identifier: Apache-2.0
 *
 * What opening and sealing share of libsrtp2: its one initialisation and a policy made from our keys.
 */
#pragma once

#include "rtc/srtp-keys.h"
#include <srtp2/srtp.h>

G_BEGIN_DECLS

/* How far behind the newest packet of its SSRC one may be opened, or sealed again with AES-CM: what a history
 * of 4 MiB can hold, in packets of 1200 bytes, and a little. libsrtp2 takes 32,767 at most. */
#define CR_SRTP_WINDOW_PACKETS 4096

/* Fills `policy` for `key` (master key, then salt; must outlive the policy). Initialises libsrtp2 on first
 * use. Any thread. */
void cr_srtp_policy_fill (srtp_policy_t *policy, CrSrtpProfile profile, guint8 *key,
                          srtp_ssrc_type_t ssrc_type);

/* Bytes of tag at the end of a packet. */
static inline gsize
cr_srtp_tag_bytes (CrSrtpProfile profile)
{
  return profile == CR_SRTP_AEAD_AES_128_GCM ? 16 : 10;
}

G_END_DECLS
