/* SPDX-License-Identifier: Apache-2.0
 *
 * What `--demo` begins with: the sample district of config/sample-district, a term around today with a week
 * of courses, a paired device in every listening school, people who may sign in, and one lesson of the
 * timetable that is live now. Only an empty database is filled; the lesson is made again with every start.
 *
 * Thread: [main], before serving.
 */
#pragma once

#include "base/config.h"
#include "store/store.h"

G_BEGIN_DECLS

/* The course of the lesson that is live: its id. */
#define CR_DEMO_COURSE CR_DEMO_LESSON

typedef struct {
  gchar *login;
  gchar *password; /* made up, kept in the state folder for the next start */
  gchar *role;
} CrDemoAccount;

/* Who can sign in, an array of CrDemoAccount; empty in a database that was not filled by this. NULL on error.
 */
GPtrArray *cr_demo_district_prepare (CrStore *store, const gchar *state_dir, gint64 now_s,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A listening classroom of the demo lesson. */
typedef struct {
  gchar *name; /* its township: "龙驹" */
  gchar *id;   /* in the timetable; NULL without it */
} CrDemoClassroom;

/* Those of the sample district, in the order of its list: CrDemoClassroom. With a database (`store` not NULL)
 * that has the demo's course, as that has them. */
GPtrArray *cr_demo_district_classrooms (CrStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
