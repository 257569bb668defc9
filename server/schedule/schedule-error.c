/* SPDX-License-Identifier: Apache-2.0
 *
 * The folder's error domain.
 */
#include "schedule/schedule-error.h"

G_DEFINE_QUARK (cr - schedule - error - quark, cr_schedule_error)
