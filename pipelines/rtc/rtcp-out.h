/* SPDX-License-Identifier: Apache-2.0
 *
 * Compound RTCP (RFC 3550 section 6.1) and reduced-size RTCP (RFC 5506) written into a buffer on the stack:
 * reports, SDES, BYE, NACK (RFC 4585), PLI, FIR (RFC 5104) and transport-wide feedback. GstRTCP lays out the
 * packets; what to say and when is the caller's.
 *
 *   CrRtcpWriter writer;
 *   cr_rtcp_writer_begin (&writer);
 *   cr_rtcp_writer_add_receiver_report (&writer, own_ssrc);
 *   cr_rtcp_writer_add_report_block (&writer, ...);
 *   cr_rtcp_writer_add_cname (&writer, own_ssrc, cname);
 *   length_bytes = cr_rtcp_writer_end (&writer);
 *   cr_peer_send_rtcp (peer, writer.data, length_bytes);
 *
 * Thread: any; a writer belongs to one. Every begin needs its end. Each `add` returns FALSE, and leaves the
 * packet as it was, when there is no room left.
 */
#pragma once

#include <gst/rtp/gstrtcpbuffer.h>

G_BEGIN_DECLS

/* What cr_peer_send_rtcp() takes: with SRTCP's trailer, IP and UDP it stays below any usual path MTU. */
#define CR_RTCP_MAX_BYTES 1200

typedef struct {
  guint8 data[CR_RTCP_MAX_BYTES];

  /* private */
  GstBuffer *buffer;
  GstRTCPBuffer rtcp;
  GstRTCPPacket packet; /* the last one added */
} CrRtcpWriter;

void cr_rtcp_writer_begin (CrRtcpWriter *writer);

/* Bytes written into `data`; 0 when nothing was added. */
gsize cr_rtcp_writer_end (CrRtcpWriter *writer);

/* RFC 3550 section 6.4.1. `ntp` and `timestamp_rtp` are the same instant. */
gboolean cr_rtcp_writer_add_sender_report (CrRtcpWriter *writer, guint32 ssrc, guint64 ntp,
                                           guint32 timestamp_rtp, guint32 packets, guint32 octets);

/* RFC 3550 section 6.4.2. */
gboolean cr_rtcp_writer_add_receiver_report (CrRtcpWriter *writer, guint32 ssrc);

/* One block of the report that was added last; at most 31 per report (RFC 3550 section 6.4.1). `dlsr` is in
 * 1/65536 s, `jitter` in RTP timestamp units, `cumulative_lost` is clamped to 24 bits signed. */
gboolean cr_rtcp_writer_add_report_block (CrRtcpWriter *writer, guint32 ssrc, guint8 fraction_lost,
                                          gint32 cumulative_lost, guint32 extended_highest_seq,
                                          guint32 jitter, guint32 lsr, guint32 dlsr);

/* SDES with one CNAME (RFC 3550 section 6.5.1). */
gboolean cr_rtcp_writer_add_cname (CrRtcpWriter *writer, guint32 ssrc, const gchar *cname);

gboolean cr_rtcp_writer_add_bye (CrRtcpWriter *writer, guint32 ssrc);

/* Generic NACK (RFC 4585 section 6.2.1): `seqs` in ascending order (modulo 2^16) are packed into PID and BLP
 * pairs. Returns how many of them found room. */
guint cr_rtcp_writer_add_nack (CrRtcpWriter *writer, guint32 sender_ssrc, guint32 media_ssrc,
                               const guint16 *seqs, guint n_seqs);

/* RFC 4585 section 6.3.1. */
gboolean cr_rtcp_writer_add_pli (CrRtcpWriter *writer, guint32 sender_ssrc, guint32 media_ssrc);

/* RFC 5104 section 4.3.1. `command_seq` grows by one with every new request. */
gboolean cr_rtcp_writer_add_fir (CrRtcpWriter *writer, guint32 sender_ssrc, guint32 media_ssrc,
                                 guint8 command_seq);

/* draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1. `fci` is what follows the media source
 * SSRC, a multiple of 4 bytes (twcc.h). */
gboolean cr_rtcp_writer_add_twcc (CrRtcpWriter *writer, guint32 sender_ssrc, guint32 media_ssrc,
                                  const guint8 *fci, gsize fci_bytes);

G_END_DECLS
