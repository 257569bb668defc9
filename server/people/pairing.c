/* SPDX-License-Identifier: Apache-2.0
 *
 * The three steps, each one job.
 */
#include "people/pairing.h"

#include "people/audit.h"
#include "people/credentials.h"
#include "people/readable-code.h"
#include "store/classroom-store.h"

/* A school's classrooms behind one address, all set up in the same ten minutes; and what everybody together
 * may make the table hold. */
#define MAX_OF_ADDRESS 20
#define MAX_OF_ALL     1000

/* With a thousand codes out, a new one is taken once in 13 million. */
#define MAX_TRIES 3

void
cr_pairing_codes_clear (CrPairingCodes *codes)
{
  g_clear_pointer (&codes->device_code, g_free);
  g_clear_pointer (&codes->user_code, g_free);
}

static gboolean
check_room (CrStoreTx *tx, const gchar *address, gint64 now, GError **error)
{
  guint n_of_address, n_of_all;

  if (!cr_pairing_store_remove_expired (tx, now, NULL, error) ||
      !cr_pairing_store_count (tx, address, now, &n_of_address, error) ||
      !cr_pairing_store_count (tx, NULL, now, &n_of_all, error))
    return FALSE;
  if (n_of_address < MAX_OF_ADDRESS && n_of_all < MAX_OF_ALL)
    return TRUE;
  g_set_error_literal (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_TOO_OFTEN,
                       "too many devices wait to be paired from here");
  return FALSE;
}

gboolean
cr_pairing_begin (CrStoreTx *tx, const gchar *address, gint64 now, CrPairingCodes *codes, GError **error)
{
  CrPairingRow row = {
      .address = (gchar *)address, .created_at = now, .expires_at = now + CR_PAIRING_EXPIRES_S};

  if (!check_room (tx, address, now, error))
    return FALSE;
  codes->device_code = cr_credential_generate ();
  cr_token_hash (codes->device_code, &row.device_code_hash);
  for (guint i = 1;; i++) {
    g_autoptr (GError) why = NULL;

    g_free (codes->user_code);
    codes->user_code = row.user_code = cr_readable_code_new (CR_USER_CODE_CHARACTERS);
    if (cr_pairing_store_insert (tx, &row, &why))
      return TRUE;
    if (!g_error_matches (why, CR_STORE_ERROR, CR_STORE_ERROR_CONFLICT) || i == MAX_TRIES) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
  }
}

/* The pairing of a device code, once it is confirmed and as long as it is not finished. */
static CrPairingRow *
get_confirmed (CrStoreTx *tx, const CrTokenHash *device_code, gint64 now, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (CrPairingRow) pairing = cr_pairing_store_get (tx, device_code, now, &why);

  if (pairing == NULL && !g_error_matches (why, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&why));
    return NULL;
  }
  if (pairing == NULL || pairing->device_id != NULL) {
    g_set_error_literal (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_EXPIRED,
                         "this pairing is over: begin again");
    return NULL;
  }
  if (pairing->classroom_id == NULL) {
    g_set_error_literal (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_PENDING,
                         "nobody has confirmed the code yet");
    return NULL;
  }
  return g_steal_pointer (&pairing);
}

static gboolean
note_paired (CrStoreTx *tx, const CrDeviceRow *device, const gchar *address, gint64 now, GError **error)
{
  g_autoptr (CrActor) actor = cr_actor_new (device->name, CR_ROLE_CLASSROOM, &device->credential_hash);

  actor->id = g_strdup (device->id);
  return cr_audit_note (tx, actor, address, now, "device-paired", "classroom", device->classroom_id, error);
}

CrDeviceRow *
cr_pairing_poll (CrStoreTx *tx, const gchar *device_code, const gchar *address, gint64 now,
                 gchar **credential, GError **error)
{
  g_autofree gchar *secret = cr_credential_generate ();
  g_autoptr (CrPairingRow) pairing = NULL;
  g_autoptr (CrClassroomRow) classroom = NULL;
  g_autoptr (CrDeviceRow) device = NULL;
  CrTokenHash hash;

  cr_token_hash (device_code, &hash);
  pairing = get_confirmed (tx, &hash, now, error);
  if (pairing == NULL)
    return NULL;
  classroom = cr_classroom_store_get (tx, pairing->classroom_id, error);
  if (classroom == NULL)
    return NULL;
  device = g_new0 (CrDeviceRow, 1);
  device->classroom_id = g_strdup (classroom->id);
  device->name = g_strdup (classroom->name);
  device->paired_at = now;
  device->paired_by = g_strdup (pairing->confirmed_by);
  cr_token_hash (secret, &device->credential_hash);
  if (!cr_device_store_insert (tx, device, error) ||
      !cr_pairing_store_finish (tx, &hash, device->id, now, error) ||
      !note_paired (tx, device, address, now, error))
    return NULL;
  *credential = g_steal_pointer (&secret);
  return cr_device_store_get (tx, device->id, error);
}

gboolean
cr_pairing_confirm (CrStoreTx *tx, const gchar *user_code, const gchar *classroom_id, const CrActor *actor,
                    const gchar *address, gint64 now, GError **error)
{
  return cr_pairing_store_confirm (tx, user_code, classroom_id, actor->id, now, error) &&
         cr_audit_note (tx, actor, address, now, "pairing-confirmed", "classroom", classroom_id, error);
}
