/* SPDX-License-Identifier: Apache-2.0
 *
 * A day of the calendar without a clock or a zone: days since 1970-01-01 in the proleptic Gregorian calendar.
 * What moment a day begins at is a term's business (term.h), since only a term knows its time zone.
 *
 * Thread: [any].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef gint32 CrDate;

#define CR_DATE_NONE G_MININT32

/* Room for "YYYY-MM-DD" and its NUL. */
#define CR_DATE_TEXT_BYTES 11

/* CR_DATE_NONE unless it is a day of the years 1900 to 2199: what lies outside is a typing mistake. */
CrDate cr_date_from_ymd (gint year, gint month, gint day);
void cr_date_to_ymd (CrDate date, gint *year, gint *month, gint *day);

/* Exactly "YYYY-MM-DD" (ISO 8601); CR_DATE_NONE for anything else, NULL included. */
CrDate cr_date_parse (const gchar *text);

/* Writes "YYYY-MM-DD" (or "" for CR_DATE_NONE) into `text` and returns it. */
const gchar *cr_date_format (CrDate date, gchar text[CR_DATE_TEXT_BYTES]);

/* 1 Monday … 7 Sunday (ISO 8601). */
guint cr_date_weekday (CrDate date);

G_END_DECLS
