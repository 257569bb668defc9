/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /api/v1/audit/chain: proves a stretch of the audit log's chain of hashes, and says where it ended, so
 * that a page which asks again and again can tell how far it is and nothing else waits for long. The cursor
 * holds the place and the hash found there: one that was kept for a month proves that month.
 */
#include "http/audit-query.h"
#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "people/authorize.h"

#define STRETCH_ROWS 5000 /* some 20 ms of the reader's thread, which serves everybody */

typedef struct {
  gchar *cursor;
  CrAuditVerdict verdict;
  gint64 n_rows; /* in all */
  gboolean done;
} Chain;

static void
chain_free (gpointer data)
{
  Chain *chain = data;

  g_free (chain->cursor);
  g_free (chain);
}

static gboolean
read_cursor (Chain *chain, GError **error)
{
  const CrPage page = {.cursor = chain->cursor};
  g_auto (GStrv) key = cr_page_key (&page, 2, error);

  if (key == NULL)
    return FALSE;
  if (chain->cursor == NULL)
    return TRUE;
  if (g_ascii_string_to_signed (key[0], 10, 0, G_MAXINT64 - STRETCH_ROWS, &chain->verdict.n_rows, NULL) &&
      cr_token_hash_parse (key[1], &chain->verdict.head))
    return TRUE;
  g_set_error_literal (error, CR_STORE_ERROR, CR_STORE_ERROR_INVALID, "the cursor is not one of ours");
  return FALSE;
}

/* A log that is shorter than what was proved before has been cut. */
static gboolean
run_verify (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  CrObject object = {.kind = CR_OBJECT_AUDIT};
  Chain *chain = data;
  gint64 proved = chain->verdict.n_rows;

  if (!cr_access_check (access, &object, error) || !cr_audit_store_count (tx, &chain->n_rows, error) ||
      !cr_audit_store_verify_some (tx, STRETCH_ROWS, &chain->verdict, &chain->done, error))
    return FALSE;
  if (chain->n_rows < proved)
    chain->verdict.bad_seq = chain->n_rows + 1;
  return TRUE;
}

static gboolean
encode_verdict (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const Chain *chain = data;
  g_autofree gchar *head = cr_audit_hash_text (&chain->verdict.head);
  g_autofree gchar *proved = g_strdup_printf ("%" G_GINT64_FORMAT, chain->verdict.n_rows);
  g_autofree gchar *end = cr_page_cursor (2, proved, head);
  gboolean good = chain->verdict.bad_seq == 0;

  json_builder_begin_object (builder);
  cr_json_add_int (builder, "rows", chain->n_rows);
  cr_json_add_int (builder, "proved", chain->verdict.n_rows);
  json_builder_set_member_name (builder, "bad_seq");
  if (good)
    json_builder_add_null_value (builder);
  else
    json_builder_add_int_value (builder, chain->verdict.bad_seq);
  cr_json_add_string (builder, "head", head);
  cr_json_add_string (builder, "end", end);
  cr_json_add_string (builder, "next", good && !chain->done ? end : NULL);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  return TRUE;
}

gboolean
cr_handle_audit_chain (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_verify, .encode = encode_verdict, .destroy = chain_free};
  Chain *chain = g_new0 (Chain, 1);

  chain->cursor = cr_request_get_query (request, "cursor");
  if (!read_cursor (chain, error)) {
    chain_free (chain);
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, chain, error);
}
