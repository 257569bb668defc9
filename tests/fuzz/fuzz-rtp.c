/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: a publisher's opened RTP packets through parsing, matching to a stream, the entry of the
 * stream, parameter sets and RED. The input is pieces of two bytes of length and a packet.
 */
#include "fuzz-input.h"

#include "rtc/ingress.h"
#include "rtc/parameter-sets.h"
#include "rtc/redundancy.h"
#include "rtc/rtp-packet.h"
#include "rtc/stream-match.h"

#define MAX_PACKETS       64
#define PACKET_SPACING_US 3000

/* What a simulcast publisher of a browser would have agreed on. */
static void
fill_negotiation (CrNegotiation *negotiation)
{
  CrMediaLine *audio = &negotiation->lines[0], *video = &negotiation->lines[1];

  memset (negotiation, 0, sizeof *negotiation);
  negotiation->n_lines = 2;
  *audio = (CrMediaLine){.mid = "0",
                         .kind = CR_MEDIA_AUDIO,
                         .accepted = TRUE,
                         .payload_types = {[CR_CODEC_OPUS] = 111, [CR_CODEC_RED] = 63},
                         .extensions = {.mid = 4, .abs_send_time = 2, .twcc = 3, .audio_level = 1}};
  *video =
      (CrMediaLine){.mid = "1",
                    .kind = CR_MEDIA_VIDEO,
                    .accepted = TRUE,
                    .payload_types = {[CR_CODEC_H264] = 108, [CR_CODEC_VP8] = 96},
                    .rtx_payload_types = {[CR_CODEC_H264] = 109, [CR_CODEC_VP8] = 97},
                    .extensions = {.mid = 4, .rid = 10, .repaired_rid = 11, .abs_send_time = 2, .twcc = 3},
                    .nack = TRUE,
                    .n_rids = 3,
                    .rids = {"h", "m", "l"}};
}

static void
check_inside (const CrRtpPacket *packet, const gchar *text, gsize text_bytes)
{
  const guint8 *start = (const guint8 *)text;

  if (text != NULL)
    g_assert_true (start >= packet->data && start + text_bytes <= packet->data + packet->header_bytes);
}

static void
check_red (const CrRtpPacket *packet)
{
  g_autofree guint8 *headers = g_malloc (CR_RED_MAX_HEADER_BYTES);
  const guint8 *payload = cr_rtp_packet_payload (packet);
  gsize primary = cr_redundancy_find_primary (payload, packet->payload_bytes);

  g_assert_true (primary == 0 || primary <= packet->payload_bytes);
  g_assert_cmpuint (cr_redundancy_rewrite_headers (payload, packet->payload_bytes, 111, headers), <=,
                    CR_RED_MAX_HEADER_BYTES);
}

static void
receive (const guint8 *data, gsize length_bytes, CrStreamMatch *match, CrIngress *ingress,
         CrParameterSets *sets, gint64 now_us)
{
  CrRtpPacket packet;
  CrStreamSource *source;
  CrCodec codec = CR_CODEC_NONE;
  gboolean rtx;
  guint16 seqs[32];

  if (!cr_rtp_packet_parse (&packet, data, length_bytes))
    return;
  g_assert_cmpuint (packet.header_bytes + packet.payload_bytes + packet.padding_bytes, ==, length_bytes);
  cr_rtp_packet_parse_extensions (&packet, &match->extensions);
  check_inside (&packet, packet.mid, packet.mid_bytes);
  check_inside (&packet, packet.rid, packet.rid_bytes);
  check_inside (&packet, packet.repaired_rid, packet.repaired_rid_bytes);

  source = cr_stream_match_find (match, &packet);
  if (source != NULL)
    codec = cr_stream_match_codec (source->line, packet.payload_type, &rtx);
  /* A packet of no stream is looked into all the same: the parser does not know. */
  if (codec == CR_CODEC_NONE)
    codec = CR_CODEC_H264 + packet.payload_type % (CR_N_CODECS - CR_CODEC_H264);
  if (cr_rtp_packet_parse_payload (&packet, codec)) {
    g_assert_cmpuint (packet.vp8_descriptor_bytes, <=, packet.payload_bytes);
    if (codec == CR_CODEC_H264)
      cr_parameter_sets_see_payload (sets, cr_rtp_packet_payload (&packet), packet.payload_bytes);
    cr_parameter_sets_get_packet (sets);
  }
  check_red (&packet);
  cr_ingress_receive (ingress, packet.seq, packet.timestamp_rtp, now_us, packet.marker);
  g_assert_cmpuint (cr_ingress_collect_nacks (ingress, now_us, seqs, G_N_ELEMENTS (seqs)), <=,
                    G_N_ELEMENTS (seqs));
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_log_set_writer_func (fuzz_write_log, NULL, NULL);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (CrIngress) ingress = cr_ingress_new (1, 90000, TRUE);
  g_autoptr (CrParameterSets) sets = cr_parameter_sets_new (NULL);
  g_autofree CrNegotiation *negotiation = g_new (CrNegotiation, 1);
  g_autofree CrStreamMatch *match = g_new (CrStreamMatch, 1);
  FuzzInput input = {data, size};

  fill_negotiation (negotiation);
  cr_stream_match_init (match, negotiation);
  for (guint i = 0; i < MAX_PACKETS && !fuzz_input_at_end (&input); i++) {
    gsize length;
    g_autofree guint8 *packet = fuzz_input_piece (&input, CR_MAX_DATAGRAM_BYTES, 0, &length);

    receive (packet, length, match, ingress, sets, (gint64)(i + 1) * PACKET_SPACING_US);
  }
  return 0;
}
