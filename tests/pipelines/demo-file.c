/* SPDX-License-Identifier: Apache-2.0
 *
 * Files played in a loop: times never step back over the seam, pacing follows the clock, and a file that is
 * none is told at once.
 */
#include "demo-pipeline.h"

#include "demo-file.h"
#include <glib/gstdio.h>

#define WATCHDOG_S 60

typedef struct {
  gchar *folder, *path;
  guint watchdog;
  GMutex lock;
  GstClockTime last[2], first[2]; /* by CrMediaKind */
  guint n[2];
  gboolean stepped_back;
} Fixture;

static gboolean
on_watchdog (gpointer data)
{
  g_error ("nothing happened within %d s", WATCHDOG_S);
  return G_SOURCE_REMOVE;
}

/* A second of pictures and sound. */
static void
write_file (const gchar *path)
{
  g_autofree gchar *description = g_strdup_printf (
      "matroskamux name=mux ! filesink location=\"%s\" "
      "videotestsrc num-buffers=25 ! video/x-raw,width=160,height=90,framerate=25/1 ! x264enc "
      "tune=zerolatency ! mux. "
      "audiotestsrc num-buffers=50 samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=1 ! opusenc ! mux.",
      path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, &error);
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;

  g_assert_no_error (error);
  bus = gst_pipeline_get_bus (GST_PIPELINE (pipeline));
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_true (message != NULL && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("classrelay-test-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "lesson.mkv", NULL);
  fixture->watchdog = g_timeout_add_seconds (WATCHDOG_S, on_watchdog, NULL);
  g_mutex_init (&fixture->lock);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_source_remove (fixture->watchdog);
  g_unlink (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
  g_mutex_clear (&fixture->lock);
}

static void
on_encoded (CrDemoPipeline *demo, CrMediaKind kind, GstSample *sample, gpointer data)
{
  Fixture *fixture = data;
  GstClockTime pts = GST_BUFFER_PTS (gst_sample_get_buffer (sample));

  g_mutex_lock (&fixture->lock);
  if (fixture->n[kind]++ == 0)
    fixture->first[kind] = pts;
  else if (pts <= fixture->last[kind])
    fixture->stepped_back = TRUE;
  fixture->last[kind] = pts;
  g_mutex_unlock (&fixture->lock);
}

static gboolean
has_both (Fixture *fixture, GstClockTime until)
{
  gboolean has;

  g_mutex_lock (&fixture->lock);
  has = fixture->n[CR_MEDIA_VIDEO] > 0 && fixture->last[CR_MEDIA_VIDEO] > until &&
        fixture->n[CR_MEDIA_AUDIO] > 0 && fixture->last[CR_MEDIA_AUDIO] > until;
  g_mutex_unlock (&fixture->lock);
  return has;
}

static gboolean
on_heartbeat (gpointer data)
{
  return G_SOURCE_CONTINUE; /* wakes the loop that waits */
}

static void
test_loops (Fixture *fixture, gconstpointer data)
{
  const CrDemoConfig config = {.source = CR_SOURCE_CAMERA,
                               .video_codec = CR_CODEC_H264,
                               .width = 160,
                               .height = 90,
                               .frames_per_s = 25,
                               .bitrate_kbps = 200,
                               .audio = TRUE,
                               .file = fixture->path};
  guint heartbeat = g_timeout_add (50, on_heartbeat, NULL);
  g_autoptr (GError) error = NULL;
  CrDemoPipeline *demo;
  gint64 started_us;
  gdouble elapsed_s;

  write_file (fixture->path);
  demo = cr_demo_pipeline_new (&config, on_encoded, fixture, &error);
  g_assert_no_error (error);
  started_us = g_get_monotonic_time ();
  cr_demo_pipeline_play (demo);
  while (!has_both (fixture, 3500 * GST_MSECOND)) /* into the fourth pass */
    g_main_context_iteration (NULL, TRUE);
  elapsed_s = (g_get_monotonic_time () - started_us) / 1e6;
  cr_demo_pipeline_free (demo);
  g_source_remove (heartbeat);

  g_assert_false (fixture->stepped_back);
  g_assert_cmpfloat (elapsed_s, >, 3.0); /* paced, not as fast as it decodes */
  g_assert_cmpuint (fixture->n[CR_MEDIA_VIDEO], >, 70);
}

static void
test_not_media (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (fixture->path, "These are words, not pictures.", -1, NULL));
  g_assert_null (cr_demo_file_open (fixture->path, "video/x-raw", "audio/x-raw", &error));
  g_assert_nonnull (error);
}

static void
test_missing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (cr_demo_file_open (fixture->path, "video/x-raw", "audio/x-raw", &error));
  g_assert_nonnull (error);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  ADD ("/demo-file/loops", test_loops);
  ADD ("/demo-file/not-media", test_not_media);
  ADD ("/demo-file/missing", test_missing);
  return g_test_run ();
}
