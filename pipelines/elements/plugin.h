/* SPDX-License-Identifier: Apache-2.0
 *
 * The GStreamer plugin `classrelay`, linked in: no file to find at run time.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Registers `relaysrc` and `relaysink`. After gst_init(); idempotent. [main] */
void cr_elements_register (void);

G_END_DECLS
