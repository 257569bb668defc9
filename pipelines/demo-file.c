/* SPDX-License-Identifier: Apache-2.0
 *
 *   uridecodebin -+-> videoconvert -> videoscale -> videorate -> appsink
 *                 +-> audioconvert -> audioresample ----------> appsink
 *
 * Each pass over the file is a pipeline of its own, since not every demuxer can seek back; its running times
 * are moved behind the end of the pass before.
 */
#include "demo-file.h"

#include "base/log.h"
#include <gio/gio.h>
#include <gst/app/gstappsink.h>

/* A network share or a slow disk may need seconds; a file that gives nothing by then is of no use. */
#define OPEN_TIMEOUT (10 * GST_SECOND)

/* The next pass is opened this long before the last one has been played. */
#define AHEAD_MS 500

/* A still picture has no duration; it is shown again after this long. */
#define SHORTEST_PASS GST_SECOND

/* After a pass that broke. */
#define RETRY_MS 1000

typedef struct {
  CrDemoFile *file;
  CrMediaKind kind;
  gboolean present;
  GstClockTime end; /* running time within the pass; written by the streaming thread of the kind */
} Track;

struct CrDemoFile {
  gchar *uri;
  gchar *caps[2]; /* by CrMediaKind */
  GstElement *pipeline;
  Track tracks[2];
  GstClockTime offset; /* of the pass, added to its running times */
  GstClockTime base_time;
  CrDemoFileFunc func;
  gpointer data;
  guint bus_watch;
  guint next_pass;
};

static gboolean on_next_pass (gpointer data);

static GstFlowReturn
on_new_sample (GstAppSink *sink, gpointer data)
{
  Track *track = data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  g_autoptr (GstBuffer) buffer = NULL;
  GstClockTime running_time;

  if (sample == NULL)
    return GST_FLOW_EOS;
  buffer = gst_buffer_copy (gst_sample_get_buffer (sample));
  running_time =
      gst_segment_to_running_time (gst_sample_get_segment (sample), GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  if (!GST_CLOCK_TIME_IS_VALID (running_time))
    return GST_FLOW_OK; /* before the segment: decoder preroll */
  track->end = running_time;
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    track->end += GST_BUFFER_DURATION (buffer);
  GST_BUFFER_PTS (buffer) = running_time + track->file->offset;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  track->file->func (track->kind, g_steal_pointer (&buffer), track->file->data);
  return GST_FLOW_OK;
}

/* [streaming thread] */
static void
on_pad_added (GstElement *decoder, GstPad *pad, gpointer data)
{
  CrDemoFile *file = data;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const gchar *name = caps == NULL ? "" : gst_structure_get_name (gst_caps_get_structure (caps, 0));
  gboolean video = g_str_has_prefix (name, "video/x-raw");
  CrMediaKind kind = video ? CR_MEDIA_VIDEO : CR_MEDIA_AUDIO;
  Track *track = &file->tracks[kind];
  GstAppSinkCallbacks callbacks = {.new_sample = on_new_sample};
  g_autofree gchar *description = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstPad) sink_pad = NULL;
  GstElement *bin;

  if (!video && !g_str_has_prefix (name, "audio/x-raw"))
    return;
  if (gst_bin_get_by_name (GST_BIN (file->pipeline), video ? "video" : "audio") != NULL)
    return; /* the first of each kind is the one that plays */

  description = g_strdup_printf ("%s ! capsfilter caps=%s ! appsink name=sink sync=false max-buffers=4",
                                 video ? "queue ! videoconvert ! videoscale ! videorate"
                                       : "queue ! audioconvert ! audioresample",
                                 file->caps[kind]);
  bin = gst_parse_bin_from_description (description, TRUE, NULL);
  g_return_if_fail (bin != NULL);
  gst_object_set_name (GST_OBJECT (bin), video ? "video" : "audio");
  sink = gst_bin_get_by_name (GST_BIN (bin), "sink");
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, track, NULL);
  gst_bin_add (GST_BIN (file->pipeline), bin);
  sink_pad = gst_element_get_static_pad (bin, "sink");
  gst_pad_link (pad, sink_pad);
  gst_element_sync_state_with_parent (bin);
  track->present = TRUE;
}

/* Builds a pass and waits until it has something to show. */
static gboolean
open_pass (CrDemoFile *file, GError **error)
{
  GstElement *decoder = gst_element_factory_make ("uridecodebin", NULL);
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;

  if (decoder == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                         "GStreamer's playback plugin is missing");
    return FALSE;
  }
  g_object_set (decoder, "uri", file->uri, NULL);
  file->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  gst_bin_add (GST_BIN (file->pipeline), decoder);
  g_signal_connect (decoder, "pad-added", G_CALLBACK (on_pad_added), file);

  bus = gst_pipeline_get_bus (GST_PIPELINE (file->pipeline));
  gst_element_set_state (file->pipeline, GST_STATE_PAUSED);
  message = gst_bus_timed_pop_filtered (bus, OPEN_TIMEOUT,
                                        GST_MESSAGE_ASYNC_DONE | GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  if (message == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "nothing could be decoded within 10 s");
    return FALSE;
  }
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, error, NULL);
    return FALSE;
  }
  if (!file->tracks[CR_MEDIA_VIDEO].present && !file->tracks[CR_MEDIA_AUDIO].present) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "it holds neither pictures nor sound");
    return FALSE;
  }
  return TRUE;
}

static void
close_pass (CrDemoFile *file)
{
  g_clear_handle_id (&file->bus_watch, g_source_remove);
  if (file->pipeline == NULL)
    return;
  gst_element_set_state (file->pipeline, GST_STATE_NULL);
  g_clear_pointer (&file->pipeline, gst_object_unref);
}

static GstClockTime
now (CrDemoFile *file)
{
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  GstClockTime time = gst_clock_get_time (clock);

  return time > file->base_time ? time - file->base_time : 0;
}

static void
schedule_next_pass (CrDemoFile *file)
{
  GstClockTime end = MAX (file->tracks[CR_MEDIA_VIDEO].end, file->tracks[CR_MEDIA_AUDIO].end);
  GstClockTime current = now (file);
  guint wait_ms = 0;

  file->offset = MAX (file->offset + MAX (end, SHORTEST_PASS), current);
  if (file->offset > current + AHEAD_MS * GST_MSECOND)
    wait_ms = (file->offset - current) / GST_MSECOND - AHEAD_MS;
  file->next_pass = g_timeout_add (wait_ms, on_next_pass, file);
}

static gboolean
on_bus_message (GstBus *bus, GstMessage *message, gpointer data)
{
  CrDemoFile *file = data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS && file->next_pass == 0) {
    schedule_next_pass (file);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR && file->next_pass == 0) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    cr_log (CR_LOG_WARNING, "demo-file-broken", "reason", error->message, NULL);
    file->next_pass = g_timeout_add (RETRY_MS, on_next_pass, file);
  }
  return G_SOURCE_CONTINUE;
}

static void
play_pass (CrDemoFile *file)
{
  g_autoptr (GstBus) bus = gst_pipeline_get_bus (GST_PIPELINE (file->pipeline));

  file->bus_watch = gst_bus_add_watch (bus, on_bus_message, file);
  gst_element_set_state (file->pipeline, GST_STATE_PLAYING);
}

static gboolean
on_next_pass (gpointer data)
{
  CrDemoFile *file = data;
  g_autoptr (GError) error = NULL;

  file->next_pass = 0;
  close_pass (file);
  file->tracks[CR_MEDIA_VIDEO].end = file->tracks[CR_MEDIA_AUDIO].end = 0;
  file->offset = MAX (file->offset, now (file));
  if (open_pass (file, &error)) {
    play_pass (file);
    return G_SOURCE_REMOVE;
  }
  cr_log (CR_LOG_WARNING, "demo-file-broken", "reason", error->message, NULL);
  close_pass (file);
  file->next_pass = g_timeout_add (RETRY_MS, on_next_pass, file);
  return G_SOURCE_REMOVE;
}

CrDemoFile *
cr_demo_file_open (const gchar *path, const gchar *video_caps, const gchar *audio_caps, GError **error)
{
  g_autoptr (CrDemoFile) file = g_new0 (CrDemoFile, 1);

  file->caps[CR_MEDIA_VIDEO] = g_strdup (video_caps);
  file->caps[CR_MEDIA_AUDIO] = g_strdup (audio_caps);
  for (CrMediaKind kind = CR_MEDIA_AUDIO; kind <= CR_MEDIA_VIDEO; kind++)
    file->tracks[kind] = (Track){.file = file, .kind = kind};
  file->uri = gst_filename_to_uri (path, error);
  if (file->uri == NULL || !open_pass (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

void
cr_demo_file_free (CrDemoFile *file)
{
  g_clear_handle_id (&file->next_pass, g_source_remove);
  close_pass (file);
  g_free (file->caps[CR_MEDIA_VIDEO]);
  g_free (file->caps[CR_MEDIA_AUDIO]);
  g_free (file->uri);
  g_free (file);
}

gboolean
cr_demo_file_has (CrDemoFile *file, CrMediaKind kind)
{
  return file->tracks[kind].present;
}

void
cr_demo_file_play (CrDemoFile *file, GstClockTime base_time, CrDemoFileFunc func, gpointer data)
{
  file->base_time = base_time;
  file->func = func;
  file->data = data;
  play_pass (file);
}
