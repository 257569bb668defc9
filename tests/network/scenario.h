/* SPDX-License-Identifier: Apache-2.0
 *
 * A profile file (tests/network/profiles, explained there in README.md): how both directions of a line begin
 * and what changes when.
 */
#pragma once

#include "line.h"

G_BEGIN_DECLS

#define LINE_N_DIRECTIONS 2

typedef struct Scenario Scenario;

/* Errors: of GKeyFile and GFile, or G_KEY_FILE_ERROR_INVALID_VALUE naming group and key. */
Scenario *scenario_load (const gchar *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scenario_free (Scenario *scenario);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Scenario, scenario_free)

const LineSettings *scenario_get_settings (const Scenario *scenario, guint direction);

/* Time runs from now on; `lines` are one per direction. */
void scenario_start (Scenario *scenario, Line *lines[LINE_N_DIRECTIONS], gint64 now_us);

/* When something changes next; G_MAXINT64: never. */
gint64 scenario_next_us (const Scenario *scenario);
void scenario_run (Scenario *scenario, gint64 now_us);

G_END_DECLS
