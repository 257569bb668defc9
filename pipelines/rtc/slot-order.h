/* SPDX-License-Identifier: Apache-2.0
 *
 * Which slot each m-line of a viewer's offer is tied to. The usual order is that of CrSlot, from the first
 * slot of the kind; a viewer may ask for another by naming slots.
 *
 * Thread: any. Pure.
 */
#pragma once

#include "rtc/media-types.h"

G_BEGIN_DECLS

/* Zeroed: the usual order. By CrMediaKind. */
typedef struct {
  guint n_named[2];
  CrSlot named[2][CR_SLOT_FIRST_AUDIO]; /* there are more video slots than audio slots */
} CrSlotOrder;

/* Reads names separated by commas, as cr_slot_name() gives them. One name says where the usual order begins;
 * several are the whole order. Error: CR_SDP_ERROR_MALFORMED for a name that is unknown or comes twice. */
gboolean cr_slot_order_parse (CrSlotOrder *order, CrMediaKind kind, const gchar *names, GError **error);

/* The slot of the `n`th m-line of its kind, from 0; CR_SLOT_NONE when the order is at its end. */
CrSlot cr_slot_order_get (const CrSlotOrder *order, CrMediaKind kind, guint n);

G_END_DECLS
