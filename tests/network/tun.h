/* SPDX-License-Identifier: Apache-2.0
 *
 * One end of the emulated line: a TUN interface in a network namespace.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes an interface in the namespace that the file `netns` names (/proc/PID/ns/net, /run/netns/NAME), gives
 * it `address` with `peer` at its other end, both IPv4 as text, and the IPv6 addresses fd77::<address>
 * likewise, and brings it up. Returns a non-blocking descriptor of which each read is one packet and each
 * write too; -1 on error. The process is back in its own namespace afterwards. */
int tun_open (const gchar *netns, const gchar *address, const gchar *peer, GError **error);

G_END_DECLS
