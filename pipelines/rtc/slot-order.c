/* SPDX-License-Identifier: Apache-2.0
 *
 * Slots by name, in the order of the names.
 */
#include "rtc/slot-order.h"

#include "rtc/sdp.h"

static CrSlot
first_slot (CrMediaKind kind)
{
  return kind == CR_MEDIA_AUDIO ? CR_SLOT_FIRST_AUDIO : (CrSlot)0;
}

static CrSlot
end_slot (CrMediaKind kind)
{
  return kind == CR_MEDIA_AUDIO ? CR_N_SLOTS : CR_SLOT_FIRST_AUDIO;
}

static CrSlot
find_slot (CrMediaKind kind, const gchar *name)
{
  for (CrSlot slot = first_slot (kind); slot < end_slot (kind); slot++) {
    if (g_str_equal (cr_slot_name (slot), name))
      return slot;
  }
  return CR_SLOT_NONE;
}

/* Says what the names may be, not what was sent: that may be anything. */
static gboolean
fail (CrMediaKind kind, GError **error)
{
  g_set_error_literal (error, CR_SDP_ERROR, CR_SDP_ERROR_MALFORMED,
                       kind == CR_MEDIA_AUDIO
                           ? "audio names slots of teacher, floor, screen, floor2, each once, with commas"
                           : "video names slots of camera, screen, floor, wall, floor2, each once, with "
                             "commas");
  return FALSE;
}

gboolean
cr_slot_order_parse (CrSlotOrder *order, CrMediaKind kind, const gchar *names, GError **error)
{
  /* One more than there can be, so that a long list is not split to its end. */
  g_auto (GStrv) parts = g_strsplit (names, ",", CR_SLOT_FIRST_AUDIO + 1);
  guint seen = 0;

  order->n_named[kind] = 0;
  for (guint i = 0; parts[i] != NULL; i++) {
    CrSlot slot = find_slot (kind, parts[i]);

    if (slot == CR_SLOT_NONE || (seen & 1u << slot) != 0)
      return fail (kind, error);
    seen |= 1u << slot;
    order->named[kind][order->n_named[kind]++] = slot;
  }
  return order->n_named[kind] > 0 || fail (kind, error);
}

CrSlot
cr_slot_order_get (const CrSlotOrder *order, CrMediaKind kind, guint n)
{
  guint n_named = order->n_named[kind];
  guint first = n_named == 1 ? order->named[kind][0] : first_slot (kind);

  if (n_named > 1)
    return n < n_named ? order->named[kind][n] : CR_SLOT_NONE;
  return n < end_slot (kind) - first ? first + n : CR_SLOT_NONE;
}
