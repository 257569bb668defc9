/* SPDX-License-Identifier: Apache-2.0
 *
 * relaysink as an element: it needs a worker, takes RTP by slot, asks upstream for keyframes, and never holds
 * a source up.
 */
#include "elements/plugin.h"
#include "elements/relaysink.h"

#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#define VIDEO_CAPS                                                                                           \
  "application/x-rtp, media=video, encoding-name=H264, clock-rate=90000, payload=102, ssrc=(uint)1"

typedef struct {
  CrWorker *worker;
  GstElement *sink;
  GstHarness *harness;
  GstFlowReturn flow;
  gboolean accepted;
} Fixture;

static CrWorker *
make_worker (void)
{
  static const gchar *const addresses[] = {"127.0.0.1", NULL};
  g_autoptr (GError) error = NULL;
  CrWorker *worker = cr_worker_new (&(CrWorkerConfig){.addresses = addresses, .udp = TRUE}, &error);

  g_assert_no_error (error);
  return worker;
}

static GstBuffer *
rtp_buffer (guint16 seq)
{
  /* A single NAL unit of an IDR picture (RFC 6184 section 5.6). */
  guint8 packet[] = {0x80, 0x80 | 102, seq >> 8, seq & 0xff, 0, 0, 0, 1, 0, 0, 0, 1, 0x65, 0x88, 0x84, 0x00};

  return gst_buffer_new_memdup (packet, sizeof packet);
}

static void
fixture_set_up (gpointer data)
{
  Fixture *fixture = data;

  fixture->sink = gst_object_ref_sink (cr_relay_sink_new (fixture->worker));
  fixture->harness = gst_harness_new_with_element (fixture->sink, NULL, NULL);
  gst_harness_play (fixture->harness);
  gst_harness_add_element_sink_pad (
      fixture->harness, cr_relay_sink_request_stream (CR_RELAY_SINK (fixture->sink), CR_SLOT_CAMERA, 0));
  gst_harness_set_src_caps_str (fixture->harness, VIDEO_CAPS);
}

static void
fixture_tear_down (gpointer data)
{
  Fixture *fixture = data;

  gst_harness_teardown (fixture->harness);
  gst_element_set_state (fixture->sink, GST_STATE_NULL);
  gst_object_unref (fixture->sink);
}

static void
push_hundred (gpointer data)
{
  Fixture *fixture = data;

  fixture->flow = GST_FLOW_OK;
  for (guint16 seq = 65500; seq != 64; seq++) {
    GstFlowReturn flow = gst_harness_push (fixture->harness, rtp_buffer (seq));

    if (flow != GST_FLOW_OK)
      fixture->flow = flow;
  }
}

static void
test_takes_packets_without_viewers (void)
{
  Fixture fixture = {.worker = make_worker ()};

  cr_media_invoke_sync (fixture.worker, fixture_set_up, &fixture);
  cr_media_invoke_sync (fixture.worker, push_hundred, &fixture);
  g_assert_cmpint (fixture.flow, ==, GST_FLOW_OK);
  cr_media_invoke_sync (fixture.worker, fixture_tear_down, &fixture);
  cr_worker_free (fixture.worker);
}

static void
push_hostile (gpointer data)
{
  static const guint8 junk[][14] = {
      {0}, {0x80}, {0xbf, 0xff, 0xff}, {0xb0, 102, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xff, 0xff}};
  Fixture *fixture = data;

  fixture->flow = GST_FLOW_OK;
  for (guint i = 0; i < G_N_ELEMENTS (junk); i++) {
    for (gsize length_bytes = 1; length_bytes <= sizeof junk[i]; length_bytes++) {
      GstFlowReturn flow = gst_harness_push (fixture->harness, gst_buffer_new_memdup (junk[i], length_bytes));

      if (flow != GST_FLOW_OK)
        fixture->flow = flow;
    }
  }
}

static void
test_malformed_packets_do_not_stop_the_source (void)
{
  Fixture fixture = {.worker = make_worker ()};

  cr_media_invoke_sync (fixture.worker, fixture_set_up, &fixture);
  cr_media_invoke_sync (fixture.worker, push_hostile, &fixture);
  g_assert_cmpint (fixture.flow, ==, GST_FLOW_OK);
  cr_media_invoke_sync (fixture.worker, push_hundred, &fixture);
  g_assert_cmpint (fixture.flow, ==, GST_FLOW_OK);
  cr_media_invoke_sync (fixture.worker, fixture_tear_down, &fixture);
  cr_worker_free (fixture.worker);
}

static void
push_wrong_caps (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GstPad) pad = gst_element_get_static_pad (fixture->sink, "sink_0");

  fixture->accepted = gst_pad_send_event (
      pad, gst_event_new_caps (gst_caps_from_string ("application/x-rtp, media=audio, encoding-name=OPUS, "
                                                     "clock-rate=48000, payload=111, ssrc=(uint)2")));
}

static void
test_audio_is_refused_in_a_video_slot (void)
{
  Fixture fixture = {.worker = make_worker ()};

  cr_media_invoke_sync (fixture.worker, fixture_set_up, &fixture);
  cr_media_invoke_sync (fixture.worker, push_wrong_caps, &fixture);
  g_assert_false (fixture.accepted);
  cr_media_invoke_sync (fixture.worker, fixture_tear_down, &fixture);
  cr_worker_free (fixture.worker);
}

static void
test_needs_a_worker (void)
{
  g_autoptr (GstElement) sink = gst_object_ref_sink (gst_element_factory_make ("relaysink", NULL));

  g_assert_nonnull (sink);
  g_assert_cmpint (gst_element_set_state (sink, GST_STATE_READY), ==, GST_STATE_CHANGE_FAILURE);
  gst_element_set_state (sink, GST_STATE_NULL);
}

static void
test_pads_name_their_slot (void)
{
  CrWorker *worker = make_worker ();
  g_autoptr (GstElement) sink = gst_object_ref_sink (cr_relay_sink_new (worker));
  g_autoptr (GstPad) pad = cr_relay_sink_request_stream (CR_RELAY_SINK (sink), CR_SLOT_TEACHER_AUDIO, 0);
  g_autofree gchar *slot = NULL;

  gst_object_ref (pad);
  g_object_get (pad, "slot", &slot, NULL);
  g_assert_cmpstr (slot, ==, "audio:teacher");
  g_object_set (pad, "slot", "screen", "layer", 2, NULL);
  g_clear_pointer (&slot, g_free);
  g_object_get (pad, "slot", &slot, NULL);
  g_assert_cmpstr (slot, ==, "screen");
  gst_element_release_request_pad (sink, pad);
  cr_worker_free (worker);
}

int
main (int argc, char **argv)
{
  gst_init (NULL, NULL);
  g_test_init (&argc, &argv, NULL);
  cr_elements_register ();
  g_test_add_func ("/elements/relaysink/takes-packets-without-viewers", test_takes_packets_without_viewers);
  g_test_add_func ("/elements/relaysink/malformed-packets-do-not-stop-the-source",
                   test_malformed_packets_do_not_stop_the_source);
  g_test_add_func ("/elements/relaysink/audio-is-refused-in-a-video-slot",
                   test_audio_is_refused_in_a_video_slot);
  g_test_add_func ("/elements/relaysink/needs-a-worker", test_needs_a_worker);
  g_test_add_func ("/elements/relaysink/pads-name-their-slot", test_pads_name_their_slot);
  return g_test_run ();
}
