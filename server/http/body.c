/* SPDX-License-Identifier: Apache-2.0
 *
 * A body is one object; what it holds beyond the fields asked for is refused, so that a mistyped name is
 * noticed.
 */
#include "http/body.h"

#include <string.h>

/* One screenful by default; the most that one answer should weigh. */
#define PAGE_LIMIT     50
#define PAGE_LIMIT_MAX 200

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (GError **error, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_BAD_REQUEST, text);
  return FALSE;
}

static gboolean
read_strings (JsonNode *node, gchar ***value)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);

    if (json_node_get_value_type (element) != G_TYPE_STRING)
      return FALSE;
    g_strv_builder_add (builder, json_node_get_string (element));
  }
  if (array == NULL && !JSON_NODE_HOLDS_NULL (node))
    return FALSE;
  g_strfreev (*value);
  *value = array != NULL ? g_strv_builder_end (builder) : NULL;
  return TRUE;
}

static gboolean
read_string (const CrField *field, JsonNode *node, gchar **value)
{
  gboolean is_null = JSON_NODE_HOLDS_NULL (node);

  if (is_null ? field->needed : json_node_get_value_type (node) != G_TYPE_STRING)
    return FALSE;
  g_free (*value);
  *value = is_null ? NULL : json_node_dup_string (node);
  return TRUE;
}

static gboolean
read_field (const CrField *field, JsonNode *node)
{
  switch (field->kind) {
  case CR_FIELD_STRING:
    return read_string (field, node, field->value);
  case CR_FIELD_STRINGS:
    return read_strings (node, field->value);
  case CR_FIELD_INT:
    if (JSON_NODE_HOLDS_NULL (node))
      return !field->needed;
    if (json_node_get_value_type (node) != G_TYPE_INT64)
      return FALSE;
    *(gint64 *)field->value = json_node_get_int (node);
    return TRUE;
  case CR_FIELD_BOOLEAN:
    if (json_node_get_value_type (node) != G_TYPE_BOOLEAN)
      return FALSE;
    *(gboolean *)field->value = json_node_get_boolean (node);
    return TRUE;
  }
  return FALSE;
}

static const CrField *
find_field (const CrField *fields, guint n_fields, const gchar *name)
{
  for (guint i = 0; i < n_fields; i++) {
    if (g_str_equal (fields[i].name, name))
      return &fields[i];
  }
  return NULL;
}

static gboolean
read_members (JsonObject *object, const CrField *fields, guint n_fields, GError **error)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *l = names; l != NULL; l = l->next) {
    const CrField *field = find_field (fields, n_fields, l->data);

    if (field == NULL)
      return refuse (error,
                     "there is no field of one of these names"); /* a name from outside is not repeated */
    if (!read_field (field, json_object_get_member (object, l->data)))
      return refuse (error, "%s: not of this type", field->name);
  }
  for (guint i = 0; i < n_fields; i++) {
    if (fields[i].needed && !json_object_has_member (object, fields[i].name))
      return refuse (error, "%s is missing", fields[i].name);
  }
  return TRUE;
}

JsonNode *
cr_body_parse (const CrRequest *request, GError **error)
{
  g_autoptr (JsonNode) root = NULL;
  gsize length = 0;
  const gchar *text = request->body != NULL ? g_bytes_get_data (request->body, &length) : NULL;

  if (length > 0) {
    root = cr_json_parse (text, length, error);
    if (root == NULL)
      return NULL;
  }
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    return g_steal_pointer (&root);
  refuse (error, "the body must be a JSON object");
  return NULL;
}

gboolean
cr_body_read (const CrRequest *request, const CrField *fields, guint n_fields, GError **error)
{
  g_autoptr (JsonNode) root = cr_body_parse (request, error);

  return root != NULL && read_members (json_node_get_object (root), fields, n_fields, error);
}

void
cr_response_set_json (CrResponse *response, guint status, JsonBuilder *builder)
{
  cr_response_take_text (response, status, "application/json", cr_json_build (builder, NULL));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
}

void
cr_json_add_string (JsonBuilder *builder, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (builder, name);
  if (value != NULL)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
cr_json_add_int (JsonBuilder *builder, const gchar *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

void
cr_json_add_int_or_null (JsonBuilder *builder, const gchar *name, gboolean known, gint64 value)
{
  json_builder_set_member_name (builder, name);
  if (known)
    json_builder_add_int_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
cr_json_add_boolean (JsonBuilder *builder, const gchar *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

void
cr_json_add_time (JsonBuilder *builder, const gchar *name, gint64 seconds)
{
  g_autoptr (GDateTime) time = seconds != 0 ? g_date_time_new_from_unix_utc (seconds) : NULL;
  g_autofree gchar *text = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : NULL;

  cr_json_add_string (builder, name, text);
}

gboolean
cr_request_get_page (const CrRequest *request, CrPage *page, gchar **cursor, GError **error)
{
  g_autofree gchar *limit = cr_request_get_query (request, "limit");
  guint64 number = PAGE_LIMIT;

  if (limit != NULL && !g_ascii_string_to_unsigned (limit, 10, 1, PAGE_LIMIT_MAX, &number, NULL))
    return refuse (error, "limit is a number from 1 to %d", PAGE_LIMIT_MAX);
  *cursor = cr_request_get_query (request, "cursor");
  page->limit = (guint)number;
  page->cursor = *cursor;
  return TRUE;
}

gboolean
cr_request_get_version (const CrRequest *request, gint64 *version, GError **error)
{
  const gchar *value = cr_request_get_header (request, "If-Match");
  gsize length = value != NULL ? strlen (value) : 0;
  g_autofree gchar *digits = NULL;
  guint64 number;

  if (value == NULL) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_PRECONDITION_REQUIRED, "If-Match is needed");
    return FALSE;
  }
  *version = 0;
  if (g_str_equal (value, "*"))
    return TRUE;
  if (g_str_has_prefix (value, "\"v") && value[length - 1] == '"')
    digits = g_strndup (value + 2, length - 3);
  if (digits == NULL || !g_ascii_string_to_unsigned (digits, 10, 1, G_MAXINT64, &number, NULL)) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_PRECONDITION_FAILED, "no such version");
    return FALSE;
  }
  *version = (gint64)number;
  return TRUE;
}

void
cr_response_set_version (CrResponse *response, gint64 version)
{
  g_autofree gchar *etag = g_strdup_printf ("\"v%" G_GINT64_FORMAT "\"", version);

  soup_message_headers_replace (response->headers, "ETag", etag);
}
