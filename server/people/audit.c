/* SPDX-License-Identifier: Apache-2.0
 *
 * One function, so that all rows look alike.
 */
#include "people/audit.h"

gboolean
cr_audit_note (CrStoreTx *tx, const CrActor *actor, const gchar *address, gint64 at, const gchar *verb,
               const gchar *kind, const gchar *id, GError **error)
{
  g_autoptr (CrAuditRow) row = g_new0 (CrAuditRow, 1);

  row->at = at;
  row->actor = g_strdup (actor == NULL ? "operator" : actor->id != NULL ? actor->id : actor->name);
  row->role = g_strdup (actor != NULL ? cr_role_name (actor->role) : "operator");
  row->verb = g_strdup (verb);
  row->object = g_strconcat (kind, "/", id, NULL);
  row->address = g_strdup (address);
  return cr_audit_store_append (tx, row, error);
}
