/* SPDX-License-Identifier: Apache-2.0
 *
 * A column of a table that people edit: how it is called, which values it takes, and where its value lies.
 * One description serves JSON bodies, CSV files and answers, so that all three take and give the same.
 *
 * Thread: [any].
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum {
  CR_COLUMN_TEXT,   /* gchar * */
  CR_COLUMN_INT64,  /* gint64 */
  CR_COLUMN_UINT,   /* guint */
  CR_COLUMN_DATE,   /* CrDate */
  CR_COLUMN_MINUTE, /* gint: "08:30" */
  CR_COLUMN_CHOICE, /* an enum, by its place in `choices` */
  CR_COLUMN_WEEKS,  /* CrWeeks */
  CR_COLUMN_CODE    /* of files only: what stands for an id; offset is its place in CrEntry.codes */
} CrColumnType;

typedef enum {
  CR_COLUMN_NEEDED = 1 << 0,
  CR_COLUMN_FIXED = 1 << 1,   /* cannot change once made */
  CR_COLUMN_KEY = 1 << 2,     /* of files: what a row is known by */
  CR_COLUMN_NO_FILE = 1 << 3, /* of JSON only: ids */
  CR_COLUMN_DEFAULT = 1 << 4, /* what is not given becomes `none`, which is a value as any other */
} CrColumnFlags;

typedef struct {
  const gchar *name; /* "open" */
  const gchar *zh;
} CrChoice;

typedef struct {
  const gchar *name; /* of the JSON member and the file's heading */
  const gchar *zh;   /* the heading in Chinese */
  CrColumnType type;
  gsize offset;
  guint flags;
  gint64 min, max; /* of numbers; of texts `max` characters */
  gint64 none;     /* of numbers: how the struct says "not given" */
  const CrChoice *choices;
  guint n_choices;
} CrColumn;

#define CR_CODES_MAX 6

/* A row under way: the store's struct, and the codes that a file has in place of its ids. */
typedef struct {
  gpointer row;
  gchar *codes[CR_CODES_MAX];
} CrEntry;

/* How an exported file heads it; NULL when files do not have it. */
const gchar *cr_column_heading (const CrColumn *column, gboolean chinese);

/* NULL, or why `text` (NULL: not given) cannot be the value: a sentence, free with g_free(). */
gchar *cr_column_set (const CrColumn *column, CrEntry *entry, const gchar *text, gboolean chinese);

/* The value as cr_column_set() takes it, NULL for "not given"; choices in the reader's words. */
gchar *cr_column_get (const CrColumn *column, const CrEntry *entry, gboolean chinese);

/* The same for JSON. */
gchar *cr_column_set_json (const CrColumn *column, CrEntry *entry, JsonNode *node, gboolean chinese);
void cr_column_add_json (const CrColumn *column, const CrEntry *entry, JsonBuilder *builder);

/* Minutes of a day, -1 for what is none. Takes "8:30" and "08:30:00", as spreadsheets write it. */
gint cr_minute_parse (const gchar *text);
gchar *cr_minute_format (gint minute); /* free with g_free() */

/* A date as cr_date_parse() takes it, also "2026/9/7". */
gint32 cr_date_parse_loosely (const gchar *text);

G_END_DECLS
