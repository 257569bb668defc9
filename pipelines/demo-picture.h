/* SPDX-License-Identifier: Apache-2.0
 *
 * The pictures of the synthetic lesson, painted into I420 frames: a moving camera scene, slides, and the
 * white flash that goes with the beep. What a frame shows depends on its running time alone. Text is laid
 * over them by the pipeline.
 */
#pragma once

#include <gst/video/video.h>

G_BEGIN_DECLS

/* How long a slide stays. */
#define CR_DEMO_SLIDE_TIME (6 * GST_SECOND)

/* The flash fills every frame that begins within this time after a whole second, the beep lasts as long. */
#define CR_DEMO_FLASH_TIME (60 * GST_MSECOND)

void cr_demo_picture_camera (GstVideoFrame *frame, GstClockTime running_time);
void cr_demo_picture_slide (GstVideoFrame *frame, GstClockTime running_time);

/* Black, or white during the flash. */
void cr_demo_picture_flash (GstVideoFrame *frame, GstClockTime running_time);

/* Pango markup of the slide that shows at the time. */
const gchar *cr_demo_picture_slide_text (GstClockTime running_time);

/* Is it time to flash? Times of frames are rounded to nanoseconds, a whole second may come out a little less.
 */
static inline gboolean
cr_demo_is_flash (GstClockTime running_time)
{
  return (running_time + GST_MSECOND) % GST_SECOND < CR_DEMO_FLASH_TIME;
}

G_END_DECLS
