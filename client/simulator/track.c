/* SPDX-License-Identifier: Apache-2.0
 *
 * Sequence numbers are extended to 64 bits, starting one cycle up, so that packets from before the first one
 * seen still have a positive number.
 */
#include "track.h"

/* RFC 3550 section 6.4.1: a packet that late is not lost but counted as it comes. */
#define FREEZE_US G_USEC_PER_SEC

/* A joiner is served the packets of the running group of pictures; those may reach back this far from the
 * first that came. */
#define MAX_EARLIER 512

CrTrack *
cr_track_new (CrCodec codec)
{
  CrTrack *track = g_new0 (CrTrack, 1);

  track->codec = codec;
  track->missing = cr_nack_list_new ();
  return track;
}

void
cr_track_free (CrTrack *track)
{
  cr_nack_list_free (track->missing);
  g_free (track);
}

static gboolean
has (const CrTrack *track, guint64 seq)
{
  return track->seen[seq % CR_TRACK_WINDOW] == seq;
}

static void
start (CrTrack *track, const CrRtpPacket *packet, gint64 now_us)
{
  track->started = TRUE;
  track->ssrc = packet->ssrc;
  track->base = track->highest = G_GUINT64_CONSTANT (65536) + packet->seq;
  track->wants_keyframe = cr_codec_kind (track->codec) == CR_MEDIA_VIDEO;
  track->wants_since_us = now_us;
}

/* RFC 3550 appendix A.8. */
static void
update_jitter (CrTrack *track, const CrRtpPacket *packet, gint64 now_us)
{
  gint64 arrival_rtp = now_us * cr_codec_clock_rate (track->codec) / G_USEC_PER_SEC;
  gint64 transit = (gint32)((guint32)arrival_rtp - packet->timestamp_rtp);
  gint64 difference = track->transit_rtp == 0 ? 0 : ABS ((gint32)(transit - track->transit_rtp));

  track->transit_rtp = transit;
  track->jitter_rtp += (difference - track->jitter_rtp) / 16;
}

static void
follow_keyframe (CrTrack *track, const CrRtpPacket *packet, guint64 seq, gint64 now_us)
{
  if (packet->starts_keyframe &&
      (track->keyframe_start == 0 || packet->timestamp_rtp != track->keyframe_rtp)) {
    track->keyframe_start = seq;
    track->keyframe_rtp = packet->timestamp_rtp;
    track->keyframe_end = 0;
    track->keyframes++;
  } else if (packet->starts_keyframe && seq < track->keyframe_start) {
    track->keyframe_start = seq; /* the parameter sets came after the slice they belong to */
  }
  if (track->keyframe_start == 0 || !track->wants_keyframe)
    return;
  if (packet->marker && packet->timestamp_rtp == track->keyframe_rtp)
    track->keyframe_end = seq;
  if (track->keyframe_end == 0 || track->keyframe_end - track->keyframe_start >= CR_TRACK_WINDOW)
    return;
  for (guint64 i = track->keyframe_start; i <= track->keyframe_end; i++) {
    if (!has (track, i))
      return;
  }
  track->wants_keyframe = FALSE;
  if (track->decodable_us == 0)
    track->decodable_us = now_us;
}

/* A decoder that lost a packet for good shows damage until the next keyframe. */
static void
give_up (CrTrack *track, guint64 n, gint64 now_us)
{
  if (n == 0)
    return;
  track->lost += n;
  if (cr_codec_kind (track->codec) != CR_MEDIA_VIDEO || track->wants_keyframe)
    return;
  track->wants_keyframe = TRUE;
  track->wants_since_us = now_us;
  track->keyframe_start = 0;
}

static void
advance (CrTrack *track, guint64 seq, gint64 now_us)
{
  if (seq > track->highest + 1)
    give_up (track, cr_nack_list_add_gap (track->missing, track->highest + 1, seq, now_us), now_us);
  track->highest = seq;
}

gboolean
cr_track_take (CrTrack *track, const CrRtpPacket *packet, gboolean resent, gint64 now_us)
{
  guint64 seq;

  if (!track->started)
    start (track, packet, now_us);
  seq = cr_seq_extend (track->highest, packet->seq);
  if (has (track, seq)) {
    track->duplicates++;
    return FALSE;
  }
  if (seq + MAX_EARLIER < track->base)
    return FALSE;
  if (seq < track->base)
    track->base = seq;
  else if (seq > track->highest)
    advance (track, seq, now_us);
  else if (cr_nack_list_arrived (track->missing, seq, now_us) == CR_NACK_ANSWERED)
    track->recovered++;
  track->seen[seq % CR_TRACK_WINDOW] = seq;

  if (track->last_us != 0 && now_us - track->last_us > FREEZE_US)
    track->freezes++;
  track->last_us = now_us;
  track->packets++;
  track->bytes += packet->length_bytes;
  if (!resent)
    update_jitter (track, packet, now_us);
  if (cr_codec_kind (track->codec) == CR_MEDIA_VIDEO)
    follow_keyframe (track, packet, seq, now_us);
  return TRUE;
}

guint
cr_track_collect_missing (CrTrack *track, gint64 now_us, guint16 *seqs, guint max)
{
  guint given_up = 0;
  guint n = cr_nack_list_collect (track->missing, now_us, seqs, max, &given_up);

  give_up (track, given_up, now_us);
  return n;
}

guint8
cr_track_take_fraction_lost (CrTrack *track)
{
  guint64 expected = cr_track_get_expected (track) - track->reported_expected;
  guint64 packets = track->packets - track->reported_packets;

  track->reported_expected += expected;
  track->reported_packets += packets;
  if (expected == 0 || packets >= expected)
    return 0;
  return (guint8)MIN ((expected - packets) * 256 / expected, 255);
}
