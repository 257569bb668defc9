/* SPDX-License-Identifier: Apache-2.0
 *
 *   Opus packet -> pad -> opusdec -> pad -> 20 ms of sound -> tone finder
 *
 * opusdec is driven by pads of ours, outside any pipeline, so that a push decodes and comes back with the
 * samples in the same call, without a thread for each voice.
 */
#include "ear.h"

#include "rtc/rtp-packet.h"
#include "talk-tone.h"
#include "tone-finder.h"
#include <gio/gio.h>
#include <gst/gst.h>
#include <string.h>

/* What has not come for so long is over: more than a resend of a picture takes, and five frames at 10/s. */
#define OVER_US (500 * 1000)

/* A process that was held up for so long has packets waiting that it has not read: it must not judge. */
#define HELD_UP_US (100 * 1000)

/* A tone is believed when as many windows in a row have it, so that no vowel passes for one. */
#define WINDOWS_TO_BELIEVE 3

/* A voice whose packets have been away for so long begins anew. */
#define ROUND_US (200 * 1000)

typedef struct {
  GstElement *decoder;
  GstPad *feed, *drain;
  CrToneFinder finder;
  gint16 frame[CR_TONE_FRAME_SAMPLES];
  guint n_frame;
  GstClockTime pts;

  gint64 arrival_us, before_us; /* of the packet that is being decoded, and of the one before it */
  guint candidate, n_windows;   /* the tone of the last windows, and how many */
  gint64 candidate_us;          /* arrival of the first packet in them */
} Voice;

typedef struct {
  gboolean flowing, large;
  gint64 last_us;
} Picture;

struct CrEar {
  GBytes *large;
  guint first_floor;
  CrEarFunc func;
  gpointer data;
  Voice *voices[CR_OFFER_MAX_LINES];
  Picture pictures[CR_OFFER_MAX_LINES];
  guint64 heard;
  gint64 last_us[CR_TALK_N_TONES];
  gint64 ticked_us;
};

static void
tell_tone (CrEar *ear, guint number, gboolean begins, gint64 at_us)
{
  const CrEarNews news = {.at_us = at_us, .begins = begins, .number = number};

  if (begins)
    ear->heard |= G_GUINT64_CONSTANT (1) << (number - 1);
  else
    ear->heard &= ~(G_GUINT64_CONSTANT (1) << (number - 1));
  ear->func (&news, ear->data);
}

/* One window: 20 ms that came with the present packet, and 20 ms before. */
static void
note_window (CrEar *ear, Voice *voice, guint number)
{
  if (number != voice->candidate || voice->arrival_us - voice->before_us > ROUND_US) {
    voice->candidate = number;
    voice->n_windows = 0;
    voice->candidate_us =
        voice->arrival_us - voice->before_us > ROUND_US ? voice->arrival_us : voice->before_us;
  }
  voice->n_windows++;
  if (number == 0 || voice->n_windows < WINDOWS_TO_BELIEVE)
    return;
  ear->last_us[number - 1] = voice->arrival_us;
  if (!(ear->heard & G_GUINT64_CONSTANT (1) << (number - 1)))
    tell_tone (ear, number, TRUE, voice->candidate_us);
}

/* Decoded sound; within the push. */
static GstFlowReturn
on_sound (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  CrEar *ear = g_object_get_data (G_OBJECT (pad), "ear");
  Voice *voice = g_object_get_data (G_OBJECT (pad), "voice");
  GstMapInfo map;

  if (gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    const gint16 *samples = (const gint16 *)map.data;

    for (gsize i = 0; i < map.size / sizeof (gint16); i++) {
      voice->frame[voice->n_frame++] = samples[i];
      if (voice->n_frame < CR_TONE_FRAME_SAMPLES)
        continue;
      voice->n_frame = 0;
      note_window (ear, voice, cr_tone_finder_take (&voice->finder, voice->frame));
    }
    gst_buffer_unmap (buffer, &map);
  }
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
voice_free (Voice *voice)
{
  gst_element_set_state (voice->decoder, GST_STATE_NULL);
  gst_pad_set_active (voice->feed, FALSE);
  gst_pad_set_active (voice->drain, FALSE);
  gst_object_unref (voice->feed);
  gst_object_unref (voice->drain);
  gst_object_unref (voice->decoder);
  g_free (voice);
}

static void
begin_stream (Voice *voice)
{
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("audio/x-opus", "channel-mapping-family", G_TYPE_INT, 0,
                                                  "channels", G_TYPE_INT, 1, "rate", G_TYPE_INT, 48000, NULL);
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (voice->feed, gst_event_new_stream_start ("voice"));
  gst_pad_push_event (voice->feed, gst_event_new_caps (caps));
  gst_pad_push_event (voice->feed, gst_event_new_segment (&segment));
}

static Voice *
voice_new (CrEar *ear)
{
  Voice *voice = g_new0 (Voice, 1);
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstPad) source = NULL;

  voice->decoder = gst_object_ref_sink (gst_element_factory_make ("opusdec", NULL));
  voice->feed = gst_object_ref_sink (gst_pad_new ("feed", GST_PAD_SRC));
  voice->drain = gst_object_ref_sink (gst_pad_new ("drain", GST_PAD_SINK));
  g_object_set_data (G_OBJECT (voice->drain), "ear", ear);
  g_object_set_data (G_OBJECT (voice->drain), "voice", voice);
  gst_pad_set_chain_function (voice->drain, on_sound);
  sink = gst_element_get_static_pad (voice->decoder, "sink");
  source = gst_element_get_static_pad (voice->decoder, "src");
  gst_pad_set_active (voice->drain, TRUE);
  gst_pad_link (source, voice->drain);
  gst_pad_link (voice->feed, sink);
  gst_element_set_state (voice->decoder, GST_STATE_PLAYING);
  gst_pad_set_active (voice->feed, TRUE);
  begin_stream (voice);
  return voice;
}

CrEar *
cr_ear_new (GBytes *large, guint first_floor, CrEarFunc func, gpointer data, GError **error)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find ("opusdec");
  CrEar *ear;

  if (factory == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "GStreamer's opusdec is not installed");
    return NULL;
  }
  ear = g_new0 (CrEar, 1);
  ear->large = large;
  ear->first_floor = first_floor;
  ear->func = func;
  ear->data = data;
  return ear;
}

void
cr_ear_free (CrEar *ear)
{
  for (guint i = 0; i < CR_OFFER_MAX_LINES; i++)
    g_clear_pointer (&ear->voices[i], voice_free);
  g_free (ear);
}

static void
take_voice (CrEar *ear, guint index, const CrRtpPacket *packet, gint64 arrival_us)
{
  GstBuffer *buffer = gst_buffer_new_memdup (cr_rtp_packet_payload (packet), packet->payload_bytes);
  Voice *voice;

  if (ear->voices[index] == NULL)
    ear->voices[index] = voice_new (ear);
  voice = ear->voices[index];
  voice->before_us = voice->arrival_us;
  voice->arrival_us = arrival_us;
  GST_BUFFER_PTS (buffer) = voice->pts;
  GST_BUFFER_DURATION (buffer) = 20 * GST_MSECOND;
  voice->pts += 20 * GST_MSECOND;
  gst_pad_push (voice->feed, buffer); /* what cannot be decoded is not heard */
}

static void
tell_picture (CrEar *ear, guint index, gint64 at_us)
{
  const CrEarNews news = {.at_us = at_us,
                          .begins = ear->pictures[index].flowing,
                          .video_index = index,
                          .large = ear->pictures[index].large};

  ear->func (&news, ear->data);
}

static void
take_picture (CrEar *ear, guint index, CrRtpPacket *packet, CrCodec codec, gint64 arrival_us)
{
  Picture *picture = &ear->pictures[index];
  gboolean began = !picture->flowing;
  gboolean large = picture->large && picture->flowing;

  if (ear->large != NULL && cr_rtp_packet_parse_payload (packet, codec) && packet->has_parameter_sets)
    large = memmem (cr_rtp_packet_payload (packet), packet->payload_bytes,
                    g_bytes_get_data (ear->large, NULL), g_bytes_get_size (ear->large)) != NULL;
  picture->last_us = arrival_us;
  picture->flowing = TRUE;
  if (!began && large == picture->large)
    return;
  picture->large = large;
  tell_picture (ear, index, arrival_us);
}

void
cr_ear_take_packet (CrEar *ear, const CrAnswerLine *line, const guint8 *data, gsize length_bytes,
                    gint64 arrival_us)
{
  CrRtpPacket packet;
  CrCodec codec;

  if (!cr_rtp_packet_parse (&packet, data, length_bytes) || packet.payload_bytes == 0 ||
      line->index >= CR_OFFER_MAX_LINES)
    return;
  codec = line->codecs[packet.payload_type];
  if (codec == CR_CODEC_OPUS)
    take_voice (ear, line->index, &packet, arrival_us);
  else if (line->kind == CR_MEDIA_VIDEO && line->index >= ear->first_floor)
    take_picture (ear, line->index, &packet, codec, arrival_us);
}

void
cr_ear_tick (CrEar *ear, gint64 now_us)
{
  gboolean held_up = ear->ticked_us != 0 && now_us - ear->ticked_us > HELD_UP_US;

  ear->ticked_us = now_us;
  if (held_up)
    return;
  for (guint i = 0; i < CR_TALK_N_TONES; i++) {
    if (ear->heard & G_GUINT64_CONSTANT (1) << i && now_us - ear->last_us[i] > OVER_US)
      tell_tone (ear, i + 1, FALSE, ear->last_us[i]);
  }
  for (guint i = 0; i < CR_OFFER_MAX_LINES; i++) {
    Picture *picture = &ear->pictures[i];

    if (!picture->flowing || now_us - picture->last_us <= OVER_US)
      continue;
    picture->flowing = picture->large = FALSE;
    tell_picture (ear, i, picture->last_us);
  }
}

guint64
cr_ear_get_heard (const CrEar *ear)
{
  return ear->heard;
}
