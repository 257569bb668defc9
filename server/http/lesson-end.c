/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /api/v1/lessons/{lesson}/extend and …/end: one click for ten minutes more, and 下课 before the clock
 * says so. The step is noted, then handed to the clock, which keeps it and tells the lesson: 202.
 */
#include "exchange/refusal.h"
#include "http/job.h"
#include "http/routes.h"

typedef struct {
  gchar *lesson_id; /* the timetable's */
  gboolean chinese;
  const gchar *verb;
  gboolean (*step) (CrLessonClock *clock, const gchar *lesson_id);
} Step;

static void
step_free (gpointer data)
{
  Step *step = data;

  g_free (step->lesson_id);
  g_free (step);
}

static gboolean
refuse (GError **error, gboolean chinese)
{
  return cr_refuse (error, CR_REFUSAL_CONFLICT, NULL, chinese, "这节课现在不能延长或结束",
                    "the lesson can be neither longer nor ended now");
}

static gboolean
run_step (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  const Step *step = data;

  cr_access_grant (access); /* the dispatcher has asked: the lesson is in memory */
  return cr_access_note (tx, access, step->verb, "lesson", step->lesson_id, error);
}

static gboolean
encode_step (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  const Step *step = data;

  if (http->closing || !step->step (http->clock, step->lesson_id))
    return refuse (error, step->chinese);
  cr_response_set_empty (response, 202);
  return TRUE;
}

static gboolean
start_step (CrHttp *http, CrRequest *request, CrResponse *response, const Step *what, gboolean possible,
            GError **error)
{
  static const CrJob job = {.writes = TRUE, .run = run_step, .encode = encode_step, .destroy = step_free};
  const CrLessonTimes *times = cr_lesson_get_times (request->lesson);
  Step *step;

  if (times == NULL || http->clock == NULL || !possible)
    return refuse (error, cr_request_is_chinese (request));
  step = g_memdup2 (what, sizeof *what);
  step->lesson_id = g_strdup (times->lesson_id);
  step->chinese = cr_request_is_chinese (request);
  return cr_job_start (http, request, response, &job, step, error);
}

gboolean
cr_handle_lesson_extend (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  const Step step = {.verb = "extend", .step = cr_lesson_clock_extend};
  const CrLessonTimes *times = cr_lesson_get_times (request->lesson);

  return start_step (http, request, response, &step, times != NULL && times->may_extend, error);
}

gboolean
cr_handle_lesson_end (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  const Step step = {.verb = "end", .step = cr_lesson_clock_end};

  return start_step (http, request, response, &step, TRUE, error);
}
