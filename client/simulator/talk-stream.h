/* SPDX-License-Identifier: Apache-2.0
 *
 * One RTP stream of a simulated classroom: a loop (talk-loop.h) sent over and over under its own SSRC,
 * sequence numbers and timestamps, with MID and RID on every packet as a browser sends them (RFC 9143, RFC
 * 8852). Resends what is asked for; knows no socket.
 *
 * Thread: one; time is a parameter.
 */
#pragma once

#include "rtc/rtp-packet.h"
#include "rtc/srtp-seal.h"
#include "talk-loop.h"

G_BEGIN_DECLS

typedef struct CrTalkStream CrTalkStream;

typedef struct {
  const CrTalkLoop *loop; /* outlives the stream */
  guint8 payload_type;
  CrRtpExtensionIds extensions;
  const gchar *mid;
  const gchar *rid; /* NULL: none */
} CrTalkStreamConfig;

/* `chance` gives SSRC, first sequence number and timestamp. It is silent until started. */
CrTalkStream *cr_talk_stream_new (const CrTalkStreamConfig *config, GRand *chance, gint64 now_us);
void cr_talk_stream_free (CrTalkStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTalkStream, cr_talk_stream_free)

/* From the loop's beginning, a keyframe, with the marker that begins a talkspurt (RFC 3551 section 4.1). Does
 * nothing when it runs already. */
void cr_talk_stream_start (CrTalkStream *stream, gint64 now_us);
void cr_talk_stream_stop (CrTalkStream *stream);
gboolean cr_talk_stream_is_running (const CrTalkStream *stream);

/* The next frame begins the loop again. */
void cr_talk_stream_restart (CrTalkStream *stream);

/* When the next packet is due; G_MAXINT64 when stopped. */
gint64 cr_talk_stream_get_due_us (const CrTalkStream *stream);

/* The packet that is due, to be sealed before the next call. FALSE when none is. */
gboolean cr_talk_stream_take (CrTalkStream *stream, gint64 now_us, CrSrtpParts *parts);

/* A packet that was taken lately once more. FALSE when it is too old. */
gboolean cr_talk_stream_repeat (CrTalkStream *stream, guint16 seq, CrSrtpParts *parts);

guint32 cr_talk_stream_get_ssrc (const CrTalkStream *stream);

/* For a sender report; FALSE before the first packet. */
gboolean cr_talk_stream_get_report (const CrTalkStream *stream, gint64 now_us, guint32 *timestamp_rtp,
                                    guint32 *packets, guint32 *octets);

G_END_DECLS
