/* SPDX-License-Identifier: Apache-2.0
 *
 * The home worker's end of a copy of a fan-out (feed.h): remembers what comes in during a turn, and at its
 * end makes a feed of it. A copy that does not keep up loses packets, which are counted; it never costs the
 * home worker time or memory beyond CR_TAP_MAX_WAITING_BYTES.
 *
 * Thread: [media] of the home worker, but for cr_tap_note_played().
 */
#pragma once

#include "rtc/feed.h"

G_BEGIN_DECLS

/* Half a second of a camera, a screen and two floors at the highest rates that browsers send (8 Mbit/s each):
 * what has waited for so long is of no use to anybody. */
#define CR_TAP_MAX_WAITING_BYTES (2 * 1024 * 1024)

/* Takes the feed. Called at the turn's end, not for a turn that brought nothing. */
typedef void (*CrTapFunc) (CrFeed *feed, gpointer data);

struct CrTap {
  CrTap *next; /* of the fan-out */

  /* private */
  CrFanout *fanout; /* NULL: closed */
  CrWorker *worker; /* NULL: of a detached fan-out */
  guint32 slots;
  CrTapFunc func;
  gpointer data;
  CrTurnHook hook;
  GArray *events;      /* CrFeedEvent; their packets are the home history's, referenced */
  gsize waiting_bytes; /* of feeds that have not been played; both threads */
  guint64 dropped;
};

/* For these slots (a bit each). `worker` is the fan-out's, NULL for a detached one: then cr_tap_flush() ends
 * the turn. */
CrTap *cr_tap_new (CrFanout *fanout, CrWorker *worker, guint32 slots, CrTapFunc func, gpointer data);

/* From now on everything goes to `func`, and first what is there: streams, and of video what came since the
 * last keyframe, so that a join needs none. */
void cr_tap_begin (CrTap *tap);

/* Nothing is fed any more. The tap is still to be freed, when no feed of it is on its way. */
void cr_tap_close (CrTap *tap);
void cr_tap_free (CrTap *tap); /* [any], closed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTap, cr_tap_free)

/* `func` is called with the replica's data where the feed is played, after everything before; takes `data`.
 */
void cr_tap_call (CrTap *tap, void (*func) (gpointer replica_data, gpointer data), gpointer data);

/* A feed has been played: its bytes wait no more. [any] */
void cr_tap_note_played (CrTap *tap, gsize bytes);

/* Packets that did not reach the copy since it did not keep up. */
guint64 cr_tap_get_dropped (const CrTap *tap);

void cr_tap_flush (CrTap *tap);

/* For the fan-out. */
void cr_tap_add_stream (CrTap *tap, CrStream *stream);
void cr_tap_set_publisher (CrTap *tap, const CrStream *stream);
void cr_tap_remove_stream (CrTap *tap, const CrStream *stream);
void cr_tap_purge_slot (CrTap *tap, CrSlot slot);
void cr_tap_push (CrTap *tap, const CrStream *stream, CrHistoryPacket *packet);

G_END_DECLS
