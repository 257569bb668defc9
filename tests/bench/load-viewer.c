/* SPDX-License-Identifier: Apache-2.0
 *
 * Kinds are told apart by payload type: the answer names one video and one voice codec.
 */
#include "load-viewer.h"
#include "trace.h"

#include "rtc/rtcp-out.h"

/* Chromium asks again as often. */
#define ASK_AGAIN_US (200 * 1000)

#define OWN_SSRC 1

static void
fail (CrLoadViewer *viewer, const gchar *why)
{
  if (viewer->shared->n_failed++ == 0) /* the first says what the others would */
    g_printerr ("bench-load: a viewer failed: %s\n", why);
}

static void
ask_for_keyframe (CrLoadViewer *viewer, gint64 now_us)
{
  CrRtcpWriter writer;

  if (viewer->asked_us != 0 && (!viewer->looks_inside || now_us - viewer->asked_us < ASK_AGAIN_US))
    return;
  viewer->asked_us = now_us;
  cr_rtcp_writer_begin (&writer);
  cr_rtcp_writer_add_receiver_report (&writer, OWN_SSRC);
  cr_rtcp_writer_add_pli (&writer, OWN_SSRC, viewer->ssrcs[CR_MEDIA_VIDEO]);
  cr_light_peer_send_rtcp (viewer->peer, writer.data, cr_rtcp_writer_end (&writer));
}

void
cr_load_viewer_report (CrLoadViewer *viewer)
{
  CrRtcpWriter writer;

  if (viewer->first_packet_us == 0)
    return;
  cr_rtcp_writer_begin (&writer);
  cr_rtcp_writer_add_receiver_report (&writer, OWN_SSRC);
  for (guint kind = 0; kind < 2; kind++) {
    if (viewer->ssrcs[kind] != 0)
      cr_rtcp_writer_add_report_block (&writer, viewer->ssrcs[kind], 0, 0, viewer->seqs[kind], 0, 0, 0);
  }
  cr_rtcp_writer_add_cname (&writer, OWN_SSRC, "load");
  cr_light_peer_send_rtcp (viewer->peer, writer.data, cr_rtcp_writer_end (&writer));
}

/* The picture is there when the marker of the keyframe is. */
static void
look_for_picture (CrLoadViewer *viewer, CrRtpPacket *packet, gint64 now_us)
{
  if (!cr_rtp_packet_parse_payload (packet, CR_CODEC_H264))
    return;
  if (packet->starts_keyframe && !viewer->in_keyframe) {
    viewer->in_keyframe = TRUE;
    viewer->keyframe_rtp = packet->timestamp_rtp;
  }
  if (!viewer->in_keyframe)
    ask_for_keyframe (viewer, now_us);
  else if (packet->marker && packet->timestamp_rtp == viewer->keyframe_rtp)
    viewer->picture_us = now_us;
}

static void
count (CrLoadLine *line, guint16 seq)
{
  if (!line->started) {
    line->started = TRUE;
    line->last_seq = (guint16)(seq - 1);
  }
  line->received++;
  if ((gint16)(seq - line->last_seq) <= 0)
    return;
  line->expected += (guint16)(seq - line->last_seq);
  line->last_seq = seq;
}

static void
note_delay (CrLoadViewer *viewer, const CrRtpPacket *packet)
{
  gint64 stamp_ns = cr_light_loop_get_stamp_ns (viewer->shared->loop);
  gint64 sent_ns = cr_trace_read_stamp (cr_rtp_packet_payload (packet), packet->payload_bytes);
  guint32 delay_us;

  if (sent_ns == 0 || stamp_ns == 0)
    return;
  delay_us = (guint32)(MAX (stamp_ns - sent_ns, 0) / 1000);
  g_array_append_val (viewer->shared->delays_us, delay_us);
}

static void
on_rtp (CrLightPeer *peer, guint8 *data, gsize length_bytes, gint64 arrival_us, gpointer user_data)
{
  CrLoadViewer *viewer = user_data;
  guint8 payload_type = data[1] & 0x7f;
  const CrAnswerLine *line = NULL;
  CrRtpPacket packet;

  for (guint i = 0; i < viewer->answer->n_lines && line == NULL; i++) {
    if (viewer->answer->lines[i].codecs[payload_type] != CR_CODEC_NONE)
      line = &viewer->answer->lines[i];
  }
  if (line == NULL) {
    viewer->resent++;
    return;
  }
  viewer->seqs[line->kind] = (guint16)(data[2] << 8 | data[3]);
  viewer->ssrcs[line->kind] = (guint32)data[8] << 24 | data[9] << 16 | data[10] << 8 | data[11];
  if (viewer->shared->measuring)
    count (&viewer->lines[line->kind], viewer->seqs[line->kind]);
  if (viewer->first_packet_us == 0 && (line->kind == CR_MEDIA_VIDEO || viewer->shared->n_video == 0))
    viewer->first_packet_us = g_get_monotonic_time ();
  if (!viewer->looks_inside) {
    if (viewer->asked_us == 0 && line->kind == CR_MEDIA_VIDEO)
      ask_for_keyframe (viewer, arrival_us);
    return;
  }
  if (!cr_rtp_packet_parse (&packet, data, length_bytes))
    return;
  if (viewer->picture_us == 0 && line->kind == CR_MEDIA_VIDEO)
    look_for_picture (viewer, &packet, g_get_monotonic_time ());
  if (viewer->shared->measuring && !viewer->is_late)
    note_delay (viewer, &packet);
}

static void
on_connected (CrLightPeer *peer, gpointer data)
{
  CrLoadViewer *viewer = data;

  viewer->connected_us = g_get_monotonic_time ();
}

static void
on_closed (CrLightPeer *peer, CrLightEnd end, gpointer data)
{
  CrLoadViewer *viewer = data;
  const gchar *failure = cr_light_peer_get_failure (peer);

  fail (viewer, failure != NULL ? failure : "the relay has let go of it, or never answered");
}

static void
on_answer (const CrHttpReply *reply, gpointer data)
{
  CrLoadViewer *viewer = data;
  g_autoptr (GError) error = NULL;

  if (reply->status != 201) {
    fail (viewer, reply->failure != NULL ? reply->failure : reply->body);
    return;
  }
  viewer->answer = cr_answer_parse (reply->body, &error);
  if (viewer->answer == NULL || !cr_light_peer_start (viewer->peer, reply->body, &error))
    fail (viewer, error->message);
}

void
cr_load_viewer_join (CrLoadViewer *viewer, CrLoadShared *shared, guint lesson, gboolean looks_inside)
{
  static const CrLightPeerHandler handler = {
      .on_connected = on_connected, .on_rtp = on_rtp, .on_closed = on_closed};
  CrOfferConfig config = {
      .n_video = shared->n_video, .n_audio = shared->n_audio, .only_codec = CR_CODEC_H264};
  g_autofree gchar *path = cr_bench_for_lesson (shared->path, lesson);
  g_autofree gchar *token = shared->token != NULL ? cr_bench_for_lesson (shared->token, lesson) : NULL;
  g_autofree gchar *offer = NULL;

  viewer->shared = shared;
  viewer->looks_inside = looks_inside;
  viewer->peer = cr_light_peer_new (shared->loop, shared->identity, &handler, viewer);
  if (looks_inside)
    cr_light_peer_stamp_arrivals (viewer->peer);
  else
    cr_light_peer_leave_sealed (viewer->peer);
  config.ufrag = cr_light_peer_get_ufrag (viewer->peer);
  config.password = cr_light_peer_get_password (viewer->peer);
  config.fingerprint = cr_light_peer_get_fingerprint (viewer->peer);
  offer = cr_offer_write (&config);
  viewer->posted_us = g_get_monotonic_time ();
  cr_http_client_send (shared->http, "POST", path, token, "application/sdp", offer, NULL, on_answer, viewer);
}

void
cr_load_viewer_clear (CrLoadViewer *viewer)
{
  g_clear_pointer (&viewer->peer, cr_light_peer_free);
  g_clear_pointer (&viewer->answer, g_free);
}

void
cr_load_viewer_reset (CrLoadViewer *viewer)
{
  viewer->lines[0] = viewer->lines[1] = (CrLoadLine){0};
  viewer->resent = 0;
}

guint64
cr_load_viewer_expected (const CrLoadViewer *viewer)
{
  return viewer->lines[0].expected + viewer->lines[1].expected;
}
