/* SPDX-License-Identifier: Apache-2.0
 *
 * The session descriptions of a simulated classroom: the offers a browser would make to a WHEP and to a WHIP
 * endpoint, and what the relay's answer says about the media. The transport's lines of the answer are read by
 * the transport.
 */
#pragma once

#include "rtc/media-types.h"
#include "rtc/rtp-packet.h"

G_BEGIN_DECLS

#define CR_OFFER_MAX_LINES 8

typedef struct {
  guint n_video, n_audio; /* tied to slots in order: camera, screen, …; teacher, floor, … */
  CrCodec only_codec;     /* CR_CODEC_NONE: both H.264 and VP8 */
  gboolean red;           /* RFC 2198 for voice */
  const gchar *ufrag;
  const gchar *password;
  const gchar *fingerprint;       /* SHA-256 */
  const gchar *const *candidates; /* values of a=candidate, NULL-terminated; NULL: none */
} CrOfferConfig;

/* Free with g_free(). */
gchar *cr_offer_write (const CrOfferConfig *config);

/* Of the two layers below. */
#define CR_OFFER_RID_SMALL "l"
#define CR_OFFER_RID_LARGE "h"

/* The offer of a classroom that publishes: a voice and one picture of `only_codec` in two layers (RFC 8853);
 * the numbers of lines are not looked at. Free with g_free(). */
gchar *cr_offer_write_talkback (const CrOfferConfig *config);

typedef struct {
  CrMediaKind kind;
  guint index; /* among the lines of its kind: 0 is the camera, or the teacher's voice */
  gboolean accepted;
  gchar mid[17];
  guint32 ssrc, rtx_ssrc; /* 0: not told */
  CrCodec codecs[128];    /* by payload type */
  guint8 rtx_apt[128];    /* payload type that an RTX payload type stands for; 0: it is no RTX */
  CrRtpExtensionIds extensions;
} CrAnswerLine;

typedef struct {
  guint n_lines;
  CrAnswerLine lines[CR_OFFER_MAX_LINES];
} CrAnswer;

/* NULL and an error when it is no answer to such an offer. Free with g_free(). */
CrAnswer *cr_answer_parse (const gchar *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The line that a packet belongs to: by SSRC, else by MID, else the only line that has its payload type. NULL
 * when none. `*is_rtx` tells whether it is a resend. Extensions of the packet are parsed here. */
const CrAnswerLine *cr_answer_match (const CrAnswer *answer, CrRtpPacket *packet, gboolean *is_rtx);

G_END_DECLS
