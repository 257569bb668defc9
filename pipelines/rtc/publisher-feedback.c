/* SPDX-License-Identifier: Apache-2.0
 *
 * Return path; from ingress, twcc, keyframe; to rtcp-out and the peer; media thread; allocates one GstBuffer
 * per compound; on failure (not connected, queue full) the compound is lost, as it may be on any network.
 *
 * One timer per publisher wakes for whichever is due first: receiver reports, NACKs, transport-wide feedback,
 * kept keyframe requests, the check whether the publisher is away. It is never pushed back when a reason goes
 * away: it fires once for nothing and looks again.
 */
#include "rtc/publisher-private.h"
#include "rtc/rtcp-out.h"

/* Well under RFC 3550's 5 s, whose bandwidth rule allows it here, since senders' estimators feed on it. */
#define REPORT_INTERVAL_US (1 * G_USEC_PER_SEC)

/* What one visit asks for per stream; the rest is due again at once. */
#define NACKS_AT_ONCE 128

/* A compound that is begun when the first thing is to be said: RR and SDES first (RFC 3550 section 6.1). */
typedef struct {
  CrPublisher *publisher;
  CrRtcpWriter writer;
  gboolean open;
} Compound;

static void
compound_open (Compound *compound)
{
  if (compound->open)
    return;
  cr_rtcp_writer_begin (&compound->writer);
  cr_rtcp_writer_add_receiver_report (&compound->writer, compound->publisher->own_ssrc);
  cr_rtcp_writer_add_cname (&compound->writer, compound->publisher->own_ssrc, compound->publisher->cname);
  compound->open = TRUE;
}

static void
compound_send (Compound *compound)
{
  gsize length_bytes;

  if (!compound->open)
    return;
  compound->open = FALSE;
  length_bytes = cr_rtcp_writer_end (&compound->writer);
  cr_peer_send_rtcp (compound->publisher->peer, compound->writer.data, length_bytes);
}

static void
add_reports (Compound *compound, gint64 now_us)
{
  CrPublisher *publisher = compound->publisher;

  cr_rtcp_writer_begin (&compound->writer);
  cr_rtcp_writer_add_receiver_report (&compound->writer, publisher->own_ssrc);
  for (guint i = 0; i < CR_PUBLISHER_MAX_STREAMS; i++) {
    CrPublisherStream *stream = &publisher->streams[i];
    CrIngressReport report;

    if (stream->ingress == NULL)
      continue;
    cr_ingress_make_report (stream->ingress, now_us, &report);
    cr_rtcp_writer_add_report_block (&compound->writer, stream->info.ssrc, report.fraction_lost,
                                     report.cumulative_lost, report.extended_highest_seq, report.jitter_rtp,
                                     report.lsr, report.dlsr);
  }
  cr_rtcp_writer_add_cname (&compound->writer, publisher->own_ssrc, publisher->cname);
  compound->open = TRUE;
}

static void
add_nacks (Compound *compound, CrPublisherStream *stream, gint64 now_us)
{
  CrPublisher *publisher = compound->publisher;
  guint16 seqs[NACKS_AT_ONCE];
  guint n_seqs = cr_ingress_collect_nacks (stream->ingress, now_us, seqs, G_N_ELEMENTS (seqs));
  guint taken = 0;

  publisher->stats.nacks_sent += n_seqs;
  while (taken < n_seqs) {
    compound_open (compound);
    taken += cr_rtcp_writer_add_nack (&compound->writer, publisher->own_ssrc, stream->info.ssrc, seqs + taken,
                                      n_seqs - taken);
    if (taken < n_seqs) /* the next one has room for more than NACKS_AT_ONCE */
      compound_send (compound);
  }
}

static void
add_keyframe_request (Compound *compound, CrPublisherStream *stream)
{
  CrPublisher *publisher = compound->publisher;

  /* So many bytes may be missing when NACKs of several streams went before. */
  for (guint tries = 0; tries < 2; tries++) {
    gboolean added;

    compound_open (compound);
    if (stream->line->pli || !stream->line->fir)
      added = cr_rtcp_writer_add_pli (&compound->writer, publisher->own_ssrc, stream->info.ssrc);
    else
      added =
          cr_rtcp_writer_add_fir (&compound->writer, publisher->own_ssrc, stream->info.ssrc, stream->fir_seq);
    if (added)
      break;
    compound_send (compound);
  }
  stream->fir_seq++;
  publisher->stats.plis_sent++;
}

static void
add_twcc (Compound *compound)
{
  CrPublisher *publisher = compound->publisher;
  /* Beside an empty RR and SDES there is always room for this much. */
  guint8 fci[CR_RTCP_MAX_BYTES - 128];
  gsize fci_bytes;

  while ((fci_bytes = cr_twcc_build (publisher->twcc, fci, sizeof fci)) > 0) {
    compound_open (compound);
    if (cr_rtcp_writer_add_twcc (&compound->writer, publisher->own_ssrc, publisher->last_media_ssrc, fci,
                                 fci_bytes))
      continue;
    compound_send (compound);
    compound_open (compound);
    cr_rtcp_writer_add_twcc (&compound->writer, publisher->own_ssrc, publisher->last_media_ssrc, fci,
                             fci_bytes);
  }
}

static void
update_bitrate (CrPublisher *publisher, gint64 now_us)
{
  gint64 elapsed_us = now_us - publisher->rate_since_us;

  if (elapsed_us <= 0)
    return;
  publisher->stats.bitrate_kbps =
      (guint)(publisher->rate_bytes * 8 * (G_USEC_PER_SEC / 1000) / (guint64)elapsed_us);
  publisher->rate_bytes = 0;
  publisher->rate_since_us = now_us;
}

static void
visit_stream (Compound *compound, CrPublisherStream *stream, gint64 now_us)
{
  if (stream->ingress == NULL)
    return;
  add_nacks (compound, stream, now_us);
  if (cr_ingress_take_given_up (stream->ingress) && stream->info.kind == CR_MEDIA_VIDEO &&
      cr_keyframe_gate_request (&stream->gate, now_us))
    add_keyframe_request (compound, stream);
  if (cr_keyframe_gate_due_us (&stream->gate) <= now_us && cr_keyframe_gate_request (&stream->gate, now_us))
    add_keyframe_request (compound, stream);
}

static gint64
next_due_us (const CrPublisher *publisher)
{
  gint64 due_us = MIN (publisher->report_due_us, publisher->twcc_due_us);

  if (!publisher->away)
    due_us = MIN (due_us, publisher->last_media_us + CR_PUBLISHER_AWAY_US);
  for (guint i = 0; i < CR_PUBLISHER_MAX_STREAMS; i++) {
    const CrPublisherStream *stream = &publisher->streams[i];

    if (stream->ingress == NULL)
      continue;
    due_us = MIN (due_us, cr_ingress_nack_due_us (stream->ingress));
    due_us = MIN (due_us, cr_keyframe_gate_due_us (&stream->gate));
  }
  return due_us;
}

static void
on_due (CrTimer *timer, gint64 now_us, gpointer data)
{
  CrPublisher *publisher = data;
  Compound compound;

  compound.publisher = publisher;
  compound.open = FALSE;
  if (now_us >= publisher->report_due_us) {
    add_reports (&compound, now_us);
    update_bitrate (publisher, now_us);
    publisher->report_due_us = now_us + REPORT_INTERVAL_US;
  }
  for (guint i = 0; i < CR_PUBLISHER_MAX_STREAMS; i++)
    visit_stream (&compound, &publisher->streams[i], now_us);
  if (now_us >= publisher->twcc_due_us) {
    add_twcc (&compound);
    publisher->twcc_due_us = G_MAXINT64;
    publisher->twcc_sent_us = now_us;
  }
  compound_send (&compound);
  if (now_us - publisher->last_media_us >= CR_PUBLISHER_AWAY_US)
    cr_publisher_set_away (publisher, TRUE);
  cr_worker_arm_timer (publisher->worker, timer, next_due_us (publisher));
}

void
cr_publisher_feedback_start (CrPublisher *publisher, gint64 now_us)
{
  publisher->timer.func = on_due;
  publisher->timer.data = publisher;
  publisher->report_due_us = now_us + REPORT_INTERVAL_US;
  publisher->twcc_due_us = G_MAXINT64;
  cr_worker_arm_timer (publisher->worker, &publisher->timer, next_due_us (publisher));
}

void
cr_publisher_feedback_stop (CrPublisher *publisher)
{
  if (cr_timer_is_armed (&publisher->timer))
    cr_worker_disarm_timer (publisher->worker, &publisher->timer);
}

void
cr_publisher_feedback_wake (CrPublisher *publisher, gint64 due_us)
{
  if (cr_timer_is_armed (&publisher->timer) && due_us < publisher->timer.deadline_us)
    cr_worker_arm_timer (publisher->worker, &publisher->timer, due_us);
}

void
cr_publisher_feedback_note_twcc (CrPublisher *publisher, guint16 seq, gint64 arrival_us)
{
  if (publisher->twcc == NULL)
    return;
  cr_twcc_arrived (publisher->twcc, seq, arrival_us);
  if (publisher->twcc_due_us != G_MAXINT64 || !cr_twcc_is_pending (publisher->twcc))
    return;
  publisher->twcc_due_us = MAX (publisher->twcc_sent_us + CR_TWCC_INTERVAL_US, arrival_us);
  cr_publisher_feedback_wake (publisher, publisher->twcc_due_us);
}

void
cr_publisher_feedback_request_keyframe (CrPublisher *publisher, CrPublisherStream *stream, gint64 now_us)
{
  Compound compound;

  if (stream->ingress == NULL || stream->info.kind != CR_MEDIA_VIDEO)
    return;
  if (!cr_keyframe_gate_request (&stream->gate, now_us)) {
    cr_publisher_feedback_wake (publisher, cr_keyframe_gate_due_us (&stream->gate));
    return;
  }
  compound.publisher = publisher;
  compound.open = FALSE;
  add_keyframe_request (&compound, stream);
  compound_send (&compound);
}
