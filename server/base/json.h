/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON from the network: size and nesting are checked before json-glib sees it, since its parser recurses and
 * overflows its stack on deep nesting. And the way back to bytes.
 *
 * Thread: [any].
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define CR_JSON_ERROR (cr_json_error_quark ())
GQuark cr_json_error_quark (void);
typedef enum { CR_JSON_ERROR_TOO_DEEP, CR_JSON_ERROR_MALFORMED } CrJsonError;

#define CR_JSON_MAX_NESTING 32

/* How deep arrays and objects nest, without parsing: brackets inside strings do not count. An excess of
 * closing brackets is left for the parser to refuse. */
guint cr_json_nesting (const gchar *text, gsize length_bytes);

/* The root node, NULL on error. UTF-8 is required (RFC 8259 section 8.1). */
JsonNode *cr_json_parse (const gchar *text, gsize length_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Compact text, free with g_free(). Takes the root from `builder`. */
gchar *cr_json_build (JsonBuilder *builder, gsize *length_bytes);

G_END_DECLS
