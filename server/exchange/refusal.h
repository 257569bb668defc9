/* SPDX-License-Identifier: Apache-2.0
 *
 * Why something that was asked cannot be done, told in full: a code for programs, the field that is wrong, a
 * sentence in the language of whoever asks, and what belongs to it (the conflicts, the rows). A GError that
 * carries these, so that it travels as any other does.
 *
 * Thread: [any].
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define CR_REFUSAL (cr_refusal_quark ())
GQuark cr_refusal_quark (void);

typedef enum {
  CR_REFUSAL_BAD_REQUEST, /* 400: the body or the query cannot be read */
  CR_REFUSAL_NOT_FOUND,   /* 404 */
  CR_REFUSAL_CONFLICT,    /* 409: it clashes */
  CR_REFUSAL_FROZEN,      /* 409: the lesson has opened */
  CR_REFUSAL_INVALID,     /* 422: a value that cannot be */
  CR_REFUSAL_IMPORT,      /* 422: rows that cannot be */
  CR_REFUSAL_VERSION,     /* 412: somebody else was faster */
  CR_REFUSAL_DRY_RUN      /* 200: nothing is wrong, but nothing is to be changed; extra is the answer */
} CrRefusalCode;

/* The sentence is `zh` or `en`, as `chinese` says. `field` may be NULL. Always FALSE. */
gboolean cr_refuse (GError **error, CrRefusalCode code, const gchar *field, gboolean chinese, const gchar *zh,
                    const gchar *en);

/* The same for a sentence at hand. Takes `extra` (may be NULL), an object whose members go beside. */
gboolean cr_refuse_with (GError **error, CrRefusalCode code, const gchar *field, const gchar *sentence,
                         JsonNode *extra);

guint cr_refusal_status (const GError *error);
const gchar *cr_refusal_code_name (const GError *error); /* "conflict" */
const gchar *cr_refusal_field (const GError *error);     /* NULL: none */
JsonNode *cr_refusal_extra (const GError *error);        /* NULL: none; borrowed */

G_END_DECLS
