/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: RTCP compounds, and transport-wide feedback on packets that were sent. The input is pieces of
 * two bytes of length and a compound.
 */
#include "fuzz-input.h"

#include "rtc/bandwidth.h"
#include "rtc/media-types.h"
#include "rtc/rtcp-in.h"
#include <gst/gst.h>

#define MAX_COMPOUNDS     16
#define N_SENT            512
#define SEND_EVERY_US     2000
#define COMPOUND_EVERY_US 50000

typedef struct {
  const guint8 *data;
  gsize length_bytes;
  gint64 now_us;
  CrBandwidth *bandwidth;
  guint64 sum; /* of what was read, so that nothing is optimised away */
} Receiver;

static void
on_sender_report (guint32 ssrc, guint64 ntp, guint32 rtp, guint32 packets, guint32 octets, gpointer user)
{
  ((Receiver *)user)->sum += ssrc + ntp + rtp + packets + octets;
}

static void
on_report_block (guint32 sender_ssrc, const CrReportBlock *block, gpointer user)
{
  g_assert_cmpint (block->packets_lost, >=, -(1 << 23)); /* 24 bits with a sign */
  g_assert_cmpint (block->packets_lost, <, 1 << 23);
  ((Receiver *)user)->sum +=
      sender_ssrc + block->ssrc + block->highest_seq + block->jitter_rtp + block->last_sr;
}

static void
on_nack (guint32 media_ssrc, guint16 pid, guint16 blp, gpointer user)
{
  ((Receiver *)user)->sum += media_ssrc + pid + blp;
}

static void
on_pli (guint32 media_ssrc, gpointer user)
{
  ((Receiver *)user)->sum += media_ssrc;
}

static void
on_fir (guint32 media_ssrc, guint8 seq, gpointer user)
{
  ((Receiver *)user)->sum += media_ssrc + seq;
}

static void
on_twcc (const guint8 *packet, gsize length_bytes, gpointer user)
{
  Receiver *receiver = user;

  g_assert_true (packet >= receiver->data &&
                 packet + length_bytes <= receiver->data + receiver->length_bytes);
  receiver->sum += cr_bandwidth_handle_feedback (receiver->bandwidth, packet, length_bytes, receiver->now_us);
}

static void
on_bye (guint32 ssrc, gpointer user)
{
  ((Receiver *)user)->sum += ssrc;
}

static void
on_sample (const CrBandwidthSample *sample, gpointer data)
{
  guint *n_received = data;

  *n_received += sample->received != FALSE;
  g_assert_cmpuint (*n_received, <=, N_SENT); /* a packet arrives once, however often it was called lost */
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
  static const CrRtcpHandler handler = {on_sender_report, on_report_block, on_nack, on_pli,
                                        on_fir,           on_twcc,         on_bye};
  FuzzInput input = {data, size};
  guint n_received = 0;
  g_autoptr (CrBandwidth) bandwidth = cr_bandwidth_new (on_sample, &n_received);
  Receiver receiver = {.bandwidth = bandwidth};

  for (guint i = 0; i < N_SENT; i++)
    cr_bandwidth_sent (bandwidth, (guint16)i, 1200, i * SEND_EVERY_US);
  for (guint i = 0; i < MAX_COMPOUNDS && !fuzz_input_at_end (&input); i++) {
    g_autofree guint8 *compound = fuzz_input_piece (&input, CR_MAX_DATAGRAM_BYTES, 0, &receiver.length_bytes);

    receiver.data = compound;
    receiver.now_us = N_SENT * SEND_EVERY_US + (gint64)i * COMPOUND_EVERY_US;
    receiver.sum += cr_rtcp_parse (compound, receiver.length_bytes, &handler, &receiver);
  }
  g_assert_true (cr_bandwidth_get_loss_fraction (bandwidth) >= 0 &&
                 cr_bandwidth_get_loss_fraction (bandwidth) <= 1);
  return 0;
}
