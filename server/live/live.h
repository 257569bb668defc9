/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of server/live/ share: their errors, and the names of what can change in a running lesson.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_LIVE_ERROR (cr_live_error_quark ())
GQuark cr_live_error_quark (void);

typedef enum {
  CR_LIVE_ERROR_NO_SESSION,   /* no such WHIP or WHEP session, or not this actor's */
  CR_LIVE_ERROR_NO_CLASSROOM, /* the classroom does not take part in the lesson */
  CR_LIVE_ERROR_INVALID,      /* an action that cannot be: three classrooms on the floor, a note of no kind */
  CR_LIVE_ERROR_ENDED,        /* the lesson, while the request was on its way */
  CR_LIVE_ERROR_FULL,         /* a limit of the configuration is reached */
  CR_LIVE_ERROR_DRAINING,     /* the relay is being stopped */
  CR_LIVE_ERROR_TOKEN_EXPIRED, /* a join token, after its time to join */
  CR_LIVE_ERROR_FAILED         /* a lesson's pipeline cannot be made */
} CrLiveError;

/* Sets of what has changed in a lesson. */
typedef enum {
  CR_TOPIC_STATE = 1 << 0,      /* open, live or ended; the teacher's sources, how many watch, the times */
  CR_TOPIC_CLASSROOMS = 1 << 1, /* something of a classroom: there, sending, muted, turns, condition */
  CR_TOPIC_HANDS = 1 << 2,
  CR_TOPIC_FLOOR = 1 << 3,
  CR_TOPIC_NOTES = 1 << 4,
  CR_TOPIC_CALLS = 1 << 5,
  CR_TOPIC_SLIDE = 1 << 6, /* told by whoever keeps the slides: cr_lesson_tell() */
  CR_TOPIC_TILES = 1 << 7, /* the wall's */
  CR_TOPIC_ENDED = 1 << 8  /* for good: nothing more comes */
} CrTopics;

G_END_DECLS
