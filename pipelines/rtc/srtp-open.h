/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 3 of the path: SRTP and SRTCP (RFC 3711, RFC 7714) opened in place, replays and forgeries refused. One
 * per peer, for whatever SSRCs it sends. The number of SSRC states is capped, so that a publisher inventing
 * SSRCs costs bounded memory.
 */
#pragma once

#include "rtc/srtp-keys.h"

G_BEGIN_DECLS

typedef struct CrSrtpOpen CrSrtpOpen;

/* SSRCs a peer may ever send: 3 layers with RTX of 2 kinds of media and a replaced encoder or two. Beyond
 * them packets of new SSRCs are dropped before their state would be made. */
#define CR_SRTP_OPEN_MAX_SSRCS 32

CrSrtpOpen *cr_srtp_open_new (const CrSrtpKeys *keys);
void cr_srtp_open_free (CrSrtpOpen *open);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSrtpOpen, cr_srtp_open_free)

/* Opens in place; *length_bytes becomes the plain length. FALSE: drop it. [media] */
gboolean cr_srtp_open_rtp (CrSrtpOpen *open, guint8 *data, gsize *length_bytes) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_srtp_open_rtcp (CrSrtpOpen *open, guint8 *data, gsize *length_bytes) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
