/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON bodies, read into plain variables by a list of fields, and values that go back.
 *
 * Thread: [main].
 */
#pragma once

#include "base/json.h"
#include "http/http.h"
#include "store/page.h"

G_BEGIN_DECLS

typedef enum {
  CR_FIELD_STRING,  /* gchar *, replaced; null makes it NULL unless needed */
  CR_FIELD_STRINGS, /* gchar **, replaced; null makes it NULL */
  CR_FIELD_INT,     /* gint64; null leaves it unless needed */
  CR_FIELD_BOOLEAN  /* gboolean */
} CrFieldKind;

typedef struct {
  const gchar *name;
  CrFieldKind kind;
  gboolean needed;
  gpointer value; /* left as it was when the body does not have the field */
} CrField;

/* The body, which is one object; NULL with BAD_REQUEST or what is wrong with the JSON. */
JsonNode *cr_body_parse (const CrRequest *request, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* BAD_REQUEST names the field that is missing, unknown or of another type. */
gboolean cr_body_read (const CrRequest *request, const CrField *fields, guint n_fields,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The response's body; no-store. Takes the root from `builder`. */
void cr_response_set_json (CrResponse *response, guint status, JsonBuilder *builder);

/* A member of the open object. A NULL string becomes null. */
void cr_json_add_string (JsonBuilder *builder, const gchar *name, const gchar *value);
void cr_json_add_int (JsonBuilder *builder, const gchar *name, gint64 value);
void cr_json_add_int_or_null (JsonBuilder *builder, const gchar *name, gboolean known, gint64 value);
void cr_json_add_boolean (JsonBuilder *builder, const gchar *name, gboolean value);

/* Seconds since 1970 as "2019-10-12T00:00:00Z" (RFC 3339); null for 0. */
void cr_json_add_time (JsonBuilder *builder, const gchar *name, gint64 seconds);

/* The query's limit (1 to 200, 50 when it has none) and cursor; `*cursor` is freed with g_free() and must
 * outlive `page`. */
gboolean cr_request_get_page (const CrRequest *request, CrPage *page, gchar **cursor,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The version that If-Match names as "v<version>"; 0 for "*". PRECONDITION_REQUIRED, PRECONDITION_FAILED. */
gboolean cr_request_get_version (const CrRequest *request, gint64 *version,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_response_set_version (CrResponse *response, gint64 version);

G_END_DECLS
