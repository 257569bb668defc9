/* SPDX-License-Identifier: Apache-2.0
 *
 * STUN and TURN servers as Link headers (RFC 9725 section 4.6), with coturn's time-limited credentials.
 */
#pragma once

#include "base/config.h"
#include "people/actor.h"
#include <libsoup/soup.h>

G_BEGIN_DECLS

void cr_ice_servers_add_links (const CrConfig *config, const CrActor *actor, gint64 wall_us,
                               SoupMessageHeaders *headers);

/* The TURN REST scheme that coturn's use-auth-secret checks: the username is the time of expiry and a name,
 * the password its HMAC-SHA1 under the shared secret. Both are freed with g_free(). */
void cr_turn_credentials (const gchar *secret, const gchar *name, gint64 expires_s, gchar **username,
                          gchar **password);

G_END_DECLS
