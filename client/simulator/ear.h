/* SPDX-License-Identifier: Apache-2.0
 *
 * What a simulated classroom hears and sees of the other classrooms: every voice that comes is decoded and
 * searched for the tones of talk-tone.h, every picture of a floor slot is noted, with the arrival times of
 * the packets that brought them. So a test can say who heard whom, when, and when not.
 *
 * Thread: one; decoding happens within the call.
 */
#pragma once

#include "offer.h"

G_BEGIN_DECLS

typedef struct CrEar CrEar;

typedef struct {
  gint64 at_us; /* monotonic: arrival of the first packet with it, or of the last */
  gboolean begins;
  guint number;      /* whose tone, from 1 on; 0: it is about a picture */
  guint video_index; /* of the picture's line */
  gboolean large;    /* it begins: and is the large one */
} CrEarNews;

/* Told within cr_ear_take_packet() and cr_ear_tick(). An end is told some time after it was. */
typedef void (*CrEarFunc) (const CrEarNews *news, gpointer data);

/* `large` is the parameter set that tells large pictures (talk-loop.h), or NULL; borrowed. `first_floor`: the
 * index of the first video line that is a floor. Errors when the decoder is missing. */
CrEar *cr_ear_new (GBytes *large, guint first_floor, CrEarFunc func, gpointer data,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_ear_free (CrEar *ear);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrEar, cr_ear_free)

void cr_ear_take_packet (CrEar *ear, const CrAnswerLine *line, const guint8 *packet, gsize length_bytes,
                         gint64 arrival_us);

/* Every 20 ms or so: notices what has ended. Says nothing when it was late. */
void cr_ear_tick (CrEar *ear, gint64 now_us);

/* Which tones are heard now: bit number - 1. */
guint64 cr_ear_get_heard (const CrEar *ear);

G_END_DECLS
