/* SPDX-License-Identifier: Apache-2.0
 *
 * Foundations, priorities and the text of host candidates.
 */
#include "rtc/host-candidates.h"

/* Type preferences: 126 is RFC 8445's for host; TCP stays below every UDP candidate, relayed ones (0) apart,
 * since media over TCP suffers head-of-line blocking (RFC 6544 section 4.2). */
#define HOST_UDP_TYPE_PREFERENCE 126
#define HOST_TCP_TYPE_PREFERENCE 90

/* RFC 6544 section 4.2: direction preference of a passive host candidate, and the bits beneath it. */
#define PASSIVE_DIRECTION_PREFERENCE 4
#define DIRECTION_SHIFT              13

/* RTP and RTCP share it (rtcp-mux). */
#define COMPONENT 1

static guint32
priority (guint type_preference, guint local_preference)
{
  return (guint32)type_preference << 24 | local_preference << 8 | (256 - COMPONENT);
}

static void
append (GPtrArray *candidates, const CrAddress *address, guint rank, gboolean udp)
{
  g_autofree gchar *ip = cr_address_to_string (address);
  guint tcp_preference =
      (PASSIVE_DIRECTION_PREFERENCE << DIRECTION_SHIFT) + (1 << DIRECTION_SHIFT) - 1 - rank;

  /* Candidates of one protocol on different addresses never share a foundation (RFC 8445 section 5.1.1.3). */
  if (udp)
    g_ptr_array_add (candidates, g_strdup_printf ("%u %d udp %u %s %u typ host", 2 * rank + 1, COMPONENT,
                                                  priority (HOST_UDP_TYPE_PREFERENCE, G_MAXUINT16 - rank), ip,
                                                  address->port));
  g_ptr_array_add (candidates,
                   g_strdup_printf ("%u %d tcp %u %s %u typ host tcptype passive", 2 * rank + 2, COMPONENT,
                                    priority (HOST_TCP_TYPE_PREFERENCE, tcp_preference), ip, address->port));
}

static gboolean
holds (const GArray *addresses, const CrAddress *address)
{
  for (guint i = 0; i < addresses->len; i++) {
    if (cr_address_equal (&g_array_index (addresses, CrAddress, i), address))
      return TRUE;
  }
  return FALSE;
}

gchar **
cr_host_candidates_format (const GArray *addresses, const CrAddress *announced, gboolean udp)
{
  GPtrArray *candidates = g_ptr_array_new ();

  for (guint i = 0; i < addresses->len; i++)
    append (candidates, &g_array_index (addresses, CrAddress, i), i, udp);
  if (announced != NULL && !holds (addresses, announced))
    append (candidates, announced, addresses->len, udp);
  g_ptr_array_add (candidates, NULL);
  return (gchar **)g_ptr_array_free (candidates, FALSE);
}
