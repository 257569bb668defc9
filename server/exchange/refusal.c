/* SPDX-License-Identifier: Apache-2.0
 *
 * The extended error, and how each of its codes is called and answered.
 */
#include "exchange/refusal.h"

typedef struct {
  gchar *field;
  JsonNode *extra;
} CrRefusalPrivate;

static void
cr_refusal_private_init (CrRefusalPrivate *priv)
{
}

/* Not changed once made, so that a copy may share it: but the reference count of a node is atomic and its
 * content is only read. */
static void
cr_refusal_private_copy (const CrRefusalPrivate *from, CrRefusalPrivate *to)
{
  to->field = g_strdup (from->field);
  to->extra = from->extra != NULL ? json_node_ref (from->extra) : NULL;
}

static void
cr_refusal_private_clear (CrRefusalPrivate *priv)
{
  g_free (priv->field);
  g_clear_pointer (&priv->extra, json_node_unref);
}

G_DEFINE_EXTENDED_ERROR (CrRefusal, cr_refusal)

static const struct {
  guint status;
  const gchar *name;
} codes[] = {
    [CR_REFUSAL_BAD_REQUEST] = {400, "bad-request"},   [CR_REFUSAL_NOT_FOUND] = {404, "not-found"},
    [CR_REFUSAL_CONFLICT] = {409, "conflict"},         [CR_REFUSAL_FROZEN] = {409, "frozen"},
    [CR_REFUSAL_INVALID] = {422, "invalid"},           [CR_REFUSAL_IMPORT] = {422, "import"},
    [CR_REFUSAL_VERSION] = {412, "changed-meanwhile"}, [CR_REFUSAL_DRY_RUN] = {200, "dry-run"},
};

gboolean
cr_refuse_with (GError **error, CrRefusalCode code, const gchar *field, const gchar *sentence,
                JsonNode *extra)
{
  GError *made;
  CrRefusalPrivate *priv;

  if (error == NULL) {
    g_clear_pointer (&extra, json_node_unref);
    return FALSE;
  }
  made = g_error_new_literal (CR_REFUSAL, (gint)code, sentence);
  priv = cr_refusal_get_private (made);
  priv->field = g_strdup (field);
  priv->extra = extra;
  g_propagate_error (error, made);
  return FALSE;
}

gboolean
cr_refuse (GError **error, CrRefusalCode code, const gchar *field, gboolean chinese, const gchar *zh,
           const gchar *en)
{
  return cr_refuse_with (error, code, field, chinese ? zh : en, NULL);
}

guint
cr_refusal_status (const GError *error)
{
  return codes[error->code].status;
}

const gchar *
cr_refusal_code_name (const GError *error)
{
  return codes[error->code].name;
}

const gchar *
cr_refusal_field (const GError *error)
{
  return cr_refusal_get_private (error)->field;
}

JsonNode *
cr_refusal_extra (const GError *error)
{
  return cr_refusal_get_private (error)->extra;
}
