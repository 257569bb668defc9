/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of sdp.h: an offer as plain structs, checked but not yet judged. What of it is agreed is decided in
 * sdp.c and written down by sdp-answer.c.
 */
#pragma once

#include "rtc/sdp.h"
#include <gst/sdp/gstsdpmessage.h>

G_BEGIN_DECLS

#define CR_SDP_MAX_BYTES (64 * 1024)

/* GstSDP cuts tokens silently at 8 KiB; no line of a real offer comes near half of it. */
#define CR_SDP_MAX_LINE_BYTES 4096

/* RFC 3551: seven bits. */
#define CR_SDP_N_PAYLOAD_TYPES 128

/* Bits of a=rtcp-fb that the relay knows. */
typedef enum {
  CR_SDP_FEEDBACK_NACK = 1 << 0,
  CR_SDP_FEEDBACK_PLI = 1 << 1,
  CR_SDP_FEEDBACK_FIR = 1 << 2,
  CR_SDP_FEEDBACK_TRANSPORT_CC = 1 << 3
} CrSdpFeedback;

/* Bits of a direction attribute, seen from the offerer. */
typedef enum { CR_SDP_SENDS = 1 << 0, CR_SDP_RECEIVES = 1 << 1 } CrSdpDirection;

/* One payload type of an m-line. */
typedef struct {
  gboolean listed;   /* in the m-line */
  gboolean mapped;   /* has an rtpmap */
  gboolean is_rtx;   /* rtx/90000 */
  CrCodec codec;     /* CR_CODEC_NONE when the relay does not know it */
  const gchar *fmtp; /* format parameters; "" when none; owned by the message */
  guint feedback;    /* CrSdpFeedback */
} CrSdpFormat;

typedef struct {
  const GstSDPMedia *media;
  gchar mid[CR_MID_MAX_BYTES + 1]; /* "" when absent */
  gboolean is_rtp;                 /* audio or video over DTLS-SRTP */
  CrMediaKind kind;                /* when is_rtp */
  gboolean enabled;                /* its port is not 0, or it is bundle-only */
  gboolean bundle_only;
  gboolean bundled; /* in the BUNDLE group */
  gboolean rtcp_mux;
  guint direction; /* CrSdpDirection */

  guint n_formats;
  guint8 order[CR_SDP_N_PAYLOAD_TYPES]; /* payload types as the m-line lists them */
  CrSdpFormat formats[CR_SDP_N_PAYLOAD_TYPES];

  CrRtpExtensionIds extensions; /* ids offered in a direction that serves `role` */
  guint directional;            /* bits by index in cr_sdp_extensions: offered with a direction */
  gboolean allow_mixed;

  guint n_rids;
  gchar rids[CR_SDP_MAX_RIDS][CR_RID_MAX_BYTES + 1];
  const gchar *rid_restrictions[CR_SDP_MAX_RIDS];
  guint n_ssrcs;
  guint32 ssrcs[CR_SDP_MAX_RIDS];
  guint32 rtx_ssrcs[CR_SDP_MAX_RIDS];
} CrSdpOfferLine;

typedef struct {
  GstSDPMessage *message;
  gboolean has_bundle;
  guint n_lines;
  CrSdpOfferLine lines[CR_SDP_MAX_LINES];
  guint n_bundled;
  guint bundle_order[CR_SDP_MAX_LINES]; /* indices of lines, as the BUNDLE group lists them */
} CrSdpOffer;

/* Any thread. Errors: CR_SDP_ERROR. */
CrSdpOffer *cr_sdp_offer_parse (const gchar *text, gsize length_bytes, CrSdpRole role, GError **error);
void cr_sdp_offer_free (CrSdpOffer *offer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSdpOffer, cr_sdp_offer_free)

/* Reads rtpmap, fmtp and rtcp-fb of one line into `formats`. */
gboolean cr_sdp_offer_read_formats (CrSdpOfferLine *line, guint index, GError **error);

/* Reads extmap, rid, simulcast, ssrc and ssrc-group of one line. */
gboolean cr_sdp_offer_read_streams (CrSdpOfferLine *line, const GstSDPMessage *message, CrSdpRole role,
                                    guint index, GError **error);

/* The URI of each id in CrRtpExtensionIds, and where the id lies in it. */
typedef struct {
  const gchar *uri;
  gsize offset;
} CrSdpExtension;
extern const CrSdpExtension cr_sdp_extensions[];
#define CR_SDP_N_EXTENSIONS         6
#define CR_SDP_EXTENSION_ID(ids, i) G_STRUCT_MEMBER (guint8, ids, cr_sdp_extensions[i].offset)

/* The value of `name` in "a=1;b=2" (RFC 8866 section 6.15), or NULL; free with g_free(). */
gchar *cr_sdp_fmtp_get (const gchar *fmtp, const gchar *name);

/* TRUE when the parameter is there and has exactly this value. */
gboolean cr_sdp_fmtp_is (const gchar *fmtp, const gchar *name, const gchar *value);

/* Lengths and alphabet of RFC 8839 section 5.4. Sets `error` when either is wrong; NULL is fine. */
gboolean cr_sdp_check_ice (const gchar *ufrag, const gchar *password, GError **error);

/* A token of RFC 8866 section 9, not empty. */
gboolean cr_sdp_is_token (const gchar *text);

/* Sets `error` to "m-line N: …", N from 1, and returns FALSE. */
gboolean cr_sdp_fail_line (GError **error, CrSdpError code, guint index, const gchar *format, ...)
    G_GNUC_PRINTF (4, 5);

/* Checks that `text` is UTF-8 without control characters, lines of the form x=…, within the limits. */
gboolean cr_sdp_check_text (const gchar *text, gsize length_bytes, GError **error);

/* The index of the line that speaks for the transport: the first accepted one in the order of the BUNDLE
 * group (RFC 9143 section 7.3.1), or the only one there is. At least one must be accepted. */
guint cr_sdp_find_tagged (const CrSdpOffer *offer, const CrNegotiation *negotiation);

/* Fills the remote credentials, fingerprint and the DTLS role from the accepted lines, of which there is at
 * least one. */
gboolean cr_sdp_agree_transport (const CrSdpOffer *offer, CrNegotiation *negotiation, GError **error);

/* The text of the answer to what was agreed. */
gchar *cr_sdp_answer_write (const CrSdpOffer *offer, const CrNegotiation *negotiation,
                            const CrSdpLocal *local);

G_END_DECLS
