/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices on their way to the webhook: what the database has still to deliver is handed to
 * schedule/webhook.h, and what became of it is written back, so that a restart neither loses a notice nor
 * sends a delivered one again.
 *
 *   notice ──▶ webhook_delivery ──look()──▶ CrWebhook ──POST──▶ receiver
 *                     ▲                         │
 *                     └── delivered, failed ────┘
 *
 * Thread: [main].
 */
#pragma once

#include "base/clock.h"
#include "store/store.h"

G_BEGIN_DECLS

typedef struct CrDeliveries CrDeliveries;

/* NULL when `url` is no http or https address. `store` and `clock` outlive it; looks by itself from then on.
 */
CrDeliveries *cr_deliveries_new (CrStore *store, const CrClock *clock, const gchar *url, const gchar *secret,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What is under way is sent again after the next start. */
void cr_deliveries_free (CrDeliveries *deliveries);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrDeliveries, cr_deliveries_free)

G_END_DECLS
