/* SPDX-License-Identifier: Apache-2.0
 *
 * The demo's district: an empty database is filled with config/sample-district, a term around today, paired
 * devices and accounts, by the same import that coordinators use; and at each start the demo's lesson is put
 * into the timetable of now.
 *
 * Thread: [main], before serving.
 */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

/* `accounts` (CrDemoAccount) can sign in afterwards. Does nothing where the database holds anything already.
 * `*seeded` says which it was. Waits for the disk. */
gboolean cr_demo_district_seed (CrStore *store, const gchar *state_dir, gint64 now_s, gboolean *seeded,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The course "demo" meets today from now on, so that its lesson opens at once. Does nothing in a district
 * that is not the sample. */
gboolean cr_demo_district_meet_now (CrStore *store, gint64 now_s, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
