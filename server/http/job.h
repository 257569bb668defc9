/* SPDX-License-Identifier: Apache-2.0
 *
 * Handlers that need the database: a job does its work on the store's thread, where it also asks whether the
 * actor may do it with the object it has found; then the answer is encoded on main. A job that ends well
 * without having asked is undone: nothing is allowed by forgetting. And before a job writes, its actor's
 * session or credential is looked up once more: what was revoked meanwhile does nothing any more.
 *
 *   handler [main] ── cr_job_start() ──▶ run [store] ──▶ encode [main] ──▶ the answer
 *                                          └─ cr_access_check()
 */
#pragma once

#include "http/http.h"
#include "store/school-store.h"

G_BEGIN_DECLS

/* What a job knows of the request. */
typedef struct {
  CrActor *actor; /* NULL: anybody */
  CrVerb verb;    /* of the route */
  CrObjectKind object;
  gint64 now; /* seconds */
  gchar *address;
  gboolean granted;
  gchar *districts; /* JSON, for filters */
} CrAccess;

/* FORBIDDEN when the actor may see the object but not do this, NOT_FOUND when it may not even see it. Thread:
 * [store]. */
gboolean cr_access_check (CrAccess *access, const CrObject *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for another verb than the route's. */
gboolean cr_access_check_verb (CrAccess *access, CrVerb verb, const CrObject *object,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For lists of what belongs to schools: limits `filter` to what the actor may see, by district or school, and
 * counts as having asked. Valid as long as `access`. Thread: [store]. */
void cr_access_limit (CrAccess *access, CrSchoolFilter *filter);

/* The actor itself: its account, session or device. Thread: [store]. */
gboolean cr_access_check_self (CrAccess *access, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What is no object's: signing in, asking for a pairing, one's own account. */
void cr_access_grant (CrAccess *access);

/* A row of the audit log, in the same job. Thread: [store]. */
gboolean cr_access_note (CrStoreTx *tx, const CrAccess *access, const gchar *verb, const gchar *kind,
                         const gchar *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  gboolean writes; /* FALSE: on the reader's thread, and nothing can be written */
  gboolean (*run) (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error);
  /* May begin another job. NULL: 204. */
  gboolean (*encode) (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error);
  GDestroyNotify destroy; /* of `data`, on main */
} CrJob;

/* Takes `data`, also when it fails. */
gboolean cr_job_start (CrHttp *http, CrRequest *request, CrResponse *response, const CrJob *job,
                       gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For steps that are no job: the answer comes later, until as many releases as holds. `error` (may be NULL)
 * becomes the answer. Thread: [main]. */
void cr_request_hold (CrRequest *request);
void cr_request_release (CrHttp *http, CrRequest *request, CrResponse *response, const GError *error);

G_END_DECLS
