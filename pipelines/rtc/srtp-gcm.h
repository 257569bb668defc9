/* SPDX-License-Identifier: Apache-2.0
 *
 * AEAD_AES_128_GCM of SRTP (RFC 7714), one direction of one peer: the key derivation of RFC 3711, one packet
 * sealed from its parts, one opened in place. RTCP is in srtcp-gcm.h.
 */
#pragma once

#include "rtc/aes-gcm.h"
#include "rtc/srtp-seal.h"

G_BEGIN_DECLS

#define CR_SRTP_GCM_KEY_BYTES  CR_AES_GCM_KEY_BYTES
#define CR_SRTP_GCM_SALT_BYTES CR_AES_GCM_IV_BYTES
#define CR_SRTP_GCM_TAG_BYTES  CR_AES_GCM_TAG_BYTES

typedef struct CrSrtpGcm CrSrtpGcm;

/* From a session key and salt. */
CrSrtpGcm *cr_srtp_gcm_new (const guint8 *session_key, const guint8 *session_salt);

/* From a master key and the salt behind it. */
CrSrtpGcm *cr_srtp_gcm_new_derived (const guint8 *master);

void cr_srtp_gcm_free (CrSrtpGcm *gcm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSrtpGcm, cr_srtp_gcm_free)

/* As cr_srtp_seal_rtp(). [media] */
gsize cr_srtp_gcm_seal (CrSrtpGcm *gcm, const CrSrtpParts *parts, guint8 *out);

/* Opens a packet in place; *length_bytes becomes the plain length. `header_bytes`, at least 12, lie before
 * the tag. `index` as in CrSrtpParts. FALSE: not sealed with this key and index; the bytes are spoilt.
 * [media] */
gboolean cr_srtp_gcm_open (CrSrtpGcm *gcm, guint64 index, gsize header_bytes, guint8 *data,
                           gsize *length_bytes) G_GNUC_WARN_UNUSED_RESULT;

/* Labels of RFC 3711 section 4.3.2. */
typedef enum {
  CR_SRTP_LABEL_RTP_KEY = 0,
  CR_SRTP_LABEL_RTP_SALT = 2,
  CR_SRTP_LABEL_RTCP_KEY = 3,
  CR_SRTP_LABEL_RTCP_SALT = 5
} CrSrtpLabel;

/* The key derivation of RFC 3711 section 4.3.1 with a key derivation rate of 0: the first `n` bytes, at most
 * 16. A salt shorter than 14 bytes is followed by zeros (RFC 7714 section 11). FALSE when the library fails.
 * Any thread. */
gboolean cr_srtp_derive (const guint8 *master_key, const guint8 *master_salt, gsize salt_bytes,
                         CrSrtpLabel label, guint8 *out, gsize n) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
