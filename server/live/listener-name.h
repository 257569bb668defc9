/* SPDX-License-Identifier: Apache-2.0
 *
 * What a classroom is called where there is little room, on the wall and in the queue of hands: "龙驹 三(1)".
 *
 * Thread: [any].
 */
#pragma once

#include "schedule/places.h"

G_BEGIN_DECLS

/* The part of a school's name by which people know it: "龙驹镇中心小学（示例）" is "龙驹". A name of another
 * form stays as it is. Free with g_free(). */
gchar *cr_short_school_name (const gchar *name);

/* By school and class, or by the room where the class is not known; each may be NULL. Free with g_free(). */
gchar *cr_listener_name (const CrPlaceSchool *school, const CrPlaceClass *klass, const CrPlaceRoom *room);

G_END_DECLS
