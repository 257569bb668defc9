/* SPDX-License-Identifier: Apache-2.0
 *
 * A list of entity tags, read strictly: what cannot be read matches nothing.
 */
#include "http/if-match.h"

#include <string.h>

/* The end of the entity tag at `p`, NULL when there is none. etagc excludes the quotation mark, so that the
 * next one ends it. */
static const gchar *
skip_tag (const gchar *p)
{
  const gchar *end;

  if (*p != '"')
    return NULL;
  end = strchr (p + 1, '"');
  return end != NULL ? end + 1 : NULL;
}

CrIfMatch
cr_if_match (const gchar *header, const gchar *etag)
{
  g_autofree gchar *trimmed = NULL;
  CrIfMatch result = CR_IF_MATCH_DIFFERS;
  const gchar *p;

  if (header == NULL)
    return CR_IF_MATCH_MISSING;
  trimmed = g_strstrip (g_strdup (header));
  if (g_str_equal (trimmed, "*") || g_str_equal (trimmed, "\"*\""))
    return CR_IF_MATCH_ANY;

  for (p = trimmed; *p != '\0';) {
    gboolean weak = g_str_has_prefix (p, "W/");
    const gchar *tag = weak ? p + strlen ("W/") : p;
    const gchar *end = skip_tag (tag);

    if (end == NULL)
      return CR_IF_MATCH_DIFFERS;
    if (!weak && strlen (etag) == (gsize)(end - tag) && memcmp (tag, etag, (gsize)(end - tag)) == 0)
      result = CR_IF_MATCH_EQUAL;
    p = end + strspn (end, " \t");
    if (*p == '\0')
      return result;
    if (*p != ',')
      return CR_IF_MATCH_DIFFERS;
    p += strspn (p, ", \t");
  }
  return result;
}
