/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-sniff PORT: prints the header of each RTP packet that is sent over the loopback to a UDP port, one a
 * line: microseconds, payload type, payload bytes (SRTP's tag included), marker, RTP time stamp. SRTP leaves
 * headers in the clear. For recording a trace; needs CAP_NET_RAW, which a namespace of one's own gives.
 */
#include <glib.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define RTP_FIXED_BYTES 12

static void
print_rtp (const guint8 *rtp, gsize n)
{
  gsize header_bytes = RTP_FIXED_BYTES;

  if (n < RTP_FIXED_BYTES || rtp[0] >> 6 != 2 || (rtp[1] >= 192 && rtp[1] <= 223)) /* RFC 5761 */
    return;
  header_bytes += 4u * (rtp[0] & 15);
  if ((rtp[0] & 16) != 0 && header_bytes + 4 <= n)
    header_bytes += 4 + 4 * ((gsize)rtp[header_bytes + 2] << 8 | rtp[header_bytes + 3]);
  if (header_bytes >= n)
    return;
  printf ("%" G_GINT64_FORMAT " %d %zu %d %u\n", g_get_monotonic_time (), rtp[1] & 127, n - header_bytes,
          rtp[1] >> 7, (guint32)rtp[4] << 24 | rtp[5] << 16 | rtp[6] << 8 | rtp[7]);
}

static void
look_at (const guint8 *packet, gsize n, guint16 port)
{
  gsize ip_bytes = n >= sizeof (struct iphdr) ? 4u * (packet[0] & 15) : 0;
  const struct udphdr *udp = (const struct udphdr *)(gconstpointer)(packet + ip_bytes);

  if (ip_bytes == 0 || packet[0] >> 4 != 4 || packet[9] != IPPROTO_UDP || n < ip_bytes + sizeof *udp ||
      ntohs (udp->dest) != port)
    return;
  print_rtp (packet + ip_bytes + sizeof *udp, n - ip_bytes - sizeof *udp);
}

int
main (int argc, char **argv)
{
  struct sockaddr_ll from = {
      .sll_family = AF_PACKET, .sll_protocol = htons (ETH_P_IP), .sll_ifindex = (int)if_nametoindex ("lo")};
  static guint8 buffer[65536];
  int fd = socket (AF_PACKET, SOCK_DGRAM, htons (ETH_P_IP));

  if (argc != 2 || fd < 0 || bind (fd, (struct sockaddr *)&from, sizeof from) != 0) {
    perror ("bench-sniff PORT");
    return 1;
  }
  setvbuf (stdout, NULL, _IOLBF, 0);
  while (TRUE) {
    socklen_t from_bytes = sizeof from;
    gssize n = recvfrom (fd, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &from_bytes);

    if (n > 0 && from.sll_pkttype == PACKET_HOST)
      look_at (buffer, (gsize)n, (guint16)atoi (argv[1]));
  }
}
