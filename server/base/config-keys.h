/* SPDX-License-Identifier: Apache-2.0
 *
 * What config.c and config-file.c share and nobody else needs.
 *
 * Thread: [main].
 */
#pragma once

#include "base/config.h"

G_BEGIN_DECLS

CrLessonConfig *cr_lesson_config_new (const gchar *id, guint line);
void cr_lesson_config_free (CrLessonConfig *lesson);

/* A section other than [lesson NAME]? */
gboolean cr_config_section_is_known (const gchar *section);

/* Splits at commas, trims and checks each item; replaces `*list`. */
gboolean cr_config_parse_list (const gchar *value, gboolean (*check) (const gchar *item), gchar ***list,
                               GError **error);

G_END_DECLS
