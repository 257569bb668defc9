/* SPDX-License-Identifier: Apache-2.0
 *
 * One viewer of the load: it joins by WHEP and counts what comes. A viewer that looks inside opens each
 * packet, finds its first decodable picture and how long packets were under way; one that does not reads
 * sequence numbers only, which costs the load tool a fifth.
 */
#pragma once

#include "http-client.h"
#include "light-peer.h"
#include "offer.h"

G_BEGIN_DECLS

typedef struct {
  CrHttpClient *http;
  CrLightLoop *loop;
  CrDtlsIdentity *identity;
  const gchar *path;  /* of the WHEP endpoint; {n} is the lesson's number */
  const gchar *token; /* {n} the same */
  guint n_video, n_audio;

  gboolean measuring; /* the window is open */
  GArray *delays_us;  /* guint32, of the window, of viewers that look inside */
  guint n_failed;     /* joins */
} CrLoadShared;

/* Of one m-line, in the window. */
typedef struct {
  guint64 received;
  guint16 last_seq;
  guint64 expected; /* by sequence numbers, holes included */
  gboolean started;
} CrLoadLine;

typedef struct {
  CrLoadShared *shared;
  gboolean looks_inside;
  gboolean is_late; /* joins while the window is open: its delays are not the others' */
  CrLightPeer *peer;
  CrAnswer *answer;
  gint64 posted_us, connected_us, first_packet_us, picture_us; /* 0: not yet */
  gint64 asked_us;                                             /* for a keyframe */
  gboolean in_keyframe;
  guint32 keyframe_rtp;
  guint32 ssrcs[2]; /* by kind: voice, video */
  guint16 seqs[2];
  CrLoadLine lines[2];
  guint64 resent;
} CrLoadViewer;

/* Into the lesson of that number. */
void cr_load_viewer_join (CrLoadViewer *viewer, CrLoadShared *shared, guint lesson, gboolean looks_inside);
void cr_load_viewer_clear (CrLoadViewer *viewer);

/* Receiver report, as browsers send one a second. */
void cr_load_viewer_report (CrLoadViewer *viewer);

/* The window begins here. */
void cr_load_viewer_reset (CrLoadViewer *viewer);

/* Packets that were under way in the window and should have come. */
guint64 cr_load_viewer_expected (const CrLoadViewer *viewer);

G_END_DECLS
