/* SPDX-License-Identifier: Apache-2.0
 *
 * Random codes that people read from a screen and type: capital letters and digits without those that look
 * or sound alike (RFC 8628 section 6.1).
 *
 * Thread: [any].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Free with g_free(). */
gchar *cr_readable_code_new (guint n_characters);

/* What somebody typed, as the code it means: capitals, without blanks and hyphens; NULL when it has other
 * characters or another length. Free with g_free(). */
gchar *cr_readable_code_parse (const gchar *typed, guint n_characters);

G_END_DECLS
