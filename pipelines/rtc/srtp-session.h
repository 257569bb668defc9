/* SPDX-License-Identifier: Apache-2.0
 *
 * What opening and sealing share of libsrtp2: its one initialisation and a policy made from our keys.
 */
#pragma once

#include "rtc/srtp-keys.h"
#include <srtp2/srtp.h>

G_BEGIN_DECLS

/* Packets of an SSRC that may be late: 4 s of a picture in 3 Mbit/s and its resends. At most 32,767. */
#define CR_SRTP_WINDOW_PACKETS 2048

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
