/* SPDX-License-Identifier: Apache-2.0
 *
 * A media file decoded again and again: raw pictures and sound with running times that never step back, as
 * fast as the taker takes them. Pacing and encoding are the demo pipeline's.
 */
#pragma once

#include "rtc/media-types.h"
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct CrDemoFile CrDemoFile;

/* Takes the buffer, which carries its running time as PTS. May block. [streaming thread of the kind] */
typedef void (*CrDemoFileFunc) (CrMediaKind kind, GstBuffer *buffer, gpointer data);

/* Opens and decodes up to the first picture and sample, so that a file that cannot be decoded is told at
 * once; waits at most 10 s. Pictures and sound are converted to the caps. [main] */
CrDemoFile *cr_demo_file_open (const gchar *path, const gchar *video_caps, const gchar *audio_caps,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_demo_file_free (CrDemoFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrDemoFile, cr_demo_file_free)

gboolean cr_demo_file_has (CrDemoFile *file, CrMediaKind kind);

/* Begins to play; running time 0 is `base_time` on the system clock. [main] */
void cr_demo_file_play (CrDemoFile *file, GstClockTime base_time, CrDemoFileFunc func, gpointer data);

G_END_DECLS
