/* SPDX-License-Identifier: Apache-2.0
 *
 * GstRTCP trusts the count fields of a packet more than its length; so each packet's length is compared here
 * with what its kind and count need before any accessor runs.
 */
#include "rtc/rtcp-in.h"

#include <gst/rtp/gstrtcpbuffer.h>

#define HEADER_BYTES       4
#define SENDER_INFO_BYTES  24 /* SSRC and sender info, RFC 3550 section 6.4.1 */
#define REPORT_BLOCK_BYTES 24
#define FEEDBACK_BYTES     12 /* header, sender and media SSRC, RFC 4585 section 6.1 */
#define FIR_ENTRY_BYTES    8
#define NACK_ENTRY_BYTES   4

/* RTPFB format 15 has no name in GstRTCP 1.22's oldest headers that we accept. */
#define RTPFB_TRANSPORT_WIDE 15

/* The bytes may lie at any address. */
static guint32
read_u32 (const guint8 *at)
{
  return (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3];
}

typedef struct {
  const CrRtcpHandler *handler;
  gpointer user;
  GstRTCPPacket *packet;
  const guint8 *bytes; /* of this packet, header included */
  gsize length_bytes;  /* less padding */
} Reading;

static gboolean
read_report_blocks (const Reading *reading, guint32 sender_ssrc, gsize before_blocks)
{
  guint n_blocks = gst_rtcp_packet_get_rb_count (reading->packet);

  if (reading->length_bytes < before_blocks + (gsize)n_blocks * REPORT_BLOCK_BYTES)
    return FALSE;
  if (reading->handler->report_block == NULL)
    return TRUE;

  for (guint i = 0; i < n_blocks; i++) {
    CrReportBlock block;

    gst_rtcp_packet_get_rb (reading->packet, i, &block.ssrc, &block.fraction_lost, &block.packets_lost,
                            &block.highest_seq, &block.jitter_rtp, &block.last_sr,
                            &block.delay_since_last_sr);
    reading->handler->report_block (sender_ssrc, &block, reading->user);
  }
  return TRUE;
}

static gboolean
read_sender_report (const Reading *reading)
{
  guint32 ssrc, rtp, packets, octets;
  guint64 ntp;

  if (reading->length_bytes < HEADER_BYTES + SENDER_INFO_BYTES)
    return FALSE;
  gst_rtcp_packet_sr_get_sender_info (reading->packet, &ssrc, &ntp, &rtp, &packets, &octets);
  if (reading->handler->sender_report != NULL)
    reading->handler->sender_report (ssrc, ntp, rtp, packets, octets, reading->user);
  return read_report_blocks (reading, ssrc, HEADER_BYTES + SENDER_INFO_BYTES);
}

static gboolean
read_receiver_report (const Reading *reading)
{
  if (reading->length_bytes < HEADER_BYTES + 4)
    return FALSE;
  return read_report_blocks (reading, gst_rtcp_packet_rr_get_ssrc (reading->packet), HEADER_BYTES + 4);
}

static void
read_nack (const Reading *reading, guint32 media_ssrc)
{
  if (reading->handler->nack == NULL)
    return;
  for (gsize at = FEEDBACK_BYTES; at + NACK_ENTRY_BYTES <= reading->length_bytes; at += NACK_ENTRY_BYTES) {
    const guint8 *entry = reading->bytes + at;

    reading->handler->nack (media_ssrc, (guint16)(entry[0] << 8 | entry[1]),
                            (guint16)(entry[2] << 8 | entry[3]), reading->user);
  }
}

static gboolean
read_transport_feedback (const Reading *reading)
{
  guint format;

  if (reading->length_bytes < FEEDBACK_BYTES)
    return FALSE;
  format = gst_rtcp_packet_get_count (reading->packet);
  if (format == GST_RTCP_RTPFB_TYPE_NACK)
    read_nack (reading, gst_rtcp_packet_fb_get_media_ssrc (reading->packet));
  else if (format == RTPFB_TRANSPORT_WIDE && reading->handler->twcc != NULL)
    reading->handler->twcc (reading->bytes, reading->length_bytes, reading->user);
  return TRUE;
}

static void
read_fir (const Reading *reading)
{
  if (reading->handler->fir == NULL)
    return;
  for (gsize at = FEEDBACK_BYTES; at + FIR_ENTRY_BYTES <= reading->length_bytes; at += FIR_ENTRY_BYTES) {
    const guint8 *entry = reading->bytes + at;

    reading->handler->fir (read_u32 (entry), entry[4], reading->user);
  }
}

static gboolean
read_payload_feedback (const Reading *reading)
{
  guint format;

  if (reading->length_bytes < FEEDBACK_BYTES)
    return FALSE;
  format = gst_rtcp_packet_get_count (reading->packet);
  if (format == GST_RTCP_PSFB_TYPE_PLI && reading->handler->pli != NULL)
    reading->handler->pli (gst_rtcp_packet_fb_get_media_ssrc (reading->packet), reading->user);
  else if (format == GST_RTCP_PSFB_TYPE_FIR)
    read_fir (reading);
  return TRUE;
}

static gboolean
read_bye (const Reading *reading)
{
  guint n_ssrcs = gst_rtcp_packet_get_count (reading->packet);

  if (reading->length_bytes < HEADER_BYTES + (gsize)n_ssrcs * 4)
    return FALSE;
  for (guint i = 0; i < n_ssrcs && reading->handler->bye != NULL; i++)
    reading->handler->bye (read_u32 (reading->bytes + HEADER_BYTES + (gsize)i * 4), reading->user);
  return TRUE;
}

static gboolean
read_packet (const Reading *reading)
{
  switch (gst_rtcp_packet_get_type (reading->packet)) {
  case GST_RTCP_TYPE_SR:
    return read_sender_report (reading);
  case GST_RTCP_TYPE_RR:
    return read_receiver_report (reading);
  case GST_RTCP_TYPE_RTPFB:
    return read_transport_feedback (reading);
  case GST_RTCP_TYPE_PSFB:
    return read_payload_feedback (reading);
  case GST_RTCP_TYPE_BYE:
    return read_bye (reading);
  default:
    return TRUE;
  }
}

/* Padding (only the last packet of a compound has any) counts towards a packet's length, yet is no part of
 * its lists. FALSE when it claims more than there is. */
static gboolean
cut_padding (Reading *reading)
{
  guint8 padding_bytes;

  if (!gst_rtcp_packet_get_padding (reading->packet))
    return TRUE;
  padding_bytes = reading->bytes[reading->length_bytes - 1];
  if (padding_bytes == 0 || (gsize)padding_bytes + HEADER_BYTES > reading->length_bytes)
    return FALSE;
  reading->length_bytes -= padding_bytes;
  return TRUE;
}

static gboolean
read_compound (GstRTCPBuffer *rtcp, const CrRtcpHandler *handler, gpointer user)
{
  GstRTCPPacket packet;
  gsize end_bytes = 0; /* of what has been read */
  gboolean more = gst_rtcp_buffer_get_first_packet (rtcp, &packet);

  while (more) {
    Reading reading = {.handler = handler,
                       .user = user,
                       .packet = &packet,
                       .bytes = rtcp->map.data + packet.offset,
                       .length_bytes = ((gsize)gst_rtcp_packet_get_length (&packet) + 1) * 4};

    end_bytes = packet.offset + reading.length_bytes;
    if (end_bytes > rtcp->map.size || !cut_padding (&reading) || !read_packet (&reading))
      return FALSE;
    more = gst_rtcp_packet_move_to_next (&packet);
  }
  return end_bytes == rtcp->map.size;
}

gboolean
cr_rtcp_parse (const guint8 *data, gsize length_bytes, const CrRtcpHandler *handler, gpointer user)
{
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  g_autoptr (GstBuffer) buffer = NULL;
  gboolean well_formed;

  if (length_bytes < 8 || length_bytes > G_MAXUINT16 ||
      !gst_rtcp_buffer_validate_data_reduced ((guint8 *)data, (guint)length_bytes))
    return FALSE;

  buffer = gst_buffer_new_wrapped_full (GST_MEMORY_FLAG_READONLY, (gpointer)data, length_bytes, 0,
                                        length_bytes, NULL, NULL);
  if (!gst_rtcp_buffer_map (buffer, GST_MAP_READ, &rtcp))
    return FALSE;
  well_formed = read_compound (&rtcp, handler, user);
  gst_rtcp_buffer_unmap (&rtcp);
  return well_formed;
}
