/* SPDX-License-Identifier: Apache-2.0
 *
 * The way back: what a viewer says about what it got. NACKs are answered at once; keyframes are asked of the
 * stream that the m-line sends; reports become round trip, loss and jitter.
 */
#include "rtc/seat.h"

#include "base/clock.h"
#include "rtc/rtcp-in.h"

/* A round trip longer than this is a report about a clock that stepped. */
#define MAX_RTT_US (10 * G_USEC_PER_SEC)

typedef struct {
  CrSeat *seat;
  gint64 now_us;
  guint32 ntp_middle; /* now, as LSR counts */
} Feedback;

static CrEgress *
find_egress (CrSeat *seat, guint32 ssrc)
{
  for (guint i = 0; i < seat->n_egresses; i++) {
    if (seat->egresses[i].line->ssrc == ssrc)
      return &seat->egresses[i];
  }
  return NULL;
}

/* RFC 3550 section 6.4.1: A - LSR - DLSR, in units of 1/65536 s. */
static void
take_round_trip (CrSeat *seat, const CrReportBlock *block, guint32 ntp_middle)
{
  gint64 rtt_us =
      (gint64)(gint32)(ntp_middle - block->last_sr - block->delay_since_last_sr) * G_USEC_PER_SEC / 65536;

  if (block->last_sr == 0 || rtt_us > MAX_RTT_US || rtt_us < -MAX_RTT_US)
    return;
  seat->port.rtt_us = (guint)MAX (rtt_us, 1);
}

static void
on_report_block (guint32 sender_ssrc, const CrReportBlock *block, gpointer user)
{
  Feedback *feedback = user;
  CrEgress *egress = find_egress (feedback->seat, block->ssrc);

  if (egress == NULL)
    return;
  egress->loss_fraction = block->fraction_lost / 256.0;
  if (egress->map.stream != NULL)
    egress->jitter_us = (guint)((guint64)block->jitter_rtp * G_USEC_PER_SEC / egress->map.stream->clock_rate);
  take_round_trip (feedback->seat, block, feedback->ntp_middle);
}

static void
on_nack (guint32 media_ssrc, guint16 pid, guint16 blp, gpointer user)
{
  Feedback *feedback = user;
  CrEgress *egress = find_egress (feedback->seat, media_ssrc);

  feedback->seat->nacks_received++;
  if (egress == NULL)
    return;
  cr_egress_resend (egress, pid);
  for (guint i = 0; blp >> i != 0; i++) {
    if ((blp >> i & 1) != 0)
      cr_egress_resend (egress, (guint16)(pid + 1 + i));
  }
}

/* One that is still being given the last keyframe asks too early. */
static void
request_keyframe (Feedback *feedback, guint32 media_ssrc)
{
  CrEgress *egress = find_egress (feedback->seat, media_ssrc);

  feedback->seat->plis_received++;
  if (egress != NULL && egress->map.stream != NULL && egress->cursor == CR_EGRESS_LIVE)
    cr_stream_request_keyframe (egress->map.stream, feedback->now_us);
}

static void
on_pli (guint32 media_ssrc, gpointer user)
{
  request_keyframe (user, media_ssrc);
}

static void
on_fir (guint32 media_ssrc, guint8 seq, gpointer user)
{
  request_keyframe (user, media_ssrc);
}

static void
on_twcc (const guint8 *packet, gsize length_bytes, gpointer user)
{
  Feedback *feedback = user;

  if (feedback->seat->port.bandwidth != NULL)
    cr_bandwidth_handle_feedback (feedback->seat->port.bandwidth, packet, length_bytes, feedback->now_us);
}

gboolean
cr_seat_handle_rtcp (CrSeat *seat, const guint8 *data, gsize length_bytes, gint64 now_us, gint64 wall_us)
{
  static const CrRtcpHandler handler = {
      .report_block = on_report_block, .nack = on_nack, .pli = on_pli, .fir = on_fir, .twcc = on_twcc};
  Feedback feedback = {seat, now_us, (guint32)(cr_clock_ntp_from_wall_us (wall_us) >> 16)};

  seat->port.now_us = now_us;
  return cr_rtcp_parse (data, length_bytes, &handler, &feedback);
}

gdouble
cr_seat_get_loss_fraction (const CrSeat *seat)
{
  gdouble worst = 0;

  for (guint i = 0; i < seat->n_egresses; i++)
    worst = MAX (worst, seat->egresses[i].loss_fraction);
  return worst;
}

guint
cr_seat_get_jitter_us (const CrSeat *seat)
{
  guint worst = 0;

  for (guint i = 0; i < seat->n_egresses; i++)
    worst = MAX (worst, seat->egresses[i].jitter_us);
  return worst;
}
