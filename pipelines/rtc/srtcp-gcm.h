/* SPDX-License-Identifier: Apache-2.0
 *
 * SRTCP under AEAD_AES_128_GCM (RFC 7714 section 9), one direction of one peer: sealing with an index that
 * counts up, opening with a replay window per sender. A browser sends feedback ten times a second, and what
 * libsrtp2 takes for one such packet (Debian's makes its cipher context anew each time) seals twenty packets
 * of media.
 *
 * Thread: [media].
 */
#pragma once

#include "rtc/srtp-keys.h"

G_BEGIN_DECLS

typedef struct CrSrtcpGcm CrSrtcpGcm;

/* From a master key and the salt behind it. */
CrSrtcpGcm *cr_srtcp_gcm_new (const guint8 *master);
void cr_srtcp_gcm_free (CrSrtcpGcm *gcm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSrtcpGcm, cr_srtcp_gcm_free)

/* As cr_srtp_seal_rtcp(): in place. */
gboolean cr_srtcp_gcm_seal (CrSrtcpGcm *gcm, guint8 *data, gsize *length_bytes) G_GNUC_WARN_UNUSED_RESULT;

/* Replay protection of one sender (RFC 3711 section 3.3.2). Zero-initialised. */
typedef struct {
  guint32 newest;
  guint64 seen; /* bit 0: `newest` */
} CrSrtcpWindow;

/* Is this packet encrypted, as it must be for cr_srtcp_gcm_open()? RFC 7714 section 9.2 allows the other
 * kind. */
gboolean cr_srtcp_gcm_is_encrypted (const guint8 *data, gsize length_bytes);

/* In place. FALSE: forged, replayed or malformed; the window is then as it was, the bytes are not. */
gboolean cr_srtcp_gcm_open (CrSrtcpGcm *gcm, CrSrtcpWindow *window, guint8 *data,
                            gsize *length_bytes) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
