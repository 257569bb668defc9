/* SPDX-License-Identifier: Apache-2.0
 *
 * Paging by key: a page begins after the sort key of the last row of the page before, so that rows that come
 * or go between two requests neither repeat nor hide others. The cursor is that key, opaque to clients.
 *
 * Thread: [any].
 */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

#define CR_PAGE_LIMIT_MAX 1000

typedef struct {
  guint limit;         /* rows wanted; 0: all, for exports and for memory */
  const gchar *cursor; /* NULL: from the beginning */
} CrPage;

/* LIMIT's parameter: one row more than wanted, which says that there is a next page; -1 for all. */
gint64 cr_page_sql_limit (const CrPage *page);

/* The `n_parts` of the key that the page begins after; "" each at the beginning. INVALID for a cursor that is
 * not one of ours. Free with g_strfreev(). */
gchar **cr_page_key (const CrPage *page, guint n_parts, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Cuts what is beyond the page off `rows`: TRUE when there was something. The cursor of the next page is then
 * made of the last row's key. */
gboolean cr_page_cut (const CrPage *page, GPtrArray *rows);

/* The cursor of a key, `n_parts` strings. Free with g_free(). */
gchar *cr_page_cursor (guint n_parts, ...);

G_END_DECLS
