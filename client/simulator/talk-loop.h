/* SPDX-License-Identifier: Apache-2.0
 *
 * A few seconds of picture or tone, encoded once and kept as RTP payloads, to be sent over and over: so
 * hundreds of simulated classrooms can be seen and heard for the price of sending.
 *
 * Thread: making one blocks while it is encoded; then it is read-only, any thread.
 */
#pragma once

#include "rtc/media-types.h"

G_BEGIN_DECLS

typedef struct {
  GBytes *payload;
  gboolean marker;
  gint64 at_us; /* capture time within the loop; the same for all packets of a frame */
} CrTalkPacket;

typedef struct {
  CrCodec codec;
  gint64 duration_us;
  GArray *packets; /* CrTalkPacket, in order; a video loop begins with its only keyframe */
} CrTalkLoop;

/* What a classroom's camera sends for the wall: 320×180, 10 frames a second, its number and a ball that
 * moves. */
CrTalkLoop *cr_talk_loop_new_small (CrCodec codec, guint number, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What it sends while it has the floor: 1280×720, 15 frames a second; all classrooms share one. */
CrTalkLoop *cr_talk_loop_new_large (CrCodec codec, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Its voice: cr_talk_tone_hz() in Opus. */
CrTalkLoop *cr_talk_loop_new_tone (guint number, GError **error) G_GNUC_WARN_UNUSED_RESULT;

void cr_talk_loop_free (CrTalkLoop *loop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTalkLoop, cr_talk_loop_free)

/* The mean, of payloads. */
guint cr_talk_loop_get_kbps (const CrTalkLoop *loop);

/* The H.264 sequence parameter set that the loop's keyframe has, to be unreferenced; NULL for another codec.
 * It tells pictures of different loops apart. */
GBytes *cr_talk_loop_dup_parameter_set (const CrTalkLoop *loop);

G_END_DECLS
