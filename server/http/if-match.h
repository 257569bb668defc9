/* SPDX-License-Identifier: Apache-2.0
 *
 * If-Match (RFC 9110 section 13.1.1) against one strong entity tag.
 *
 * Thread: [any].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  CR_IF_MATCH_MISSING, /* no such header */
  CR_IF_MATCH_ANY,     /* "*" */
  CR_IF_MATCH_EQUAL,   /* the tag is in the list */
  CR_IF_MATCH_DIFFERS  /* it is not, or the list cannot be read */
} CrIfMatch;

/* `header` may be NULL. Weak tags never match (RFC 9110 section 8.8.3.2). The quoted star that RFC 9725's own
 * example of a restart sends counts as the star: no tag of ours is that. */
CrIfMatch cr_if_match (const gchar *header, const gchar *etag);

G_END_DECLS
