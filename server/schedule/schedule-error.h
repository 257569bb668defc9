/* SPDX-License-Identifier: Apache-2.0
 *
 * What the folder's functions can fail with.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_SCHEDULE_ERROR (cr_schedule_error_quark ())
GQuark cr_schedule_error_quark (void);

typedef enum {
  CR_SCHEDULE_ERROR_INVALID,   /* a value that means nothing */
  CR_SCHEDULE_ERROR_TOO_LARGE, /* more bytes, occurrences or time than an import may take */
  CR_SCHEDULE_ERROR_UNKNOWN,   /* a course, lesson or change that is not there */
  CR_SCHEDULE_ERROR_FROZEN,    /* the lesson has opened: what happened is not rewritten */
  CR_SCHEDULE_ERROR_CONFLICT,  /* it clashes: the conflicts come beside the error */
} CrScheduleError;

G_END_DECLS
