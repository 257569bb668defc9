/* SPDX-License-Identifier: Apache-2.0
 *
 * The way back from media workers: calls into the main thread, in the order in which they were made.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Serves calls from the default main context from now on; idempotent. [main] */
void cr_main_invoke_init (void);

/* Runs `func (data)` on the main thread; ownership of `data` goes with it. After cr_main_invoke_init(). [any]
 */
void cr_main_invoke (void (*func) (gpointer data), gpointer data);

G_END_DECLS
