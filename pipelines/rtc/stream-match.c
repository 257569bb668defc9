/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 4, between rtp-packet and ingress; from publisher; to publisher; media thread; allocates nothing; on
 * failure the packet is dropped and counted as junk.
 */
#include "rtc/stream-match.h"

#include <string.h>

/* A line takes an extension id of the others only where it has none itself. */
static void
merge_extensions (CrRtpExtensionIds *all, const CrRtpExtensionIds *line)
{
  all->mid = all->mid != 0 ? all->mid : line->mid;
  all->rid = all->rid != 0 ? all->rid : line->rid;
  all->repaired_rid = all->repaired_rid != 0 ? all->repaired_rid : line->repaired_rid;
  all->abs_send_time = all->abs_send_time != 0 ? all->abs_send_time : line->abs_send_time;
  all->twcc = all->twcc != 0 ? all->twcc : line->twcc;
  all->audio_level = all->audio_level != 0 ? all->audio_level : line->audio_level;
}

static void
claim_payload_type (CrStreamMatch *match, const CrMediaLine *line, guint8 payload_type, gboolean *ambiguous)
{
  payload_type &= 0x7f;
  if (payload_type == 0)
    return;
  if (match->by_payload_type[payload_type] != NULL && match->by_payload_type[payload_type] != line)
    ambiguous[payload_type] = TRUE;
  match->by_payload_type[payload_type] = line;
}

void
cr_stream_match_init (CrStreamMatch *match, const CrNegotiation *negotiation)
{
  gboolean ambiguous[128] = {FALSE};

  memset (match, 0, sizeof *match);
  match->negotiation = negotiation;
  for (guint i = 0; i < negotiation->n_lines; i++) {
    const CrMediaLine *line = &negotiation->lines[i];

    if (!line->accepted || match->lines[line->kind] != NULL)
      continue;
    match->lines[line->kind] = line;
    merge_extensions (&match->extensions, &line->extensions);
    for (guint codec = 0; codec < CR_N_CODECS; codec++) {
      claim_payload_type (match, line, line->payload_types[codec], ambiguous);
      claim_payload_type (match, line, line->rtx_payload_types[codec], ambiguous);
    }
  }
  for (guint i = 0; i < G_N_ELEMENTS (ambiguous); i++) {
    if (ambiguous[i])
      match->by_payload_type[i] = NULL;
  }
}

CrCodec
cr_stream_match_codec (const CrMediaLine *line, guint8 payload_type, gboolean *rtx)
{
  if (payload_type == 0)
    return CR_CODEC_NONE;
  for (guint codec = CR_CODEC_NONE + 1; codec < CR_N_CODECS; codec++) {
    *rtx = line->rtx_payload_types[codec] == payload_type;
    if (*rtx || line->payload_types[codec] == payload_type)
      return codec;
  }
  return CR_CODEC_NONE;
}

static gboolean
text_is (const gchar *text, gsize text_bytes, const gchar *expected)
{
  return strlen (expected) == text_bytes && memcmp (text, expected, text_bytes) == 0;
}

static const CrMediaLine *
find_line (const CrStreamMatch *match, const CrRtpPacket *packet)
{
  if (packet->mid == NULL)
    return NULL;
  for (guint kind = 0; kind < G_N_ELEMENTS (match->lines); kind++) {
    const CrMediaLine *line = match->lines[kind];

    if (line != NULL && text_is (packet->mid, packet->mid_bytes, line->mid))
      return line;
  }
  return NULL;
}

/* The layer that a RID names; -1: none of this line. */
static gint
find_rid (const CrMediaLine *line, const gchar *rid, gsize rid_bytes)
{
  for (guint i = 0; i < line->n_rids; i++) {
    if (text_is (rid, rid_bytes, line->rids[i]))
      return (gint)i;
  }
  return -1;
}

static gboolean
match_offered_ssrc (const CrMediaLine *line, guint32 ssrc, CrStreamSource *source, guint *layer)
{
  for (guint i = 0; i < line->n_ssrcs; i++) {
    if (line->ssrcs[i] == ssrc || (line->rtx_ssrcs[i] == ssrc && ssrc != 0)) {
      *layer = i;
      source->rtx = line->ssrcs[i] != ssrc;
      source->repairs_ssrc = source->rtx ? line->ssrcs[i] : 0;
      return TRUE;
    }
  }
  return FALSE;
}

/* Within a line: by RID, by the SSRCs of the offer, or because there is only one stream that it can be. */
static gboolean
match_within_line (const CrMediaLine *line, const CrRtpPacket *packet, CrStreamSource *source, guint *layer)
{
  gboolean rtx = FALSE;
  gint found;

  if (cr_stream_match_codec (line, packet->payload_type, &rtx) == CR_CODEC_NONE)
    return FALSE;
  source->rtx = rtx;
  if (line->n_rids > 0 && (packet->rid != NULL || packet->repaired_rid != NULL)) {
    found = packet->repaired_rid != NULL ? find_rid (line, packet->repaired_rid, packet->repaired_rid_bytes)
                                         : find_rid (line, packet->rid, packet->rid_bytes);
    *layer = (guint)MAX (found, 0);
    return found >= 0;
  }
  if (match_offered_ssrc (line, packet->ssrc, source, layer))
    return source->rtx == rtx;
  *layer = 0;
  return line->n_rids <= 1 && line->n_ssrcs <= 1;
}

static const CrMediaLine *
find_line_by_offered_ssrc (const CrStreamMatch *match, guint32 ssrc)
{
  CrStreamSource ignored;
  guint layer;

  for (guint kind = 0; kind < G_N_ELEMENTS (match->lines); kind++) {
    if (match->lines[kind] != NULL && match_offered_ssrc (match->lines[kind], ssrc, &ignored, &layer))
      return match->lines[kind];
  }
  return NULL;
}

static CrStreamSource *
remember (CrStreamMatch *match, const CrRtpPacket *packet)
{
  CrStreamSource source = {.ssrc = packet->ssrc};
  guint layer = 0;

  if (match->n_sources == G_N_ELEMENTS (match->sources))
    return NULL;
  source.line = find_line (match, packet);
  if (source.line == NULL && packet->mid != NULL)
    return NULL; /* it says that it belongs elsewhere */
  if (source.line == NULL)
    source.line = find_line_by_offered_ssrc (match, packet->ssrc);
  if (source.line == NULL)
    source.line = match->by_payload_type[packet->payload_type];
  if (source.line == NULL || !match_within_line (source.line, packet, &source, &layer))
    return NULL;
  source.stream = (guint8)(source.line->kind * CR_SDP_MAX_RIDS + layer);
  match->last = match->n_sources;
  match->sources[match->n_sources++] = source;
  return &match->sources[match->last];
}

CrStreamSource *
cr_stream_match_find (CrStreamMatch *match, const CrRtpPacket *packet)
{
  if (match->n_sources > 0 && match->sources[match->last].ssrc == packet->ssrc)
    return &match->sources[match->last];
  for (guint i = 0; i < match->n_sources; i++) {
    if (match->sources[i].ssrc == packet->ssrc) {
      match->last = i;
      return &match->sources[i];
    }
  }
  return remember (match, packet);
}
