/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables out of files and into files. An import is all or nothing: every row is read and checked, every wrong
 * one is named by line and column, and nothing is written unless all are good. A dry run does everything, and
 * is then undone. What was exported is imported again without a change.
 *
 * Thread: that of the job.
 */
#pragma once

#include "base/csv.h"
#include "exchange/calendar-table.h"
#include "exchange/refusal.h"
#include "exchange/table.h"

G_BEGIN_DECLS

/* More wrong rows are not named: the reader will mend these first. */
#define CR_IMPORT_MAX_ERRORS 200

typedef struct {
  const CrTable *table;
  GBytes *file;
  const CrIcalReport *calendar; /* that `file` was made of; NULL: it is what somebody sent */
  const gchar *term_id;         /* of courses */
  gboolean dry_run;
  gboolean chinese;   /* the reader's language */
  GPtrArray *before;  /* the terms' timetables when the file came: see cr_clash_check_new() */
  gboolean confirmed; /* it stands although lessons clash */
  gboolean webhook;   /* notices of that are to be delivered too */
  const CrActor *actor;
  gint64 now; /* seconds */
} CrImport;

/* The counts as an object (free with json_node_unref()). CR_REFUSAL_IMPORT when rows are wrong;
 * CR_REFUSAL_DRY_RUN always in a dry run, so that the job is undone. */
JsonNode *cr_import_run (CrStoreTx *tx, const CrImport *import, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  const CrTable *table;
  const gchar *term_id; /* of courses; NULL: of all */
  CrCsvEncoding encoding;
  gchar separator;
  gboolean chinese; /* headings and words */
  const CrActor *actor;
  const CrSchoolFilter *filter;
} CrExport;

/* The file, with what the actor may see. */
GBytes *cr_export_run (CrStoreTx *tx, const CrExport *export, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
