/* SPDX-License-Identifier: Apache-2.0
 *
 * A cursor is its key's parts, percent-escaped and joined by "/", so that no part can be taken for two.
 */
#include "store/page.h"

#include <stdarg.h>

gint64
cr_page_sql_limit (const CrPage *page)
{
  return page == NULL || page->limit == 0 ? -1 : (gint64)MIN (page->limit, CR_PAGE_LIMIT_MAX) + 1;
}

static gboolean
unescape_parts (gchar **parts)
{
  for (; *parts != NULL; parts++) {
    gchar *plain = g_uri_unescape_string (*parts, NULL);

    if (plain == NULL || !g_utf8_validate (plain, -1, NULL)) {
      g_free (plain);
      return FALSE;
    }
    g_free (*parts);
    *parts = plain;
  }
  return TRUE;
}

gchar **
cr_page_key (const CrPage *page, guint n_parts, GError **error)
{
  g_auto (GStrv) parts = NULL;

  if (page == NULL || page->cursor == NULL) {
    parts = g_new0 (gchar *, n_parts + 1);
    for (guint i = 0; i < n_parts; i++)
      parts[i] = g_strdup ("");
    return g_steal_pointer (&parts);
  }
  parts = g_strsplit (page->cursor, "/", (gint)n_parts + 1);
  if (g_strv_length (parts) == n_parts && unescape_parts (parts))
    return g_steal_pointer (&parts);
  g_set_error_literal (error, CR_STORE_ERROR, CR_STORE_ERROR_INVALID, "the cursor is not one of ours");
  return NULL;
}

gboolean
cr_page_cut (const CrPage *page, GPtrArray *rows)
{
  guint limit = page != NULL ? MIN (page->limit, CR_PAGE_LIMIT_MAX) : 0;

  if (limit == 0 || rows->len <= limit)
    return FALSE;
  g_ptr_array_set_size (rows, (gint)limit);
  return TRUE;
}

gchar *
cr_page_cursor (guint n_parts, ...)
{
  GString *cursor = g_string_new (NULL);
  va_list parts;

  va_start (parts, n_parts);
  for (guint i = 0; i < n_parts; i++) {
    if (i > 0)
      g_string_append_c (cursor, '/');
    g_string_append_uri_escaped (cursor, va_arg (parts, const gchar *), NULL, TRUE);
  }
  va_end (parts);
  return g_string_free (cursor, FALSE);
}
