/* SPDX-License-Identifier: Apache-2.0
 *
 * The way back, first step: one compound (or reduced-size, RFC 5506) RTCP packet taken apart into calls. It
 * remembers nothing and knows neither publishers nor viewers. GstRTCP reads the fields; every length is
 * checked here before it is asked, because the bytes are a stranger's.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* RFC 3550 section 6.4.1. */
typedef struct {
  guint32 ssrc;                /* whose packets are reported on */
  guint8 fraction_lost;        /* of 256, since the previous report */
  gint32 packets_lost;         /* since the beginning; negative with duplicates */
  guint32 highest_seq;         /* cycles in the upper half */
  guint32 jitter_rtp;          /* in units of the RTP clock */
  guint32 last_sr;             /* middle 32 bits of the NTP time of the last sender report; 0: none */
  guint32 delay_since_last_sr; /* 1/65536 s */
} CrReportBlock;

/* Any member may be NULL. `user` is what was given to cr_rtcp_parse(). */
typedef struct {
  /* `ntp` is 32.32 fixed point since 1900. */
  void (*sender_report) (guint32 ssrc, guint64 ntp, guint32 rtp, guint32 packets, guint32 octets,
                         gpointer user);
  /* Of sender and receiver reports alike. */
  void (*report_block) (guint32 sender_ssrc, const CrReportBlock *block, gpointer user);
  /* One entry of a generic NACK (RFC 4585 section 6.2.1): `pid` and the 16 after it that `blp` marks. */
  void (*nack) (guint32 media_ssrc, guint16 pid, guint16 blp, gpointer user);
  void (*pli) (guint32 media_ssrc, gpointer user);
  /* One entry of a full intra request (RFC 5104 section 4.3.1). */
  void (*fir) (guint32 media_ssrc, guint8 seq, gpointer user);
  /* A whole transport-wide feedback packet, its RTCP header included
   * (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1). */
  void (*twcc) (const guint8 *packet, gsize length_bytes, gpointer user);
  void (*bye) (guint32 ssrc, gpointer user);
} CrRtcpHandler;

/* Calls the handler for everything in `data` that it understands; unknown packet types are skipped. FALSE
 * when the compound is malformed: whatever came before the fault has been delivered then. Any thread. */
gboolean cr_rtcp_parse (const guint8 *data, gsize length_bytes, const CrRtcpHandler *handler, gpointer user);

G_END_DECLS
