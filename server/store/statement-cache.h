/* SPDX-License-Identifier: Apache-2.0
 *
 * What a connection needs to know of its statements: where they are kept.
 *
 * Thread: that of the connection.
 */
#pragma once

#include "store/statement.h"

G_BEGIN_DECLS

/* SQL (a literal) → CrStatement; finalizes its statements when freed. */
GHashTable *cr_statement_cache_new (void);

G_END_DECLS
