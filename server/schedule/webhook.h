/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices to the bureau's chat group or any other receiver: a JSON body posted to one URL, signed, and posted
 * again with growing pauses until the receiver says 2xx. What is still to be delivered is kept by the caller.
 *
 * The header `X-ClassRelay-Signature: t=<unix seconds>,v1=<hex>` holds HMAC-SHA256 with the secret over
 * "<t>.<body>"; `X-ClassRelay-Delivery` is the delivery's id, the same in every attempt.
 *
 * Thread: [main].
 */
#pragma once

#include "base/clock.h"

G_BEGIN_DECLS

typedef struct _CrWebhook CrWebhook;

typedef struct {
  gchar *id;
  guint attempts; /* so far */
  gint64 next_at; /* unix seconds; due at once when it has passed */
  gchar *body;    /* JSON, UTF-8 */
} CrWebhookDelivery;

void cr_webhook_delivery_free (CrWebhookDelivery *delivery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrWebhookDelivery, cr_webhook_delivery_free)

/* Pauses double from 5 s to at most an hour; after 20 attempts (about half a day) it is given up. */
#define CR_WEBHOOK_MAX_ATTEMPTS 20

typedef struct {
  void (*delivered) (const CrWebhookDelivery *delivery, gint64 at, gpointer data);
  /* `given_up`: it is not tried again; else next_at says when. */
  void (*failed) (const CrWebhookDelivery *delivery, const gchar *error, gboolean given_up, gpointer data);
} CrWebhookCallbacks;

/* NULL when `url` is no http or https address. */
CrWebhook *cr_webhook_new (const gchar *url, const gchar *secret, const CrClock *clock,
                           const CrWebhookCallbacks *callbacks, gpointer data,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Requests under way are cancelled and not reported. */
void cr_webhook_free (CrWebhook *webhook);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrWebhook, cr_webhook_free)

/* Takes `delivery`. One is sent at a time, so that a receiver sees them in order of their due time. */
void cr_webhook_take (CrWebhook *webhook, CrWebhookDelivery *delivery);

/* Looks at the clock and sends what is due; call it every second. */
void cr_webhook_tick (CrWebhook *webhook);

guint cr_webhook_n_pending (const CrWebhook *webhook);

/* The pause after `attempts` failures. */
guint cr_webhook_backoff_s (guint attempts);

/* The signature header's value; free with g_free(). */
gchar *cr_webhook_sign (const gchar *secret, const gchar *body, gint64 at);

/* The body for a notice: its own fields, and `msgtype` and `text` as the chat groups' robots read them. */
gchar *cr_webhook_body (const gchar *notice_id, const gchar *kind, const gchar *course_id,
                        const gchar *lesson_id, const gchar *text_zh, const gchar *text_en,
                        gint64 created_at);

G_END_DECLS
