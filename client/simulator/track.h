/* SPDX-License-Identifier: Apache-2.0
 *
 * One received stream of a simulated classroom: which sequence numbers came, which are missing, whether a
 * whole keyframe is there, and the figures of its receiver reports (RFC 3550 section 6.4). Writes no RTCP.
 */
#pragma once

#include "rtc/nack.h"
#include "rtc/rtp-packet.h"

G_BEGIN_DECLS

/* Packets whose presence is remembered: more than the nack list asks for, and more than any keyframe has. */
#define CR_TRACK_WINDOW 2048

typedef struct {
  guint32 ssrc;
  CrCodec codec;
  gboolean started;
  guint64 base, highest; /* extended sequence numbers */
  guint64 seen[CR_TRACK_WINDOW];
  CrNackList *missing;

  guint64 packets, bytes, lost, recovered, duplicates, keyframes;
  guint freezes;
  gint64 last_us;

  /* The newest keyframe: the extended sequence number it starts with, its timestamp, and its last packet; 0
   * when not known. */
  guint64 keyframe_start, keyframe_end;
  guint32 keyframe_rtp;
  gint64 decodable_us; /* when the first whole keyframe was there; 0: not yet */
  gboolean wants_keyframe;
  gint64 wants_since_us;

  gint64 transit_rtp;  /* of the last packet, for jitter */
  gdouble jitter_rtp;  /* RFC 3550 section 6.4.1 */
  guint32 last_sr_ntp; /* middle 32 bits; 0: none */
  gint64 last_sr_us;
  guint64 sender_reports;
  guint64 reported_expected, reported_packets;
} CrTrack;

CrTrack *cr_track_new (CrCodec codec);
void cr_track_free (CrTrack *track);

/* Takes one packet, payload parsed. `resent`: it came by RTX. FALSE: it was there already. */
gboolean cr_track_take (CrTrack *track, const CrRtpPacket *packet, gboolean resent, gint64 now_us);

/* At most `max` sequence numbers to ask for now. */
guint cr_track_collect_missing (CrTrack *track, gint64 now_us, guint16 *seqs, guint max);

/* Loss since the last call as of 256, for a report block. */
guint8 cr_track_take_fraction_lost (CrTrack *track);

static inline guint64
cr_track_get_expected (const CrTrack *track)
{
  return track->started ? track->highest - track->base + 1 : 0;
}

G_END_DECLS
