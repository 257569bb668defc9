/* SPDX-License-Identifier: Apache-2.0
 *
 * The demo lesson's tokens. They outlive the daemon in a file of its state folder, so that whoever took part
 * comes back by himself after a restart; without a state folder they are new with each start.
 *
 * Thread: [main].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A teacher's token, a viewer's, and `n_classrooms` more, in this order; NULL-terminated, free with
 * g_strfreev(). What the file in `state_dir` (NULL: none) lacks is made and written there, readable for the
 * owner alone; a file that holds anything else is replaced. */
gchar **cr_demo_tokens_load (const gchar *state_dir, guint n_classrooms,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
