/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and 5-tuples: conversion, comparison, hashing.
 */
#include "rtc/path.h"

#include <arpa/inet.h>
#include <string.h>

static const guint8 v4_mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void
set_ipv4 (CrAddress *address, const struct in_addr *ip)
{
  memcpy (address->ip, v4_mapped_prefix, sizeof v4_mapped_prefix);
  memcpy (address->ip + sizeof v4_mapped_prefix, ip, 4);
}

void
cr_address_from_sockaddr (CrAddress *address, const struct sockaddr *sockaddr)
{
  memset (address, 0, sizeof *address);
  if (sockaddr->sa_family == AF_INET) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)sockaddr;

    set_ipv4 (address, &in->sin_addr);
    address->port = ntohs (in->sin_port);
  } else if (sockaddr->sa_family == AF_INET6) {
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sockaddr;

    memcpy (address->ip, &in6->sin6_addr, sizeof address->ip);
    address->port = ntohs (in6->sin6_port);
    address->scope_id = in6->sin6_scope_id;
  }
}

void
cr_address_to_sockaddr_in6 (const CrAddress *address, struct sockaddr_in6 *sockaddr)
{
  *sockaddr = (struct sockaddr_in6){
      .sin6_family = AF_INET6, .sin6_port = htons (address->port), .sin6_scope_id = address->scope_id};
  memcpy (&sockaddr->sin6_addr, address->ip, sizeof address->ip);
}

gboolean
cr_address_is_ipv4 (const CrAddress *address)
{
  return memcmp (address->ip, v4_mapped_prefix, sizeof v4_mapped_prefix) == 0;
}

gboolean
cr_address_is_loopback (const CrAddress *address)
{
  static const guint8 ipv6_loopback[16] = {[15] = 1};

  if (cr_address_is_ipv4 (address))
    return address->ip[12] == 127; /* 127.0.0.0/8, RFC 1122 section 3.2.1.3 */
  return memcmp (address->ip, ipv6_loopback, sizeof ipv6_loopback) == 0;
}

gboolean
cr_address_equal (const CrAddress *a, const CrAddress *b)
{
  return memcmp (a->ip, b->ip, sizeof a->ip) == 0 && a->port == b->port && a->scope_id == b->scope_id;
}

gboolean
cr_address_parse (CrAddress *address, const gchar *text, guint16 port)
{
  struct in_addr ipv4;

  memset (address, 0, sizeof *address);
  address->port = port;
  if (inet_pton (AF_INET, text, &ipv4) == 1) {
    set_ipv4 (address, &ipv4);
    return TRUE;
  }
  return inet_pton (AF_INET6, text, address->ip) == 1;
}

gchar *
cr_address_to_string (const CrAddress *address)
{
  gchar text[INET6_ADDRSTRLEN];

  if (cr_address_is_ipv4 (address))
    inet_ntop (AF_INET, address->ip + sizeof v4_mapped_prefix, text, sizeof text);
  else
    inet_ntop (AF_INET6, address->ip, text, sizeof text);
  return g_strdup (text);
}

gboolean
cr_path_equal (const CrPath *a, const CrPath *b)
{
  return a->tcp == b->tcp && cr_address_equal (&a->remote, &b->remote) &&
         cr_address_equal (&a->local, &b->local);
}

/* One round of multiply and fold: the factors are the golden ratio and the square root of three as 64-bit
 * fractions, odd, so that every input bit reaches the upper half. */
static inline guint64
mix (guint64 hash, guint64 value)
{
  hash = (hash ^ value) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return hash ^ hash >> 32;
}

guint
cr_path_hash (const CrPath *path)
{
  guint64 remote[2], local[2], hash = G_GUINT64_CONSTANT (0xbb67ae8584caa73b);

  memcpy (remote, path->remote.ip, sizeof remote);
  memcpy (local, path->local.ip, sizeof local);
  hash = mix (hash, remote[0]);
  hash = mix (hash, remote[1]);
  hash = mix (hash, local[0] + path->local.port);
  hash = mix (hash, local[1] ^ path->remote.port);
  hash = mix (hash, (guint64)(gsize)path->tcp);
  return (guint)(hash >> 16);
}
