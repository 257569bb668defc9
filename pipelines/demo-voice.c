/* SPDX-License-Identifier: Apache-2.0
 *
 * espeak-ng writes a WAV file into a temporary folder, GStreamer converts it to 48 kHz. Everything else is
 * arithmetic on running time, so that picture and sound need no common state to be in step.
 */
#include "demo-voice.h"

#include "demo-picture.h"
#include <gst/app/gstappsink.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* Loud enough to be heard, 12 dB below full scale. */
#define TONE_AMPLITUDE 8000
#define BEEP_HZ        1000

typedef struct {
  const gchar *voice;
  const gchar *text;
} Sentence;

static const Sentence sentences[] = {
    {"cmn", "同学们好，现在开始上课。今天我们和十八间教室一起学习。"},
    {"en-gb", "Good morning, everyone. Today we learn together with eighteen classrooms."},
    {"cmn", "请看屏幕。一，二，三，四，五，六，七，八，九。"},
    {"en-gb", "Look at the screen, please. Who can answer? Raise your hand."},
};

/* Decodes a WAV file to CR_DEMO_RATE_HZ mono and appends it. */
static gboolean
append_wav (GByteArray *samples, const gchar *path)
{
  g_autofree gchar *description = g_strdup_printf (
      "filesrc name=file ! wavparse ! audioconvert ! audioresample ! "
      "audio/x-raw,format=S16LE,rate=%d,channels=1,layout=interleaved ! appsink name=sink sync=false",
      CR_DEMO_RATE_HZ);
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, NULL);
  g_autoptr (GstElement) file = NULL;
  g_autoptr (GstElement) sink = NULL;
  gsize before = samples->len;
  GstSample *sample;

  if (pipeline == NULL)
    return FALSE;
  file = gst_bin_get_by_name (GST_BIN (pipeline), "file");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_object_set (file, "location", path, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  /* Five seconds without a sample: it will not decode. */
  while ((sample = gst_app_sink_try_pull_sample (GST_APP_SINK (sink), 5 * GST_SECOND)) != NULL) {
    GstMapInfo map;

    if (gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ)) {
      g_byte_array_append (samples, map.data, map.size);
      gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
    }
    gst_sample_unref (sample);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return samples->len > before;
}

static gboolean
append_sentence (GByteArray *samples, const Sentence *sentence, const gchar *folder)
{
  static const guint8 pause[CR_DEMO_RATE_HZ] = {0}; /* half a second of 16 bit samples */
  g_autofree gchar *path = g_build_filename (folder, "sentence.wav", NULL);
  const gchar *argv[] = {"espeak-ng", "-v", sentence->voice, "-s", "140", "-w", path, sentence->text, NULL};
  gint status = 0;
  gboolean spoken =
      g_spawn_sync (NULL, (gchar **)argv, NULL,
                    G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                    NULL, NULL, &status, NULL) &&
      g_spawn_check_wait_status (status, NULL) && append_wav (samples, path);

  g_unlink (path);
  if (spoken)
    g_byte_array_append (samples, pause, sizeof pause);
  return spoken;
}

/* A scale up and down, a note every quarter of a second. */
static void
append_tune (GByteArray *samples)
{
  static const gdouble notes_hz[] = {261.6, 293.7, 329.6, 349.2, 392.0, 440.0,
                                     493.9, 523.3, 493.9, 440.0, 392.0, 329.6};
  const guint n_note = CR_DEMO_RATE_HZ / 4;

  for (guint note = 0; note < G_N_ELEMENTS (notes_hz); note++) {
    for (guint i = 0; i < n_note; i++) {
      gdouble fade = MIN (1.0, MIN (i, n_note - i) / 480.0); /* 10 ms, against clicks */
      gint16 value = (gint16)(TONE_AMPLITUDE * fade * sin (2 * G_PI * notes_hz[note] * i / CR_DEMO_RATE_HZ));

      g_byte_array_append (samples, (const guint8 *)&value, sizeof value);
    }
  }
}

GBytes *
cr_demo_voice_speak (void)
{
  GByteArray *samples = g_byte_array_new ();
  g_autofree gchar *folder = g_dir_make_tmp ("classrelay-voice-XXXXXX", NULL);

  for (guint i = 0; folder != NULL && i < G_N_ELEMENTS (sentences); i++) {
    if (!append_sentence (samples, &sentences[i], folder))
      break; /* not installed, or without this language: what has been spoken is enough */
  }
  if (folder != NULL)
    g_rmdir (folder);
  if (samples->len < CR_DEMO_RATE_HZ * sizeof (gint16))
    append_tune (samples);
  return g_byte_array_free_to_bytes (samples);
}

void
cr_demo_voice_fill (gint16 *samples, gsize n_samples, GstClockTime running_time, GBytes *voice)
{
  guint64 first = gst_util_uint64_scale_round (running_time, CR_DEMO_RATE_HZ, GST_SECOND);
  const guint64 n_beep = gst_util_uint64_scale (CR_DEMO_FLASH_TIME, CR_DEMO_RATE_HZ, GST_SECOND);
  gsize n_voice = voice == NULL ? 0 : g_bytes_get_size (voice) / sizeof (gint16);
  const gint16 *spoken = voice == NULL ? NULL : g_bytes_get_data (voice, NULL);

  for (gsize i = 0; i < n_samples; i++) {
    guint64 in_second = (first + i) % CR_DEMO_RATE_HZ;

    if (spoken != NULL)
      samples[i] = spoken[(first + i) % n_voice];
    else if (in_second < n_beep)
      samples[i] = (gint16)(TONE_AMPLITUDE * sin (2 * G_PI * BEEP_HZ * in_second / CR_DEMO_RATE_HZ));
    else
      samples[i] = 0;
  }
}
