/* SPDX-License-Identifier: Apache-2.0
 *
 * An SDP offer (RFC 8866, RFC 9429) read into plain structs, and the answer to it. Pure: no socket, no peer.
 * What was agreed comes out as a CrNegotiation, which is all that the media path knows of SDP. GstSDP does
 * the line parsing.
 */
#pragma once

#include "rtc/dtls.h"
#include "rtc/ice.h"
#include "rtc/media-types.h"
#include "rtc/rtp-packet.h"
#include "rtc/slot-order.h"

G_BEGIN_DECLS

#define CR_SDP_ERROR (cr_sdp_error_quark ())
GQuark cr_sdp_error_quark (void);

/* MALFORMED: it is not SDP, or breaks a rule of it (HTTP 400). UNACCEPTABLE: it is SDP, but cannot be
 * answered: no ICE credentials, no fingerprint, no BUNDLE where there are several m-lines, no rtcp-mux, no
 * common codec, the wrong direction (HTTP 422). */
typedef enum { CR_SDP_ERROR_MALFORMED, CR_SDP_ERROR_UNACCEPTABLE } CrSdpError;

#define CR_SDP_MAX_LINES 16
#define CR_MID_MAX_BYTES 16
#define CR_SDP_MAX_RIDS  3

typedef enum { CR_SDP_PUBLISHER, CR_SDP_VIEWER } CrSdpRole;

/* One m-line as agreed. */
typedef struct {
  gchar mid[CR_MID_MAX_BYTES + 1];
  CrMediaKind kind;
  gboolean accepted; /* FALSE: answered with port 0 (a data channel, an unknown kind, no common codec) */
  CrSlot slot; /* viewer: what it receives here; CR_SLOT_NONE when it has more lines than there are slots */

  guint8 payload_types[CR_N_CODECS]; /* by codec; 0: not agreed */
  guint8 rtx_payload_types[CR_N_CODECS];
  CrRtpExtensionIds extensions;
  gboolean nack, pli, fir, transport_cc;

  /* viewer: the SSRCs that the relay sends with; rtx_ssrc 0 without RTX */
  guint32 ssrc;
  guint32 rtx_ssrc;

  /* publisher */
  guint n_rids;
  gchar rids[CR_SDP_MAX_RIDS][CR_RID_MAX_BYTES + 1]; /* in the order of a=simulcast:send, `~` removed */
  guint n_ssrcs;
  guint32 ssrcs[CR_SDP_MAX_RIDS];     /* of a=ssrc lines, media only */
  guint32 rtx_ssrcs[CR_SDP_MAX_RIDS]; /* of a=ssrc-group:FID; 0 when none */
  GBytes *parameter_sets;             /* H.264 sprop-parameter-sets as Annex B NAL units; NULL when none */
} CrMediaLine;

typedef struct {
  guint n_lines;
  CrMediaLine lines[CR_SDP_MAX_LINES];
  gchar *remote_ufrag;
  gchar *remote_password;
  gchar *remote_fingerprint; /* "sha-256 AB:CD:…" */
  CrDtlsRole dtls_role;      /* ours */
} CrNegotiation;

void cr_negotiation_free (CrNegotiation *negotiation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrNegotiation, cr_negotiation_free)

/* What this side brings to an answer. */
typedef struct {
  CrSdpRole role;
  const CrIceCredentials *ice;
  const gchar *fingerprint;       /* SHA-256, "AB:CD:…" */
  const gchar *const *candidates; /* NULL-terminated values of a=candidate */
  const CrCodec *video_codecs;    /* in order of preference; a publisher is answered with the first it has */
  guint n_video_codecs;
  CrSlotOrder slots; /* viewer: which slots its m-lines are tied to */
} CrSdpLocal;

/* Parses `offer` and writes `*answer` (free with g_free()). NULL on error. Allocates SSRCs at random. Any
 * thread. */
CrNegotiation *cr_sdp_answer_offer (const gchar *offer, gsize length_bytes, const CrSdpLocal *local,
                                    gchar **answer, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A trickle or restart fragment (application/trickle-ice-sdpfrag, RFC 8840). `ufrag` and `password` are NULL
 * when absent; candidates are checked for form and otherwise not needed: an ICE-lite side learns addresses
 * from checks. */
typedef struct {
  gchar *ufrag;
  gchar *password;
  guint n_candidates;
  gboolean end_of_candidates;
} CrSdpFragment;

CrSdpFragment *cr_sdp_fragment_parse (const gchar *text, gsize length_bytes,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_sdp_fragment_free (CrSdpFragment *fragment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSdpFragment, cr_sdp_fragment_free)

/* The fragment that answers an ICE restart: our new credentials, the candidates and the mid of the first
 * BUNDLE line. */
gchar *cr_sdp_fragment_answer (const CrNegotiation *negotiation, const CrIceCredentials *ice,
                               const gchar *const *candidates);

G_END_DECLS
