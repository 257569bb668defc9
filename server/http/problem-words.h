/* SPDX-License-Identifier: Apache-2.0
 *
 * What a problem's code is in Chinese, for problems that were raised where nobody knew who reads them.
 *
 * Thread: [any].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* NULL when there are none: those of media sessions are read by programs alone. */
const gchar *cr_problem_words (const gchar *code);

G_END_DECLS
