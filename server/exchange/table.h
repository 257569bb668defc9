/* SPDX-License-Identifier: Apache-2.0
 *
 * A table that people edit: its columns, where its rows are kept, whom a row concerns, and what no column
 * alone can be refused for. The JSON resources, the import and the export work on these descriptions and know
 * no table by name.
 *
 *   JSON body ─┐                          ┌─▶ JSON answer
 *              ├─▶ CrEntry ─▶ check ─▶ store
 *   CSV row  ──┘                          └─▶ CSV row
 *
 * Thread: that of the job.
 */
#pragma once

#include "exchange/column.h"
#include "exchange/directory.h"

G_BEGIN_DECLS

typedef struct {
  CrSchoolFilter filter;
  const gchar *term_id; /* of courses; NULL: of all */
} CrListQuery;

/* Where something is wrong with an entry. */
typedef struct {
  gchar *sentence;    /* NULL: nothing is; free with g_free() */
  const gchar *field; /* a column's or member's name */
} CrFault;

typedef struct CrTable {
  const gchar *name; /* "classrooms" */
  const gchar *one;  /* "classroom", in the audit log */
  CrObjectKind kind;
  const CrColumn *columns;
  guint n_columns;
  const gchar *const *derived; /* members that answers have and bodies need not, ended by NULL */
  gsize version_offset;
  gboolean version_is_64;

  gpointer (*make) (void);
  void (*free_row) (gpointer row); /* each row begins with its id */
  gboolean (*list) (CrStoreTx *tx, const CrListQuery *query, const CrPage *page, GPtrArray **out,
                    gchar **next_cursor, GError **error);
  gpointer (*get) (CrStoreTx *tx, const gchar *id, GError **error);
  gboolean (*insert) (CrStoreTx *tx, gpointer row, GError **error);
  gboolean (*update) (CrStoreTx *tx, gpointer row, GError **error);
  gboolean (*remove) (CrStoreTx *tx, const gchar *id, gint64 version, gint64 now, GError **error);

  void (*concern) (CrDirectory *directory, gconstpointer row, CrConcern *concern);
  void (*check) (CrDirectory *directory, gconstpointer row, gboolean chinese, CrFault *fault);

  /* Members that are lists; all may be NULL. read_member() is FALSE when it is none of them. */
  gboolean (*read_member) (gpointer row, const gchar *name, JsonNode *node, gboolean chinese, CrFault *fault);
  void (*add_members) (CrDirectory *directory, gconstpointer row, JsonBuilder *builder);

  /* Files; NULL: it has none. An entry takes n_lines() lines (NULL: one); `line` is which. */
  guint (*n_lines) (gconstpointer row);
  void (*give_codes) (CrDirectory *directory, CrEntry *entry, guint line, gboolean chinese);
  void (*take_codes) (CrDirectory *directory, CrEntry *entry, gboolean chinese, CrFault *fault);
  void (*begin_lines) (gpointer row); /* before the first line of an entry that was there */
} CrTable;

extern const CrTable cr_table_schools;
extern const CrTable cr_table_classrooms;
extern const CrTable cr_table_classes;
extern const CrTable cr_table_teachers;
extern const CrTable cr_table_terms;
extern const CrTable cr_table_bells;
extern const CrTable cr_table_busy;
extern const CrTable cr_table_courses;

/* NULL when there is none. */
const CrTable *cr_table_by_kind (CrObjectKind kind);
const CrTable *cr_table_by_name (const gchar *name); /* those that have files */

const gchar *cr_table_id (gconstpointer row);
gint64 cr_table_version (const CrTable *table, gconstpointer row);
void cr_table_set_version (const CrTable *table, gpointer row, gint64 version);

/* cr_column_heading() of the column with this name; NULL when there is none, or `name` is NULL. */
const gchar *cr_table_heading (const CrTable *table, const gchar *name, gboolean chinese);

/* Which column of files is headed so, by its name or in Chinese; -1: none. */
gint cr_table_find_heading (const CrTable *table, const gchar *text);

void cr_entry_clear (const CrTable *table, CrEntry *entry);

/* The cells of the columns that have all of `flags`, as one text to compare. give_codes() has been called. */
gchar *cr_table_entry_text (const CrTable *table, const CrEntry *entry, guint flags);
gchar *cr_table_entry_key (const CrTable *table, const CrEntry *entry); /* NULL: it has none of its own */

/* Reads the members that `body` has into the entry; with `is_new` the needed ones must be there, else fixed
 * ones must stay. */
void cr_table_read_json (const CrTable *table, CrEntry *entry, JsonObject *body, gboolean is_new,
                         gboolean chinese, CrFault *fault);

/* The row as an object in `builder`. */
void cr_table_add_json (const CrTable *table, CrDirectory *directory, gconstpointer row,
                        JsonBuilder *builder);

/* Sets it, unless something was wrong before. Takes `sentence` (NULL: nothing is wrong). */
void cr_fault_take (CrFault *fault, const gchar *field, gchar *sentence);
void cr_fault_say (CrFault *fault, const gchar *field, gboolean chinese, const gchar *zh, const gchar *en);

/* `school_id` names a school. */
void cr_fault_check_school (CrDirectory *directory, const gchar *school_id, const gchar *field,
                            gboolean chinese, CrFault *fault);

/* school_id, school_code and school_name of something that lies in a school. */
void cr_table_add_school (CrDirectory *directory, const gchar *school_id, JsonBuilder *builder);
void cr_json_add_text (JsonBuilder *builder, const gchar *name, const gchar *value); /* NULL: null */

G_END_DECLS
