/* SPDX-License-Identifier: Apache-2.0
 *
 * Local addresses as the `a=candidate:` values of an answer (RFC 8839 section 5.1). A lite agent has host
 * candidates only (RFC 8445 section 5.2), so the address of a 1:1 NAT is offered as one, too.
 */
#pragma once

#include "rtc/path.h"

G_BEGIN_DECLS

/* For each of `addresses` (CrAddress with port), and for `announced` unless NULL: a UDP candidate when `udp`,
 * and a passive TCP one (RFC 6544 section 4.5). NULL-terminated, free with g_strfreev(). [any] */
gchar **cr_host_candidates_format (const GArray *addresses, const CrAddress *announced, gboolean udp);

G_END_DECLS
