/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon put together: workers, lessons, HTTP, and how it stops.
 *
 * Thread: [main].
 */
#pragma once

#include "base/config.h"

G_BEGIN_DECLS

typedef struct CrApp CrApp;

/* Opens every port; nothing is served before it returns. `config` must outlive it. Errors name what is in the
 * way and the option that goes round it. */
CrApp *cr_app_new (const CrConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_app_free (CrApp *app);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrApp, cr_app_free)

/* Serves until SIGINT or SIGTERM. */
void cr_app_run (CrApp *app);

G_END_DECLS
