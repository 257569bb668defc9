/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets find their m-line and layer by whatever the publisher gives: MID and RID, SSRCs, a payload type.
 */
#include "rtc/stream-match.h"
#include "support/make-rtp.h"

#define VIDEO_STREAM (CR_MEDIA_VIDEO * CR_SDP_MAX_RIDS)
#define AUDIO_STREAM (CR_MEDIA_AUDIO * CR_SDP_MAX_RIDS)

/* Audio 111, video 96 with RTX 97; a refused line between them uses 96 too. */
static void
fill (CrNegotiation *negotiation)
{
  *negotiation = (CrNegotiation){
      .n_lines = 3,
      .lines = {{.mid = "a",
                 .kind = CR_MEDIA_AUDIO,
                 .accepted = TRUE,
                 .payload_types = {[CR_CODEC_OPUS] = 111},
                 .extensions = {.mid = 4, .twcc = 3}},
                {.mid = "x", .kind = CR_MEDIA_VIDEO, .payload_types = {[CR_CODEC_VP8] = 96}},
                {.mid = "v",
                 .kind = CR_MEDIA_VIDEO,
                 .accepted = TRUE,
                 .payload_types = {[CR_CODEC_H264] = 96},
                 .rtx_payload_types = {[CR_CODEC_H264] = 97},
                 .extensions = {.mid = 4, .rid = 10, .repaired_rid = 11, .twcc = 3}}},
  };
}

static CrStreamSource *
find (CrStreamMatch *match, guint8 payload_type, guint32 ssrc, const gchar *mid, const gchar *rid,
      const gchar *repaired_rid)
{
  TestRtp rtp;
  CrRtpPacket packet;

  test_rtp_begin (&rtp, payload_type, 1, 2, ssrc);
  if (mid != NULL)
    test_rtp_add_extension (&rtp, 4, mid, strlen (mid));
  if (rid != NULL)
    test_rtp_add_extension (&rtp, 10, rid, strlen (rid));
  if (repaired_rid != NULL)
    test_rtp_add_extension (&rtp, 11, repaired_rid, strlen (repaired_rid));
  g_assert_true (cr_rtp_packet_parse (&packet, rtp.data, rtp.length_bytes));
  cr_rtp_packet_parse_extensions (&packet, &match->extensions);
  return cr_stream_match_find (match, &packet);
}

static void
assert_source (const CrStreamSource *source, guint stream, gboolean rtx)
{
  g_assert_nonnull (source);
  g_assert_cmpuint (source->stream, ==, stream);
  g_assert_cmpint (source->rtx, ==, rtx);
}

static void
test_payload_type (void)
{
  CrNegotiation negotiation;
  CrStreamMatch match;

  fill (&negotiation);
  cr_stream_match_init (&match, &negotiation);
  assert_source (find (&match, 111, 1, NULL, NULL, NULL), AUDIO_STREAM, FALSE);
  assert_source (find (&match, 96, 2, NULL, NULL, NULL), VIDEO_STREAM, FALSE);
  assert_source (find (&match, 97, 3, NULL, NULL, NULL), VIDEO_STREAM, TRUE);
  g_assert_null (find (&match, 98, 4, NULL, NULL, NULL));
  g_assert_null (find (&match, 0, 5, NULL, NULL, NULL));
  g_assert_cmpuint (match.n_sources, ==, 3);
}

static void
test_mid (void)
{
  CrNegotiation negotiation;
  CrStreamMatch match;

  fill (&negotiation);
  negotiation.lines[0].payload_types[CR_CODEC_OPUS] = 96; /* the same number on both lines */
  cr_stream_match_init (&match, &negotiation);
  g_assert_null (find (&match, 96, 1, NULL, NULL, NULL));
  assert_source (find (&match, 96, 1, "a", NULL, NULL), AUDIO_STREAM, FALSE);
  assert_source (find (&match, 96, 2, "v", NULL, NULL), VIDEO_STREAM, FALSE);
  /* Known from now on, without MID. */
  assert_source (find (&match, 96, 1, NULL, NULL, NULL), AUDIO_STREAM, FALSE);
  /* A MID of a refused line, or of none, is not guessed at. */
  g_assert_null (find (&match, 97, 3, "x", NULL, NULL));
  g_assert_null (find (&match, 97, 3, "vv", NULL, NULL));
}

static void
test_simulcast (void)
{
  CrNegotiation negotiation;
  CrStreamMatch match;
  CrMediaLine *video = &negotiation.lines[2];

  fill (&negotiation);
  video->n_rids = 3;
  g_strlcpy (video->rids[0], "h", sizeof video->rids[0]);
  g_strlcpy (video->rids[1], "m", sizeof video->rids[1]);
  g_strlcpy (video->rids[2], "lo", sizeof video->rids[2]);
  cr_stream_match_init (&match, &negotiation);
  g_assert_null (find (&match, 96, 10, "v", NULL, NULL)); /* which layer? */
  assert_source (find (&match, 96, 10, "v", "h", NULL), VIDEO_STREAM, FALSE);
  assert_source (find (&match, 96, 12, "v", "lo", NULL), VIDEO_STREAM + 2, FALSE);
  assert_source (find (&match, 96, 11, NULL, "m", NULL), VIDEO_STREAM + 1, FALSE);
  assert_source (find (&match, 97, 21, "v", NULL, "m"), VIDEO_STREAM + 1, TRUE);
  g_assert_null (find (&match, 97, 22, "v", NULL, "l"));
  g_assert_null (find (&match, 97, 22, "v", NULL, NULL));
}

static void
test_offered_ssrcs (void)
{
  CrNegotiation negotiation;
  CrStreamMatch match;
  CrMediaLine *video = &negotiation.lines[2];
  CrStreamSource *source;

  fill (&negotiation);
  negotiation.lines[0].payload_types[CR_CODEC_OPUS] = 96;
  video->n_ssrcs = 2;
  video->ssrcs[0] = 100;
  video->rtx_ssrcs[0] = 101;
  video->ssrcs[1] = 200;
  video->rtx_ssrcs[1] = 0;
  cr_stream_match_init (&match, &negotiation);
  assert_source (find (&match, 96, 200, NULL, NULL, NULL), VIDEO_STREAM + 1, FALSE);
  source = find (&match, 97, 101, NULL, NULL, NULL);
  assert_source (source, VIDEO_STREAM, TRUE);
  g_assert_cmpuint (source->repairs_ssrc, ==, 100);
  g_assert_null (find (&match, 96, 101 + 1, "v", NULL, NULL)); /* two layers, none of them */
  g_assert_null (find (&match, 97, 100, NULL, NULL, NULL));    /* media SSRC, RTX payload type */
}

static void
test_flood (void)
{
  CrNegotiation negotiation;
  CrStreamMatch match;

  fill (&negotiation);
  cr_stream_match_init (&match, &negotiation);
  assert_source (find (&match, 96, 7, "v", NULL, NULL), VIDEO_STREAM, FALSE);
  for (guint32 ssrc = 1000; ssrc < 1000 + 65536; ssrc++)
    g_assert_cmpint (find (&match, 96, ssrc, "v", NULL, NULL) != NULL, ==,
                     ssrc < 1000 + CR_STREAM_MATCH_MAX_SSRCS - 1);
  assert_source (find (&match, 96, 7, NULL, NULL, NULL), VIDEO_STREAM, FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/stream-match/payload-type", test_payload_type);
  g_test_add_func ("/rtc/stream-match/mid", test_mid);
  g_test_add_func ("/rtc/stream-match/simulcast", test_simulcast);
  g_test_add_func ("/rtc/stream-match/offered-ssrcs", test_offered_ssrcs);
  g_test_add_func ("/rtc/stream-match/flood", test_flood);
  return g_test_run ();
}
