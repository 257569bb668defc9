/* SPDX-License-Identifier: Apache-2.0
 *
 * One request at a time, the earliest due first. A receiver that is away gets everything later and in order
 * of due time; a delivery's pauses do not hold back the others.
 */
#include "schedule/webhook.h"

#include "base/json.h"

#include <libsoup/soup.h>
#include <string.h>

#define FIRST_PAUSE_S 5
#define LAST_PAUSE_S  3600

/* A chat group's robot answers in well under a second. */
#define TIMEOUT_S 10

struct _CrWebhook {
  gchar *url;
  gchar *secret;
  const CrClock *clock;
  CrWebhookCallbacks callbacks;
  gpointer data;
  SoupSession *session;
  GCancellable *cancellable;
  GPtrArray *pending; /* CrWebhookDelivery */
  CrWebhookDelivery *sending;
};

/* Outlives the webhook when it is freed while its request is under way. */
typedef struct {
  CrWebhook *webhook;
  GCancellable *cancellable;
  SoupMessage *message;
} Request;

void
cr_webhook_delivery_free (CrWebhookDelivery *delivery)
{
  if (delivery == NULL)
    return;
  g_free (delivery->id);
  g_free (delivery->body);
  g_free (delivery);
}

static void
request_free (Request *request)
{
  g_object_unref (request->cancellable);
  g_object_unref (request->message);
  g_free (request);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, request_free)

CrWebhook *
cr_webhook_new (const gchar *url, const gchar *secret, const CrClock *clock,
                const CrWebhookCallbacks *callbacks, gpointer data, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, error);
  CrWebhook *webhook;

  if (uri == NULL)
    return NULL;
  if ((g_strcmp0 (g_uri_get_scheme (uri), "http") != 0 && g_strcmp0 (g_uri_get_scheme (uri), "https") != 0) ||
      g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0') {
    g_set_error_literal (error, G_URI_ERROR, G_URI_ERROR_BAD_SCHEME, "a webhook's address is http or https");
    return NULL;
  }
  webhook = g_new0 (CrWebhook, 1);
  webhook->url = g_strdup (url);
  webhook->secret = g_strdup (secret);
  webhook->clock = clock;
  webhook->callbacks = *callbacks;
  webhook->data = data;
  /* No proxy: finding one loads modules of the desktop into the daemon. */
  webhook->session = soup_session_new_with_options ("timeout", TIMEOUT_S, "user-agent", "ClassRelay",
                                                    "proxy-resolver", NULL, NULL);
  webhook->cancellable = g_cancellable_new ();
  webhook->pending = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_webhook_delivery_free);
  return webhook;
}

void
cr_webhook_free (CrWebhook *webhook)
{
  if (webhook == NULL)
    return;
  g_cancellable_cancel (webhook->cancellable);
  g_object_unref (webhook->cancellable);
  g_object_unref (webhook->session);
  g_ptr_array_unref (webhook->pending);
  cr_webhook_delivery_free (webhook->sending);
  g_free (webhook->url);
  g_free (webhook->secret);
  g_free (webhook);
}

static gint64
now_s (const CrWebhook *webhook)
{
  return cr_clock_wall_us (webhook->clock) / G_USEC_PER_SEC;
}

guint
cr_webhook_backoff_s (guint attempts)
{
  guint pause_s = FIRST_PAUSE_S;

  while (attempts-- > 1 && pause_s < LAST_PAUSE_S)
    pause_s *= 2;
  return MIN (pause_s, LAST_PAUSE_S);
}

gchar *
cr_webhook_sign (const gchar *secret, const gchar *body, gint64 at)
{
  g_autofree gchar *signed_text = g_strdup_printf ("%" G_GINT64_FORMAT ".%s", at, body);
  g_autofree gchar *mac = g_compute_hmac_for_string (
      G_CHECKSUM_SHA256, (const guchar *)secret, strlen (secret), signed_text, (gssize)strlen (signed_text));

  return g_strdup_printf ("t=%" G_GINT64_FORMAT ",v1=%s", at, mac);
}

static void
report_failure (CrWebhook *webhook, CrWebhookDelivery *delivery, const gchar *why)
{
  gboolean given_up = delivery->attempts >= CR_WEBHOOK_MAX_ATTEMPTS;

  delivery->next_at = given_up ? G_MAXINT64 : now_s (webhook) + cr_webhook_backoff_s (delivery->attempts);
  if (!given_up)
    g_ptr_array_add (webhook->pending, delivery); /* before the call, which may free the webhook */
  webhook->callbacks.failed (delivery, why, given_up, webhook->data);
  if (given_up)
    cr_webhook_delivery_free (delivery);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Request) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) body = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  guint status = soup_message_get_status (request->message);
  CrWebhookDelivery *delivery;
  CrWebhook *webhook;

  if (g_cancellable_is_cancelled (request->cancellable))
    return;
  webhook = request->webhook;
  delivery = g_steal_pointer (&webhook->sending);
  delivery->attempts++;
  if (body == NULL) {
    report_failure (webhook, delivery, error->message);
  } else if (!SOUP_STATUS_IS_SUCCESSFUL (status)) {
    g_autofree gchar *why = g_strdup_printf ("HTTP %u", status);

    report_failure (webhook, delivery, why);
  } else {
    webhook->callbacks.delivered (delivery, now_s (webhook), webhook->data);
    cr_webhook_delivery_free (delivery);
  }
  if (!g_cancellable_is_cancelled (request->cancellable)) /* what was called back may have freed it */
    cr_webhook_tick (webhook);
}

static void
send_delivery (CrWebhook *webhook, CrWebhookDelivery *delivery)
{
  SoupMessage *message = soup_message_new (SOUP_METHOD_POST, webhook->url);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  g_autoptr (GBytes) body = g_bytes_new (delivery->body, strlen (delivery->body));
  g_autofree gchar *signature = cr_webhook_sign (webhook->secret, delivery->body, now_s (webhook));
  Request *request = g_new0 (Request, 1);

  webhook->sending = delivery;
  soup_message_set_request_body_from_bytes (message, "application/json; charset=utf-8", body);
  soup_message_headers_append (headers, "X-ClassRelay-Signature", signature);
  soup_message_headers_append (headers, "X-ClassRelay-Delivery", delivery->id);
  /* A redirection would carry the notice to where nobody sent it. */
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  request->webhook = webhook;
  request->cancellable = g_object_ref (webhook->cancellable);
  request->message = message;
  soup_session_send_async (webhook->session, message, G_PRIORITY_LOW, webhook->cancellable, on_answered,
                           request);
}

void
cr_webhook_take (CrWebhook *webhook, CrWebhookDelivery *delivery)
{
  g_ptr_array_add (webhook->pending, delivery);
}

void
cr_webhook_tick (CrWebhook *webhook)
{
  guint earliest = G_MAXUINT;

  if (webhook->sending != NULL)
    return;
  for (guint i = 0; i < webhook->pending->len; i++) {
    const CrWebhookDelivery *delivery = g_ptr_array_index (webhook->pending, i);

    if (delivery->next_at > now_s (webhook))
      continue;
    if (earliest == G_MAXUINT ||
        delivery->next_at <
            ((const CrWebhookDelivery *)g_ptr_array_index (webhook->pending, earliest))->next_at)
      earliest = i;
  }
  if (earliest != G_MAXUINT)
    send_delivery (webhook, g_ptr_array_steal_index (webhook->pending, earliest));
}

guint
cr_webhook_n_pending (const CrWebhook *webhook)
{
  return webhook->pending->len + (webhook->sending != NULL ? 1 : 0);
}

static void
add_text (JsonBuilder *builder, const gchar *name, const gchar *text)
{
  json_builder_set_member_name (builder, name);
  if (text == NULL)
    json_builder_add_null_value (builder);
  else
    json_builder_add_string_value (builder, text);
}

gchar *
cr_webhook_body (const gchar *notice_id, const gchar *kind, const gchar *course_id, const gchar *lesson_id,
                 const gchar *text_zh, const gchar *text_en, gint64 created_at)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  gsize length;

  json_builder_begin_object (builder);
  add_text (builder, "id", notice_id);
  add_text (builder, "kind", kind);
  add_text (builder, "course_id", course_id);
  add_text (builder, "lesson_id", lesson_id);
  add_text (builder, "text_zh", text_zh);
  add_text (builder, "text_en", text_en);
  json_builder_set_member_name (builder, "created_at");
  json_builder_add_int_value (builder, created_at);
  add_text (builder, "msgtype", "text");
  json_builder_set_member_name (builder, "text");
  json_builder_begin_object (builder);
  add_text (builder, "content", text_zh);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  return cr_json_build (builder, &length);
}
