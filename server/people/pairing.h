/* SPDX-License-Identifier: Apache-2.0
 *
 * Pairing a classroom's device, in the manner of RFC 8628: the device asks for a pair of codes, shows the
 * short one and polls with the long one; a coordinator enters the short one and says which classroom it is;
 * the next poll makes the device and hands out its credential, once.
 *
 *   device ── begin ──▶ waiting ── coordinator confirms ──▶ confirmed ── device polls ──▶ paired
 *
 * Thread: that of the job.
 */
#pragma once

#include "people/actor.h"
#include "people/people.h"
#include "store/device-store.h"
#include "store/pairing-store.h"

G_BEGIN_DECLS

#define CR_PAIRING_EXPIRES_S  600 /* a telephone call to the coordinator */
#define CR_PAIRING_INTERVAL_S 5   /* RFC 8628 section 3.2 */

/* "BCDF-GHJ" is read as "BCDFGHJ": 7 of 28 characters, 13 thousand million. */
#define CR_USER_CODE_CHARACTERS 7

typedef struct {
  gchar *device_code; /* 256 random bits; a secret of the device */
  gchar *user_code;
} CrPairingCodes;

void cr_pairing_codes_clear (CrPairingCodes *codes);

/* TOO_OFTEN when an address, or everybody together, has too many pairings that wait. */
gboolean cr_pairing_begin (CrStoreTx *tx, const gchar *address, gint64 now, CrPairingCodes *codes,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* PENDING until confirmed, EXPIRED when it is over. Then the device, and its credential in `*credential`
 * (free with g_free()). */
CrDeviceRow *cr_pairing_poll (CrStoreTx *tx, const gchar *device_code, const gchar *address, gint64 now,
                              gchar **credential, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* `user_code` as cr_readable_code_parse() gives it. The coordinator's right to the classroom has been found
 * out. NOT_FOUND as of the store. */
gboolean cr_pairing_confirm (CrStoreTx *tx, const gchar *user_code, const gchar *classroom_id,
                             const CrActor *actor, const gchar *address, gint64 now,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
