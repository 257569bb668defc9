/* SPDX-License-Identifier: Apache-2.0
 *
 * What the camera of a simulated classroom sees, painted into I420 frames: a wall in the classroom's own
 * colour with its number, a ball that goes round, and a strip that changes all the time and so gives the
 * encoder something to do.
 */
#pragma once

#include <gst/video/video.h>

G_BEGIN_DECLS

/* `phase` from 0 to 1 through a loop, whose end meets its beginning. `number` 0: none is drawn. */
void cr_talk_picture_paint (GstVideoFrame *frame, guint number, gdouble phase, GRand *chance);

G_END_DECLS
