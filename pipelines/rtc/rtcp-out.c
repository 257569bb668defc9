/* SPDX-License-Identifier: Apache-2.0
 *
 * Return path; from publisher and viewer; to cr_peer_send_rtcp(); media thread; allocates one GstBuffer per
 * compound; on failure nothing is added.
 *
 * The GstBuffer wraps the writer's own bytes, so that GstRTCP writes where the packet is sent from. Room is
 * checked before a packet is begun, since GstRTCP leaves a half-written one behind when it runs out.
 */
#include "rtc/rtcp-out.h"

#include <string.h>

#define HEADER_BYTES       4
#define SENDER_INFO_BYTES  (4 + 20) /* SSRC and sender information, RFC 3550 section 6.4.1 */
#define REPORT_BLOCK_BYTES 24
#define FEEDBACK_BYTES     12 /* header, sender SSRC, media SSRC: RFC 4585 section 6.1 */
#define NACK_ENTRY_BYTES   4
#define FIR_ENTRY_BYTES    8
#define BLP_BITS           16

void
cr_rtcp_writer_begin (CrRtcpWriter *writer)
{
  writer->buffer = gst_buffer_new_wrapped_full (0, writer->data, sizeof writer->data, 0, 0, NULL, NULL);
  memset (&writer->rtcp, 0, sizeof writer->rtcp);
  memset (&writer->packet, 0, sizeof writer->packet);
  if (!gst_rtcp_buffer_map (writer->buffer, GST_MAP_READWRITE, &writer->rtcp))
    g_assert_not_reached (); /* memory of our own is always mappable */
}

gsize
cr_rtcp_writer_end (CrRtcpWriter *writer)
{
  gsize length_bytes = writer->rtcp.map.size;

  gst_rtcp_buffer_unmap (&writer->rtcp);
  g_clear_pointer (&writer->buffer, gst_buffer_unref);
  return length_bytes;
}

static inline void
put_u16 (guint8 *at, guint16 value)
{
  at[0] = (guint8)(value >> 8);
  at[1] = (guint8)value;
}

/* GstRTCP wants a byte to spare. */
static gsize
room_bytes (const CrRtcpWriter *writer)
{
  return CR_RTCP_MAX_BYTES - 1 - writer->rtcp.map.size;
}

static gboolean
add_packet (CrRtcpWriter *writer, GstRTCPType type, gsize needed_bytes)
{
  return needed_bytes <= room_bytes (writer) &&
         gst_rtcp_buffer_add_packet (&writer->rtcp, type, &writer->packet);
}

gboolean
cr_rtcp_writer_add_sender_report (CrRtcpWriter *writer, guint32 ssrc, guint64 ntp, guint32 timestamp_rtp,
                                  guint32 packets, guint32 octets)
{
  if (!add_packet (writer, GST_RTCP_TYPE_SR, HEADER_BYTES + SENDER_INFO_BYTES))
    return FALSE;
  gst_rtcp_packet_sr_set_sender_info (&writer->packet, ssrc, ntp, timestamp_rtp, packets, octets);
  return TRUE;
}

gboolean
cr_rtcp_writer_add_receiver_report (CrRtcpWriter *writer, guint32 ssrc)
{
  if (!add_packet (writer, GST_RTCP_TYPE_RR, HEADER_BYTES + 4))
    return FALSE;
  gst_rtcp_packet_rr_set_ssrc (&writer->packet, ssrc);
  return TRUE;
}

gboolean
cr_rtcp_writer_add_report_block (CrRtcpWriter *writer, guint32 ssrc, guint8 fraction_lost,
                                 gint32 cumulative_lost, guint32 extended_highest_seq, guint32 jitter,
                                 guint32 lsr, guint32 dlsr)
{
  if (room_bytes (writer) < REPORT_BLOCK_BYTES)
    return FALSE;
  cumulative_lost = CLAMP (cumulative_lost, -0x800000, 0x7fffff); /* RFC 3550 appendix A.3 */
  return gst_rtcp_packet_add_rb (&writer->packet, ssrc, fraction_lost, cumulative_lost, extended_highest_seq,
                                 jitter, lsr, dlsr);
}

gboolean
cr_rtcp_writer_add_cname (CrRtcpWriter *writer, guint32 ssrc, const gchar *cname)
{
  gsize cname_bytes = strlen (cname);
  /* SSRC, item type and length, text, at least one terminating zero, padded to words (section 6.5) */
  gsize chunk_bytes = (4 + 2 + cname_bytes + 1 + 3) / 4 * 4;

  g_return_val_if_fail (cname_bytes <= G_MAXUINT8, FALSE);
  if (!add_packet (writer, GST_RTCP_TYPE_SDES, HEADER_BYTES + chunk_bytes))
    return FALSE;
  return gst_rtcp_packet_sdes_add_item (&writer->packet, ssrc) &&
         gst_rtcp_packet_sdes_add_entry (&writer->packet, GST_RTCP_SDES_CNAME, (guint8)cname_bytes,
                                         (const guint8 *)cname);
}

gboolean
cr_rtcp_writer_add_bye (CrRtcpWriter *writer, guint32 ssrc)
{
  return add_packet (writer, GST_RTCP_TYPE_BYE, HEADER_BYTES + 4) &&
         gst_rtcp_packet_bye_add_ssrc (&writer->packet, ssrc);
}

/* A feedback packet with `fci_bytes` (a multiple of 4) of feedback control information; 0 for none. */
static gboolean
add_feedback (CrRtcpWriter *writer, GstRTCPType type, GstRTCPFBType feedback, guint32 sender_ssrc,
              guint32 media_ssrc, const guint8 *fci, gsize fci_bytes)
{
  if (!add_packet (writer, type, FEEDBACK_BYTES + fci_bytes))
    return FALSE;
  gst_rtcp_packet_fb_set_type (&writer->packet, feedback);
  gst_rtcp_packet_fb_set_sender_ssrc (&writer->packet, sender_ssrc);
  gst_rtcp_packet_fb_set_media_ssrc (&writer->packet, media_ssrc);
  if (fci_bytes == 0)
    return TRUE;
  if (!gst_rtcp_packet_fb_set_fci_length (&writer->packet, (guint16)(fci_bytes / 4)))
    return FALSE;
  memcpy (gst_rtcp_packet_fb_get_fci (&writer->packet), fci, fci_bytes);
  return TRUE;
}

guint
cr_rtcp_writer_add_nack (CrRtcpWriter *writer, guint32 sender_ssrc, guint32 media_ssrc, const guint16 *seqs,
                         guint n_seqs)
{
  guint8 entries[CR_RTCP_MAX_BYTES];
  gsize entries_bytes = 0;
  gsize room = room_bytes (writer);
  guint taken = 0;

  while (taken < n_seqs && FEEDBACK_BYTES + entries_bytes + NACK_ENTRY_BYTES <= room) {
    guint16 pid = seqs[taken++];
    guint16 blp = 0;

    while (taken < n_seqs && (guint16)(seqs[taken] - pid - 1) < BLP_BITS) {
      blp |= (guint16)(1u << (guint16)(seqs[taken] - pid - 1));
      taken++;
    }
    put_u16 (entries + entries_bytes, pid);
    put_u16 (entries + entries_bytes + 2, blp);
    entries_bytes += NACK_ENTRY_BYTES;
  }
  if (entries_bytes == 0 || !add_feedback (writer, GST_RTCP_TYPE_RTPFB, GST_RTCP_RTPFB_TYPE_NACK, sender_ssrc,
                                           media_ssrc, entries, entries_bytes))
    return 0;
  return taken;
}

gboolean
cr_rtcp_writer_add_pli (CrRtcpWriter *writer, guint32 sender_ssrc, guint32 media_ssrc)
{
  return add_feedback (writer, GST_RTCP_TYPE_PSFB, GST_RTCP_PSFB_TYPE_PLI, sender_ssrc, media_ssrc, NULL, 0);
}

gboolean
cr_rtcp_writer_add_fir (CrRtcpWriter *writer, guint32 sender_ssrc, guint32 media_ssrc, guint8 command_seq)
{
  guint8 entry[FIR_ENTRY_BYTES] = {0};

  put_u16 (entry, (guint16)(media_ssrc >> 16));
  put_u16 (entry + 2, (guint16)media_ssrc);
  entry[4] = command_seq;
  /* The media source SSRC of the header is 0: the entry names whom it is for (RFC 5104 section 4.3.1.2). */
  return add_feedback (writer, GST_RTCP_TYPE_PSFB, GST_RTCP_PSFB_TYPE_FIR, sender_ssrc, 0, entry,
                       sizeof entry);
}

gboolean
cr_rtcp_writer_add_twcc (CrRtcpWriter *writer, guint32 sender_ssrc, guint32 media_ssrc, const guint8 *fci,
                         gsize fci_bytes)
{
  g_return_val_if_fail (fci_bytes % 4 == 0, FALSE);
  return add_feedback (writer, GST_RTCP_TYPE_RTPFB, GST_RTCP_RTPFB_TYPE_TWCC, sender_ssrc, media_ssrc, fci,
                       fci_bytes);
}
