/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: packets of several sources through the fan-out to two viewers, with what the viewers answer.
 * What matters is checked at the sink: an SRTP index of an SSRC is never used for two different packets (RFC
 * 7714 section 8.1), the header agrees with the index, everything fits where it is to be sealed, and a slot
 * that is blocked for a viewer stays silent.
 *
 *   steps of a byte and what it asks for; see run_step()
 */
#include "fuzz-input.h"

#include "base/clock.h"
#include "rtc/fanout.h"
#include "rtc/seat.h"

#define MAX_STEPS   256
#define N_STREAMS   4
#define N_SEATS     2
#define START_US    (1000 * G_USEC_PER_SEC)
#define MAX_PAYLOAD 1400
/* A datagram less the shortest tag and the fixed header: the longest payload that can have come in. */
#define MAX_RAW_BYTES (CR_MAX_DATAGRAM_BYTES - 10)
/* Room that the send batch gives, less the longest tag. */
#define MAX_PLAIN_BYTES (CR_MAX_DATAGRAM_BYTES + 64 - CR_SRTP_MAX_TAG_BYTES)

/* One packet as it was given to be sealed, to be compared with any other of the same index. */
typedef struct {
  guint32 ssrc;
  guint64 index;
} NonceKey;

typedef struct {
  const CrNegotiation *negotiation;
  GHashTable *sent; /* NonceKey to GBytes */
  const CrSeat *seat;
} Sink;

typedef struct {
  CrStream *stream; /* NULL: none */
  CrCodec codec;
  guint16 seq;
  guint32 timestamp_rtp;
} Source;

typedef struct {
  gint64 now_us;
  CrFanout *fanout;
  Source sources[N_STREAMS];
  Sink sinks[N_SEATS];
  CrSeat seats[N_SEATS];
} World;

/* The first viewer has everything a browser has; the second no RTX, so that resends must be the same bytes,
 * and neither VP8 nor RED. */
static const CrNegotiation negotiations[N_SEATS] = {
    {.n_lines = 2,
     .lines = {{.mid = "0",
                .kind = CR_MEDIA_VIDEO,
                .accepted = TRUE,
                .slot = CR_SLOT_CAMERA,
                .payload_types = {[CR_CODEC_H264] = 108, [CR_CODEC_VP8] = 96},
                .rtx_payload_types = {[CR_CODEC_H264] = 109, [CR_CODEC_VP8] = 97},
                .extensions = {.mid = 4, .abs_send_time = 2, .twcc = 3},
                .nack = TRUE,
                .pli = TRUE,
                .transport_cc = TRUE,
                .ssrc = 0x10,
                .rtx_ssrc = 0x11},
               {.mid = "1",
                .kind = CR_MEDIA_AUDIO,
                .accepted = TRUE,
                .slot = CR_SLOT_TEACHER_AUDIO,
                .payload_types = {[CR_CODEC_OPUS] = 111, [CR_CODEC_RED] = 63},
                .extensions = {.mid = 4, .abs_send_time = 2, .twcc = 3},
                .transport_cc = TRUE,
                .ssrc = 0x12}}},
    {.n_lines = 2,
     .lines = {{.kind = CR_MEDIA_VIDEO,
                .accepted = TRUE,
                .slot = CR_SLOT_CAMERA,
                .payload_types = {[CR_CODEC_H264] = 126},
                .nack = TRUE,
                .ssrc = 0x20},
               {.mid = "sixteen-bytes-id",
                .kind = CR_MEDIA_AUDIO,
                .accepted = TRUE,
                .slot = CR_SLOT_TEACHER_AUDIO,
                .payload_types = {[CR_CODEC_OPUS] = 109},
                .extensions = {.mid = 14},
                .nack = TRUE,
                .ssrc = 0x21}}},
};

/* --- the sink --- */

static guint
hash_nonce (gconstpointer key)
{
  const NonceKey *nonce = key;

  return nonce->ssrc * 31 + (guint)nonce->index;
}

static gboolean
equal_nonce (gconstpointer a, gconstpointer b)
{
  const NonceKey *first = a, *second = b;

  return first->ssrc == second->ssrc && first->index == second->index;
}

static gboolean
is_agreed (const CrNegotiation *negotiation, guint32 ssrc, guint8 payload_type)
{
  for (guint i = 0; i < negotiation->n_lines; i++) {
    const CrMediaLine *line = &negotiation->lines[i];

    for (guint codec = CR_CODEC_H264; codec < CR_N_CODECS; codec++) {
      if ((ssrc == line->ssrc && payload_type == line->payload_types[codec] && payload_type != 0) ||
          (ssrc == line->rtx_ssrc && payload_type == line->rtx_payload_types[codec] && payload_type != 0))
        return TRUE;
    }
  }
  return FALSE;
}

static gboolean
is_blocked (const Sink *sink, guint32 ssrc)
{
  for (guint i = 0; i < sink->negotiation->n_lines; i++) {
    const CrMediaLine *line = &sink->negotiation->lines[i];

    if (ssrc == line->ssrc || ssrc == line->rtx_ssrc)
      return (sink->seat->blocked_slots >> line->slot & 1) != 0;
  }
  return FALSE;
}

static gboolean
on_send_rtp (CrPeer *peer, const CrSrtpParts *parts)
{
  Sink *sink = (Sink *)peer;
  g_autoptr (GByteArray) packet = g_byte_array_new ();
  NonceKey key;
  GBytes *before;

  g_assert_cmpuint (parts->header_bytes, >=, 12);
  g_assert_cmpuint (parts->header_bytes % 4, ==, 0);
  g_assert_cmpuint (parts->header_bytes + parts->prefix_bytes + parts->payload_bytes + parts->padding_bytes,
                    <=, MAX_PLAIN_BYTES);
  g_byte_array_append (packet, parts->header, (guint)parts->header_bytes);
  if (parts->prefix_bytes > 0)
    g_byte_array_append (packet, parts->prefix, (guint)parts->prefix_bytes);
  if (parts->payload_bytes > 0)
    g_byte_array_append (packet, parts->payload, (guint)parts->payload_bytes);
  for (gsize i = 1; i <= parts->padding_bytes; i++) /* as many octets as the last one says */
    g_byte_array_append (packet, &(guint8){i == parts->padding_bytes ? (guint8)i : 0}, 1);
  g_assert_cmpuint (packet->data[0] >> 5 & 1, ==, parts->padding_bytes > 0);

  key.ssrc =
      (guint32)packet->data[8] << 24 | packet->data[9] << 16 | packet->data[10] << 8 | packet->data[11];
  key.index = parts->index;
  g_assert_cmpuint ((guint16)key.index, ==, packet->data[2] << 8 | packet->data[3]);
  g_assert_true (is_agreed (sink->negotiation, key.ssrc, packet->data[1] & 0x7f));

  g_assert_false (is_blocked (sink, key.ssrc));
  before = g_hash_table_lookup (sink->sent, &key);
  if (before != NULL) { /* a resend without RTX */
    g_assert_cmpmem (g_bytes_get_data (before, NULL), g_bytes_get_size (before), packet->data, packet->len);
    return TRUE;
  }
  g_hash_table_insert (sink->sent, g_memdup2 (&key, sizeof key), g_bytes_new (packet->data, packet->len));
  return TRUE;
}

static gboolean
on_send_rtcp (CrPeer *peer, const guint8 *compound, gsize length_bytes)
{
  g_assert_cmpuint (length_bytes, >=, 8);
  g_assert_cmpuint (length_bytes % 4, ==, 0);
  g_assert_cmpuint (length_bytes, <=, 1200);
  return TRUE;
}

static const CrEgressSink sink_functions = {on_send_rtp, on_send_rtcp};

/* --- the world --- */

static gint64
world_now_us (gpointer data)
{
  return ((World *)data)->now_us;
}

static void
on_keyframe_asked (CrStream *stream, gpointer data)
{
}

static void
connect_seat (World *world, guint i)
{
  cr_seat_init (&world->seats[i], &negotiations[i], &sink_functions, (CrPeer *)&world->sinks[i], i + 1);
  world->seats[i].connected = TRUE;
  world->sinks[i].seat = &world->seats[i];
  /* A new peer has new keys. */
  g_hash_table_remove_all (world->sinks[i].sent);
  cr_fanout_add_seat (world->fanout, &world->seats[i]);
}

static void
disconnect_seat (World *world, guint i)
{
  cr_fanout_remove_seat (world->fanout, &world->seats[i]);
  cr_seat_clear (&world->seats[i]);
}

static void
push (World *world, Source *source, const guint8 *packet, gsize length_bytes)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (packet, length_bytes);

  GST_BUFFER_PTS (buffer) = (GstClockTime)world->now_us * 1000;
  cr_fanout_push (world->fanout, source->stream, buffer);
}

static void
push_raw (World *world, Source *source, FuzzInput *input)
{
  gsize length;
  g_autofree guint8 *packet = fuzz_input_piece (input, MAX_RAW_BYTES, 0, &length);

  if (source->stream != NULL && length > 0)
    push (world, source, packet, length);
}

/* A packet that goes on from the last one: by how much is up to the input. */
static void
push_next (World *world, Source *source, FuzzInput *input)
{
  guint8 flags = fuzz_input_byte (input);
  gint8 step = (gint8)fuzz_input_byte (input);
  guint8 time_step = fuzz_input_byte (input);
  gsize length;
  g_autofree guint8 *payload = fuzz_input_piece (input, MAX_PAYLOAD, 0, &length);
  g_autofree guint8 *packet = g_malloc (12 + length);

  source->seq = (guint16)(source->seq + (flags & 2 ? step * 256 : step));
  source->timestamp_rtp += time_step * 300u;
  packet[0] = 0x80;
  packet[1] = (guint8)((flags & 1 ? 0x80 : 0) | 100);
  packet[2] = (guint8)(source->seq >> 8);
  packet[3] = (guint8)source->seq;
  packet[4] = (guint8)(source->timestamp_rtp >> 24);
  packet[5] = (guint8)(source->timestamp_rtp >> 16);
  packet[6] = (guint8)(source->timestamp_rtp >> 8);
  packet[7] = (guint8)source->timestamp_rtp;
  memset (packet + 8, 7, 4);
  if (length > 0)
    memcpy (packet + 12, payload, length);
  if (source->stream != NULL)
    push (world, source, packet, 12 + length);
}

static CrSlot
slot_of (const Source *source)
{
  return cr_codec_kind (source->codec) == CR_MEDIA_VIDEO ? CR_SLOT_CAMERA : CR_SLOT_TEACHER_AUDIO;
}

/* A new stream of the slot; the old one of the same place goes. */
static void
replace_source (World *world, Source *source, FuzzInput *input)
{
  static const CrCodec codecs[] = {CR_CODEC_H264, CR_CODEC_VP8, CR_CODEC_OPUS, CR_CODEC_RED};
  guint8 what = fuzz_input_byte (input);
  CrStream *old = source->stream;

  source->stream = NULL;
  if ((what & 0x80) == 0) {
    source->codec = codecs[what & 3];
    source->stream = cr_fanout_add_stream (world->fanout, slot_of (source), what >> 2 & 1, source->codec,
                                           NULL, on_keyframe_asked, NULL);
  }
  if (old != NULL)
    cr_fanout_remove_stream (world->fanout, old);
}

/* What came last, and some before it. */
static void
send_nack (World *world, guint seat_index, FuzzInput *input)
{
  CrSeat *seat = &world->seats[seat_index];
  guint8 choice = fuzz_input_byte (input);
  guint8 back = fuzz_input_byte (input);
  const CrEgress *egress = &seat->egresses[choice % seat->n_egresses];
  guint16 pid = (guint16)(egress->highest_out - back);
  guint32 ssrc = egress->line->ssrc;
  guint8 nack[] = {0x81,
                   205,
                   0,
                   3,
                   0,
                   0,
                   0,
                   1,
                   0,
                   0,
                   0,
                   (guint8)ssrc,
                   (guint8)(pid >> 8),
                   (guint8)pid,
                   fuzz_input_byte (input),
                   fuzz_input_byte (input)};

  cr_seat_handle_rtcp (seat, nack, sizeof nack, world->now_us, world->now_us);
}

static void
send_rtcp (World *world, guint seat_index, FuzzInput *input)
{
  gsize length;
  g_autofree guint8 *compound = fuzz_input_piece (input, CR_MAX_DATAGRAM_BYTES, 0, &length);

  cr_seat_handle_rtcp (&world->seats[seat_index], compound, length, world->now_us, world->now_us);
}

/* A slot is purged, or blocked or not for one viewer. */
static void
change_rights (World *world, guint seat_index, FuzzInput *input)
{
  guint8 what = fuzz_input_byte (input);
  CrSlot slot = what & 1 ? CR_SLOT_CAMERA : CR_SLOT_TEACHER_AUDIO;

  if ((what & 0x80) == 0) {
    cr_fanout_block_slots (world->fanout, &world->seats[seat_index],
                           (what & 1u) << CR_SLOT_CAMERA | (what >> 1 & 1u) << CR_SLOT_TEACHER_AUDIO);
    return;
  }
  cr_fanout_purge_slot (world->fanout, slot);
  for (guint i = 0; i < N_STREAMS; i++) {
    if (world->sources[i].stream != NULL && slot_of (&world->sources[i]) == slot)
      world->sources[i].stream = NULL;
  }
}

/* Bits 0-2 (and 3) what, bits 4-5 of which source or viewer. */
static void
run_step (World *world, FuzzInput *input)
{
  guint8 step = fuzz_input_byte (input);
  guint which = step >> 4 & 3;

  switch (step & 7) {
  case 0:
    push_next (world, &world->sources[which], input);
    break;
  case 1:
    push_raw (world, &world->sources[which], input);
    break;
  case 2:
    cr_fanout_run (world->fanout);
    break;
  case 3:
    world->now_us += fuzz_input_byte (input) * (which == 3 ? 50000 : 1000);
    cr_fanout_run (world->fanout);
    break;
  case 4:
    cr_fanout_run (world->fanout);
    send_nack (world, which % N_SEATS, input);
    break;
  case 5:
    cr_fanout_run (world->fanout);
    send_rtcp (world, which % N_SEATS, input);
    break;
  case 6:
    replace_source (world, &world->sources[which], input);
    break;
  default:
    if (step & 8) {
      change_rights (world, which % N_SEATS, input);
    } else {
      disconnect_seat (world, which % N_SEATS);
      connect_seat (world, which % N_SEATS);
    }
    break;
  }
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  gst_init (argc, argv);
  g_log_set_writer_func (fuzz_write_log, NULL, NULL);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = {data, size};
  World world = {.now_us = START_US};
  CrClock clock = {world_now_us, world_now_us, &world};

  world.fanout = cr_fanout_new_detached (&clock);
  for (guint i = 0; i < N_SEATS; i++) {
    world.sinks[i].negotiation = &negotiations[i];
    world.sinks[i].sent =
        g_hash_table_new_full (hash_nonce, equal_nonce, g_free, (GDestroyNotify)g_bytes_unref);
    connect_seat (&world, i);
  }
  for (guint i = 0; i < MAX_STEPS && !fuzz_input_at_end (&input); i++)
    run_step (&world, &input);

  cr_fanout_run (world.fanout);
  for (guint i = 0; i < N_SEATS; i++) {
    disconnect_seat (&world, i);
    g_hash_table_unref (world.sinks[i].sent);
  }
  cr_fanout_free (world.fanout);
  return 0;
}
