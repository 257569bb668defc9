/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading the trace, and its packets made again.
 */
#include "trace.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

/* A keyframe at least this often: what browsers are asked for when many join, every two seconds. */
#define KEYFRAME_FRAMES 60

#define NAL_SLICE  1
#define NAL_IDR    5
#define NAL_SEI    6
#define NAL_STAP_A 24
#define NAL_FU_A   28
#define NAL_REF    0x60 /* nal_ref_idc 3 */

static const guint8 stamp_mark[4] = {0x62, 0x65, 0x6e, 0x63};
#define STAMP_BYTES (sizeof stamp_mark + sizeof (gint64))

/* 1280x720, constrained baseline 3.1. */
static const guint8 sps[] = {0x67, 0x42, 0xc0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe8, 0x40};
static const guint8 pps[] = {0x68, 0xce, 0x3c, 0x80};

static gboolean
read_line (const gchar *line, CrTracePacket *packet)
{
  guint after_us, payload_bytes, marker, ticks;
  gchar kind;

  if (sscanf (line, "%u %c %u %u %u", &after_us, &kind, &payload_bytes, &marker, &ticks) != 5 ||
      payload_bytes > CR_TRACE_MAX_PAYLOAD || payload_bytes == 0)
    return FALSE;
  *packet = (CrTracePacket){.after_us = after_us,
                            .payload_bytes = (guint16)payload_bytes,
                            .is_video = kind == 'v',
                            .marker = marker != 0,
                            .ticks_rtp = ticks};
  return TRUE;
}

CrTrace *
cr_trace_load (const gchar *path, GError **error)
{
  g_autofree gchar *text = NULL;
  g_autoptr (CrTrace) trace = NULL;
  g_auto (GStrv) lines = NULL;
  gboolean starts_frame = TRUE;

  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  trace = g_new0 (CrTrace, 1);
  trace->packets = g_array_new (FALSE, FALSE, sizeof (CrTracePacket));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    CrTracePacket packet;

    if (lines[i][0] == '#' || lines[i][0] == '\0')
      continue;
    if (!read_line (lines[i], &packet)) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%u is no packet", path, i + 1);
      return NULL;
    }
    if (packet.is_video) {
      packet.starts_frame = starts_frame;
      starts_frame = packet.marker;
    }
    trace->length_us += packet.after_us;
    g_array_append_val (trace->packets, packet);
  }
  if (trace->packets->len > 0)
    return g_steal_pointer (&trace);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s holds no packet", path);
  return NULL;
}

void
cr_trace_free (CrTrace *trace)
{
  if (trace == NULL)
    return;
  g_array_unref (trace->packets);
  g_free (trace);
}

static guint8 *
write_nal (guint8 *at, const guint8 *nal, gsize n)
{
  *at++ = (guint8)(n >> 8);
  *at++ = (guint8)n;
  memcpy (at, nal, n);
  return at + n;
}

/* Parameter sets, and the room that is left as one NAL unit more. */
static void
write_keyframe_head (guint8 *payload, gsize n, gboolean is_whole_frame)
{
  guint8 *at = payload;
  gsize left;

  *at++ = NAL_REF | NAL_STAP_A;
  at = write_nal (at, sps, sizeof sps);
  at = write_nal (at, pps, sizeof pps);
  left = n - (gsize)(at - payload) - 2;
  *at++ = (guint8)(left >> 8);
  *at++ = (guint8)left;
  *at = is_whole_frame ? NAL_REF | NAL_IDR : NAL_SEI;
  if (left > 1)
    at[1] = 0x88; /* first_mb_in_slice 0, slice type I */
}

static void
write_stamp (guint8 *at, const guint8 *end, gint64 sent_ns)
{
  if (end - at < (gssize)STAMP_BYTES)
    return;
  memcpy (at, stamp_mark, sizeof stamp_mark);
  memcpy (at + sizeof stamp_mark, &sent_ns, sizeof sent_ns);
}

#define LEAST_KEYFRAME_HEAD (1 + 2 + sizeof sps + 2 + sizeof pps + 2 + 2)

static void
begin_frame (CrTracePlayer *player, const CrTracePacket *packet)
{
  player->in_keyframe = (player->keyframe_wanted || player->frames_since_keyframe >= KEYFRAME_FRAMES) &&
                        packet->payload_bytes >= LEAST_KEYFRAME_HEAD;
  player->keyframe_wanted &= !player->in_keyframe;
  player->frames_since_keyframe = player->in_keyframe ? 0 : player->frames_since_keyframe + 1;
}

static void
write_video (CrTracePlayer *player, const CrTracePacket *packet, const CrTracePacket *before, gint64 sent_ns,
             guint8 *payload)
{
  const guint8 *end = payload + packet->payload_bytes;
  gboolean starts_unit = packet->starts_frame;

  if (packet->starts_frame)
    begin_frame (player, packet);
  if (packet->starts_frame && player->in_keyframe) {
    write_keyframe_head (payload, packet->payload_bytes, packet->marker);
    return;
  }
  if (player->in_keyframe && before->starts_frame) /* the head was a packet of its own */
    starts_unit = TRUE;
  if (packet->payload_bytes < 3) {
    payload[0] = NAL_REF | NAL_SLICE;
    return;
  }
  payload[0] = NAL_REF | NAL_FU_A;
  payload[1] = (guint8)((starts_unit ? 0x80 : 0) | (packet->marker ? 0x40 : 0) |
                        (player->in_keyframe ? NAL_IDR : NAL_SLICE));
  payload[2] = starts_unit ? 0x88 : 0x5a;
  write_stamp (payload + 3, end, sent_ns);
}

const CrTracePacket *
cr_trace_play (const CrTrace *trace, CrTracePlayer *player, gint64 sent_ns, guint8 *payload)
{
  const CrTracePacket *packets = (const CrTracePacket *)(gpointer)trace->packets->data;
  const CrTracePacket *packet = &packets[player->next];
  const CrTracePacket *before = packet;

  for (guint i = player->next; i > 0 && before == packet; i--)
    before = packets[i - 1].is_video ? &packets[i - 1] : before;
  player->next = (player->next + 1) % trace->packets->len;
  memset (payload, 0x5a, packet->payload_bytes);
  if (packet->is_video) {
    player->video_rtp += packet->ticks_rtp;
    player->video_seq++;
    write_video (player, packet, before, sent_ns, payload);
  } else {
    player->audio_rtp += packet->ticks_rtp;
    player->audio_seq++;
    payload[0] = 0x78; /* TOC of RFC 6716 section 3.1: CELT, 20 ms, mono, one frame */
    write_stamp (payload + 1, payload + packet->payload_bytes, sent_ns);
  }
  return packet;
}

gint64
cr_trace_read_stamp (const guint8 *payload, gsize payload_bytes)
{
  gint64 sent_ns;

  for (guint at = 1; at <= 3; at += 2) {
    if (payload_bytes < at + STAMP_BYTES || memcmp (payload + at, stamp_mark, sizeof stamp_mark) != 0)
      continue;
    memcpy (&sent_ns, payload + at + sizeof stamp_mark, sizeof sent_ns);
    return sent_ns;
  }
  return 0;
}

gchar *
cr_bench_for_lesson (const gchar *text, guint number)
{
  g_autofree gchar *digits = g_strdup_printf ("%u", number);
  g_auto (GStrv) parts = g_strsplit (text, "{n}", -1);

  return g_strjoinv (digits, parts);
}
