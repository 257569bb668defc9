/* SPDX-License-Identifier: Apache-2.0
 *
 * The few 5-tuples on which a peer has proved that it knows its password, and which of them is in use.
 *
 * Thread: media.
 */
#pragma once

#include "rtc/path.h"

G_BEGIN_DECLS

/* UDP and TCP, IPv4 and IPv6, two interfaces; beyond them the oldest is forgotten. */
#define CR_PEER_MAX_PATHS 8

typedef struct {
  guint n;
  CrPath paths[CR_PEER_MAX_PATHS];
  guint64 validated_at[CR_PEER_MAX_PATHS]; /* by `clock`: a count of checks, not a time */
  guint64 clock;
  gint selected; /* index of the nominated pair; -1 before there is one */
} CrPeerPaths;

static inline void
cr_peer_paths_init (CrPeerPaths *paths)
{
  paths->n = 0;
  paths->clock = 0;
  paths->selected = -1;
}

/* Index, or -1. The pair in use is looked at first. */
gint cr_peer_paths_find (const CrPeerPaths *paths, const CrPath *path);

/* Adds a tuple or renews it; returns its index. When another has to go for it, that one is copied to
 * `evicted` and *has_evicted is set. The pair in use never goes. */
gint cr_peer_paths_validate (CrPeerPaths *paths, const CrPath *path, CrPath *evicted, gboolean *has_evicted);

/* Forgets one; indices above it move down. */
void cr_peer_paths_remove (CrPeerPaths *paths, guint index);

G_END_DECLS
