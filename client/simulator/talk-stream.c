/* SPDX-License-Identifier: Apache-2.0
 *
 * Timestamps follow the clock, not the loop, so that a restart of the loop is a cut and no jump in time.
 */
#include "talk-stream.h"

#include <string.h>

/* Half a second of the largest stream: a NACK comes within two round trips. */
#define REMEMBERED_PACKETS 64

/* Fixed header, profile and length, MID, RID and padding. */
#define MAX_HEADER_BYTES (12 + 4 + 2 * (1 + CR_RID_MAX_BYTES) + 3)

/* A process that was held up longer goes on from now instead of sending all it missed. */
#define MAX_LATENESS_US G_USEC_PER_SEC

typedef struct {
  guint8 header[MAX_HEADER_BYTES];
  GBytes *payload; /* of the loop; NULL: nothing was sent yet */
  guint64 index;
} Sent;

struct CrTalkStream {
  CrTalkStreamConfig config;
  guint8 extension[MAX_HEADER_BYTES - 12];
  gsize header_bytes;
  guint32 ssrc, first_timestamp;
  guint64 index; /* of the next packet: sequence number and roll-overs */
  gint64 epoch_us;
  gint64 loop_us; /* when the present round began */
  guint next;     /* packet of the loop */
  gboolean running, restarting, begins_talkspurt;
  guint32 packets, octets;
  Sent sent[REMEMBERED_PACKETS]; /* by index */
};

/* One-byte form (RFC 8285 section 4.2). Returns the bytes written. */
static gsize
write_element (guint8 *out, guint8 id, const gchar *text)
{
  gsize n = text == NULL ? 0 : strlen (text);

  if (id == 0 || n == 0 || n > CR_RID_MAX_BYTES)
    return 0;
  out[0] = (guint8)(id << 4 | (n - 1));
  memcpy (out + 1, text, n);
  return n + 1;
}

static void
write_extension (CrTalkStream *stream)
{
  guint8 *block = stream->extension;
  gsize n = 4;

  n += write_element (block + n, stream->config.extensions.mid, stream->config.mid);
  n += write_element (block + n, stream->config.extensions.rid, stream->config.rid);
  n = (n + 3) & ~(gsize)3;
  block[0] = 0xbe;
  block[1] = 0xde;
  block[3] = (guint8)(n / 4 - 1);
  stream->header_bytes = 12 + n;
}

CrTalkStream *
cr_talk_stream_new (const CrTalkStreamConfig *config, GRand *chance, gint64 now_us)
{
  CrTalkStream *stream = g_new0 (CrTalkStream, 1);

  stream->config = *config;
  stream->ssrc = g_rand_int (chance) | 1;
  stream->first_timestamp = g_rand_int (chance);
  stream->index = (guint64)g_rand_int_range (chance, 0, 0x8000); /* RFC 3711 section 3.3.1 */
  stream->epoch_us = now_us;
  write_extension (stream);
  return stream;
}

void
cr_talk_stream_free (CrTalkStream *stream)
{
  g_free (stream);
}

void
cr_talk_stream_start (CrTalkStream *stream, gint64 now_us)
{
  if (stream->running)
    return;
  stream->running = TRUE;
  stream->restarting = FALSE;
  stream->begins_talkspurt = TRUE;
  stream->loop_us = now_us;
  stream->next = 0;
}

void
cr_talk_stream_stop (CrTalkStream *stream)
{
  stream->running = FALSE;
}

gboolean
cr_talk_stream_is_running (const CrTalkStream *stream)
{
  return stream->running;
}

void
cr_talk_stream_restart (CrTalkStream *stream)
{
  stream->restarting = TRUE;
}

static const CrTalkPacket *
packet_at (const CrTalkStream *stream, guint index)
{
  return &g_array_index (stream->config.loop->packets, CrTalkPacket, index);
}

gint64
cr_talk_stream_get_due_us (const CrTalkStream *stream)
{
  return stream->running ? stream->loop_us + packet_at (stream, stream->next)->at_us : G_MAXINT64;
}

static guint32
timestamp_at (const CrTalkStream *stream, gint64 at_us)
{
  gint64 rate = cr_codec_clock_rate (stream->config.loop->codec);

  return stream->first_timestamp + (guint32)((at_us - stream->epoch_us) * rate / G_USEC_PER_SEC);
}

static void
write_header (const CrTalkStream *stream, guint8 *out, gboolean marker, guint32 timestamp)
{
  guint32 words[2] = {g_htonl (timestamp), g_htonl (stream->ssrc)};
  guint16 seq = g_htons ((guint16)stream->index);

  out[0] = 0x90; /* version 2, with extension */
  out[1] = (guint8)((marker ? 0x80 : 0) | stream->config.payload_type);
  memcpy (out + 2, &seq, sizeof seq);
  memcpy (out + 4, words, sizeof words);
  memcpy (out + 12, stream->extension, stream->header_bytes - 12);
}

static void
fill_parts (const CrTalkStream *stream, const Sent *sent, CrSrtpParts *parts)
{
  *parts = (CrSrtpParts){.header = sent->header, .header_bytes = stream->header_bytes, .index = sent->index};
  parts->payload = g_bytes_get_data (sent->payload, &parts->payload_bytes);
}

/* The frame that is due becomes the first of the loop; the loop's end does the same by itself. */
static void
begin_again (CrTalkStream *stream, gint64 now_us)
{
  gint64 due_us = cr_talk_stream_get_due_us (stream);
  gboolean between_frames = stream->next > 0 && packet_at (stream, stream->next)->at_us !=
                                                    packet_at (stream, stream->next - 1)->at_us;

  if (now_us - due_us > MAX_LATENESS_US) {
    stream->loop_us = now_us;
    stream->next = 0;
  } else if (stream->restarting && between_frames) {
    stream->loop_us = due_us;
    stream->next = 0;
  }
  if (stream->next == 0)
    stream->restarting = FALSE;
}

gboolean
cr_talk_stream_take (CrTalkStream *stream, gint64 now_us, CrSrtpParts *parts)
{
  const CrTalkPacket *packet;
  Sent *sent;
  gint64 at_us;

  if (now_us < cr_talk_stream_get_due_us (stream))
    return FALSE;
  begin_again (stream, now_us);
  packet = packet_at (stream, stream->next);
  at_us = stream->loop_us + packet->at_us;
  sent = &stream->sent[stream->index % REMEMBERED_PACKETS];
  sent->index = stream->index;
  sent->payload = packet->payload;
  write_header (stream, sent->header,
                packet->marker || (stream->begins_talkspurt &&
                                   cr_codec_kind (stream->config.loop->codec) == CR_MEDIA_AUDIO),
                timestamp_at (stream, at_us));
  stream->begins_talkspurt = FALSE;
  fill_parts (stream, sent, parts);
  stream->index++;
  stream->packets++;
  stream->octets += (guint32)parts->payload_bytes;
  if (++stream->next == stream->config.loop->packets->len) {
    stream->next = 0;
    stream->loop_us += stream->config.loop->duration_us;
  }
  return TRUE;
}

gboolean
cr_talk_stream_repeat (CrTalkStream *stream, guint16 seq, CrSrtpParts *parts)
{
  guint64 index = cr_seq_extend (stream->index, seq);
  const Sent *sent = &stream->sent[index % REMEMBERED_PACKETS];

  if (sent->payload == NULL || sent->index != index)
    return FALSE;
  fill_parts (stream, sent, parts);
  return TRUE;
}

guint32
cr_talk_stream_get_ssrc (const CrTalkStream *stream)
{
  return stream->ssrc;
}

gboolean
cr_talk_stream_get_report (const CrTalkStream *stream, gint64 now_us, guint32 *timestamp_rtp,
                           guint32 *packets, guint32 *octets)
{
  *timestamp_rtp = timestamp_at (stream, now_us);
  *packets = stream->packets;
  *octets = stream->octets;
  return stream->packets > 0;
}
