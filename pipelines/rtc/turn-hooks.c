/* SPDX-License-Identifier: Apache-2.0
 *
 * Two linked lists: those asked for, and those of the pass in progress.
 */
#include "rtc/turn-hooks.h"

/* Hooks may request hooks (an ingress its fan-out, that one another's); one that always asks again must not
 * hold the turn. */
#define MAX_PASSES 4

void
cr_turn_hooks_request (CrTurnHooks *hooks, CrTurnHook *hook)
{
  if (hook->requested)
    return;
  hook->requested = TRUE;
  hook->next = hooks->requested;
  hooks->requested = hook;
}

static void
unlink_hook (CrTurnHook **list, CrTurnHook *hook)
{
  for (; *list != NULL; list = &(*list)->next) {
    if (*list == hook) {
      *list = hook->next;
      return;
    }
  }
}

void
cr_turn_hooks_cancel (CrTurnHooks *hooks, CrTurnHook *hook)
{
  if (!hook->requested)
    return;
  unlink_hook (&hooks->requested, hook);
  unlink_hook (&hooks->running, hook);
  hook->requested = FALSE;
  hook->next = NULL;
}

static CrTurnHook *
take_in_order (CrTurnHooks *hooks)
{
  CrTurnHook *in_order = NULL;

  while (hooks->requested != NULL) {
    CrTurnHook *hook = hooks->requested;

    hooks->requested = hook->next;
    hook->next = in_order;
    in_order = hook;
  }
  return in_order;
}

void
cr_turn_hooks_run (CrTurnHooks *hooks)
{
  for (guint pass = 0; pass < MAX_PASSES && hooks->requested != NULL; pass++) {
    hooks->running = take_in_order (hooks);
    while (hooks->running != NULL) {
      CrTurnHook *hook = hooks->running;

      hooks->running = hook->next;
      hook->next = NULL;
      hook->requested = FALSE;
      hook->func (hook->data); /* may free the hook, and cancel others */
    }
  }
}
