/* SPDX-License-Identifier: Apache-2.0
 *
 * What is to be done once when a turn of the worker has brought everything it brings: the fan-out sends then,
 * so that all packets of the turn for one viewer leave together. A hook is embedded in its owner.
 *
 * Thread: media.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CrTurnHook CrTurnHook;
struct CrTurnHook {
  void (*func) (gpointer data);
  gpointer data;
  gboolean requested;
  CrTurnHook *next;
};

/* Zero-initialised. */
typedef struct {
  CrTurnHook *requested; /* latest first */
  CrTurnHook *running;   /* still to run of this pass */
} CrTurnHooks;

/* Requested more than once before it runs, a hook runs once. */
void cr_turn_hooks_request (CrTurnHooks *hooks, CrTurnHook *hook);
void cr_turn_hooks_cancel (CrTurnHooks *hooks, CrTurnHook *hook);

/* In the order of the requests. What a hook requests runs as well, up to a bound; beyond it `requested` is
 * left for the next turn. */
void cr_turn_hooks_run (CrTurnHooks *hooks);

G_END_DECLS
