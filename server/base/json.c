/* SPDX-License-Identifier: Apache-2.0
 *
 * The nesting guard is one pass over the bytes that knows only strings, escapes and brackets. It counts at
 * least as deep as json-glib would go. json-glib's scanner also skips comments, which RFC 8259 does not know:
 * an opening bracket within one is counted too, on the safe side, but a quotation mark within one could hide
 * brackets, so that comments are refused.
 */
#include "base/json.h"

#include <string.h>

G_DEFINE_QUARK (cr_json_error, cr_json_error)

/* Whether a scan stands within a string. */
typedef struct {
  gboolean in_string;
  gboolean escaped;
} StringState;

/* TRUE when the byte lies outside of strings. */
static gboolean
string_state_feed (StringState *state, gchar byte)
{
  if (!state->in_string) {
    state->in_string = byte == '"';
    return !state->in_string;
  }
  if (state->escaped)
    state->escaped = FALSE;
  else if (byte == '\\')
    state->escaped = TRUE;
  else if (byte == '"')
    state->in_string = FALSE;
  return FALSE;
}

guint
cr_json_nesting (const gchar *text, gsize length_bytes)
{
  StringState state = {0};
  guint depth = 0, deepest = 0;

  for (gsize i = 0; i < length_bytes; i++) {
    if (!string_state_feed (&state, text[i]))
      continue;
    if (text[i] == '[' || text[i] == '{')
      depth++;
    else if ((text[i] == ']' || text[i] == '}') && depth > 0)
      depth--;
    deepest = MAX (deepest, depth);
  }
  return deepest;
}

/* What json-glib would let through and RFC 8259 does not know, outside of strings: comments, single quotes,
 * `var name =`, and a second value after the first array or object. */
static gboolean
has_foreign_syntax (const gchar *text, gsize length_bytes)
{
  StringState state = {0};
  gboolean complete = FALSE;
  guint depth = 0;

  for (gsize i = 0; i < length_bytes; i++) {
    if (complete && !g_ascii_isspace (text[i]))
      return TRUE;
    if (!string_state_feed (&state, text[i]))
      continue;
    if (strchr ("/#'=;", text[i]) != NULL)
      return TRUE;
    if (text[i] == '[' || text[i] == '{')
      depth++;
    else if ((text[i] == ']' || text[i] == '}') && depth > 0)
      complete = --depth == 0;
  }
  return FALSE;
}

JsonNode *
cr_json_parse (const gchar *text, gsize length_bytes, GError **error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GError) why = NULL;

  if (cr_json_nesting (text, length_bytes) > CR_JSON_MAX_NESTING) {
    g_set_error (error, CR_JSON_ERROR, CR_JSON_ERROR_TOO_DEEP, "JSON nested deeper than %d levels",
                 CR_JSON_MAX_NESTING);
    return NULL;
  }
  if (!g_utf8_validate_len (text, length_bytes, NULL) || has_foreign_syntax (text, length_bytes)) {
    g_set_error_literal (error, CR_JSON_ERROR, CR_JSON_ERROR_MALFORMED, "not JSON");
    return NULL;
  }

  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, text, (gssize)length_bytes, &why) ||
      json_parser_get_root (parser) == NULL) {
    g_set_error (error, CR_JSON_ERROR, CR_JSON_ERROR_MALFORMED, "not JSON: %s",
                 why != NULL ? why->message : "empty");
    return NULL;
  }
  return json_node_ref (json_parser_get_root (parser));
}

gchar *
cr_json_build (JsonBuilder *builder, gsize *length_bytes)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  json_generator_set_root (generator, root);
  return json_generator_to_data (generator, length_bytes);
}
