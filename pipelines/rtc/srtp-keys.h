/* SPDX-License-Identifier: Apache-2.0
 *
 * What DTLS hands to SRTP: a protection profile and the master key and salt of each direction.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Values of the use_srtp registry (RFC 5764 section 4.1.2, RFC 7714 section 14.2). */
typedef enum { CR_SRTP_AES128_CM_SHA1_80 = 0x0001, CR_SRTP_AEAD_AES_128_GCM = 0x0007 } CrSrtpProfile;

#define CR_SRTP_MAX_KEY_BYTES 30 /* 16 of key and 14 of salt; GCM has 12 of salt */

typedef struct {
  CrSrtpProfile profile;
  gsize key_bytes;                    /* key and salt: 30 or 28 */
  guint8 send[CR_SRTP_MAX_KEY_BYTES]; /* master key, then salt, of what we send */
  guint8 receive[CR_SRTP_MAX_KEY_BYTES];
} CrSrtpKeys;

G_END_DECLS
