/* SPDX-License-Identifier: Apache-2.0
 *
 * One look every two seconds, never two at once. A delivery is known by its id until the database has been
 * told what became of it, so that no look takes it twice.
 */
#include "live/deliveries.h"

#include "base/log.h"
#include "schedule/webhook.h"
#include "store/notice-store.h"

#define TICK_S 1
#define LOOK_S 2 /* a notice is late by no more, and a look is one read of an index */

/* Before a webhook was configured notices piled up that nobody wants to hear any more. */
#define STALE_S (24 * 60 * 60)

struct CrDeliveries {
  CrStore *store;
  const CrClock *clock;
  CrWebhook *webhook;
  GHashTable *taken; /* ids */
  guint tick_source;
  guint n_ticks;
  gboolean looking;
  gint n_refs; /* its own, and one of each job under way */
  gboolean freed;
};

static void
deliveries_unref (CrDeliveries *deliveries)
{
  if (--deliveries->n_refs > 0)
    return;
  g_hash_table_unref (deliveries->taken);
  g_free (deliveries);
}

/* What became of one. */
typedef struct {
  CrDeliveries *deliveries;
  gchar *id;
  guint attempts;
  gint64 at;  /* delivered, or when it is tried again: G_MAXINT64 never */
  gchar *why; /* NULL: delivered */
  gboolean forget;
} Outcome;

static void
outcome_free (gpointer data)
{
  Outcome *outcome = data;

  deliveries_unref (outcome->deliveries);
  g_free (outcome->id);
  g_free (outcome->why);
  g_free (outcome);
}

static gboolean
run_outcome (CrStoreTx *tx, gpointer data, GError **error)
{
  const Outcome *outcome = data;

  if (outcome->why == NULL)
    return cr_webhook_store_delivered (tx, outcome->id, outcome->attempts, outcome->at, error);
  return cr_webhook_store_failed (tx, outcome->id, outcome->attempts, outcome->at, outcome->why, error);
}

/* When it could not be written, the id stays: better not told than told every two seconds. */
static void
on_outcome_written (gpointer data, const GError *error, gpointer done_data)
{
  const Outcome *outcome = data;

  if (error != NULL)
    cr_log (CR_LOG_WARNING, "delivery-not-kept", "delivery", outcome->id, "why", error->message, NULL);
  else if (outcome->forget)
    g_hash_table_remove (outcome->deliveries->taken, outcome->id);
}

static void
write_outcome (CrDeliveries *deliveries, const CrWebhookDelivery *delivery, gint64 at, const gchar *why,
               gboolean forget)
{
  Outcome *outcome = g_new0 (Outcome, 1);

  outcome->deliveries = deliveries;
  deliveries->n_refs++;
  outcome->id = g_strdup (delivery->id);
  outcome->attempts = delivery->attempts;
  outcome->at = at;
  outcome->why = g_strdup (why);
  outcome->forget = forget;
  cr_store_run (deliveries->store, run_outcome, outcome, outcome_free, on_outcome_written, NULL);
}

static void
on_delivered (const CrWebhookDelivery *delivery, gint64 at, gpointer data)
{
  write_outcome (data, delivery, at, NULL, TRUE);
}

static void
on_failed (const CrWebhookDelivery *delivery, const gchar *error, gboolean given_up, gpointer data)
{
  cr_log (given_up ? CR_LOG_ERROR : CR_LOG_WARNING, given_up ? "webhook-given-up" : "webhook-failed",
          "delivery", delivery->id, "why", error, NULL);
  write_outcome (data, delivery, delivery->next_at, error, given_up);
}

static void
take_row (CrDeliveries *deliveries, const CrWebhookRow *row, gint64 now_s)
{
  const CrNoticeRow *notice = row->notice;
  CrWebhookDelivery *delivery;

  if (!g_hash_table_add (deliveries->taken, g_strdup (row->id)))
    return;
  delivery = g_new0 (CrWebhookDelivery, 1);
  delivery->id = g_strdup (row->id);
  delivery->attempts = row->attempts;
  delivery->next_at = row->next_at;
  if (now_s - notice->created_at > STALE_S) {
    write_outcome (deliveries, delivery, G_MAXINT64, "older than a day", TRUE);
    cr_webhook_delivery_free (delivery);
    return;
  }
  delivery->body = cr_webhook_body (notice->id, notice->kind, notice->course_id, notice->lesson_id,
                                    notice->text_zh, notice->text_en, notice->created_at);
  cr_webhook_take (deliveries->webhook, delivery);
}

typedef struct {
  CrDeliveries *deliveries;
  GPtrArray *rows; /* CrWebhookRow */
} Look;

static void
look_free (gpointer data)
{
  Look *look = data;

  g_clear_pointer (&look->rows, g_ptr_array_unref);
  deliveries_unref (look->deliveries);
  g_free (look);
}

static gboolean
run_look (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_webhook_store_pending (tx, &((Look *)data)->rows, error);
}

static void
on_looked (gpointer data, const GError *error, gpointer done_data)
{
  const Look *look = data;
  CrDeliveries *deliveries = look->deliveries;
  gint64 now_s = cr_clock_wall_us (deliveries->clock) / G_USEC_PER_SEC;

  deliveries->looking = FALSE;
  if (deliveries->freed || error != NULL)
    return;
  for (guint i = 0; i < look->rows->len; i++)
    take_row (deliveries, look->rows->pdata[i], now_s);
  cr_webhook_tick (deliveries->webhook);
}

static void
begin_look (CrDeliveries *deliveries)
{
  Look *look = g_new0 (Look, 1);

  look->deliveries = deliveries;
  deliveries->n_refs++;
  deliveries->looking = TRUE;
  cr_store_read (deliveries->store, run_look, look, look_free, on_looked, NULL);
}

static gboolean
on_tick (gpointer data)
{
  CrDeliveries *deliveries = data;

  if (deliveries->n_ticks++ % LOOK_S == 0 && !deliveries->looking)
    begin_look (deliveries);
  cr_webhook_tick (deliveries->webhook);
  return G_SOURCE_CONTINUE;
}

CrDeliveries *
cr_deliveries_new (CrStore *store, const CrClock *clock, const gchar *url, const gchar *secret,
                   GError **error)
{
  static const CrWebhookCallbacks callbacks = {.delivered = on_delivered, .failed = on_failed};
  CrDeliveries *deliveries = g_new0 (CrDeliveries, 1);

  deliveries->webhook = cr_webhook_new (url, secret, clock, &callbacks, deliveries, error);
  if (deliveries->webhook == NULL) {
    g_free (deliveries);
    return NULL;
  }
  deliveries->store = store;
  deliveries->clock = clock;
  deliveries->taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  deliveries->n_refs = 1;
  deliveries->tick_source = g_timeout_add_seconds (TICK_S, on_tick, deliveries);
  return deliveries;
}

void
cr_deliveries_free (CrDeliveries *deliveries)
{
  g_source_remove (deliveries->tick_source);
  g_clear_pointer (&deliveries->webhook, cr_webhook_free);
  deliveries->freed = TRUE;
  deliveries_unref (deliveries);
}
