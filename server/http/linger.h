/* SPDX-License-Identifier: Apache-2.0
 *
 * A last answer to a client that is still sending: written, then what comes is read and thrown away for a
 * moment, since closing with unread data would reset the connection and the client would never see the
 * answer.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Takes `stream` and `answer`. Returns at once. [main] */
void cr_linger_answer (GIOStream *stream, gchar *answer);

G_END_DECLS
