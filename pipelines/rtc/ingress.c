/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 5; from publisher (rtp-packet); to publisher, which pushes the buffer; media thread; allocates nothing
 * after it was made; on failure (duplicate, too old) the packet is dropped and counted.
 *
 * A ring of bits says which of the last CR_INGRESS_WINDOW sequence numbers arrived. Packets are authentic
 * when they come here, so that one jump forward is believed at once, and two packets in a row that lie far
 * back are a sender that began anew.
 */
#include "rtc/ingress.h"
#include "rtc/media-types.h"

#define WORD_BITS 64

struct CrIngress {
  guint32 ssrc;
  guint clock_rate;
  CrNackList *nacks; /* NULL: not agreed */
  gboolean given_up;
  CrIngressStats stats;

  gboolean started;
  guint64 highest; /* extended sequence number */
  guint64 arrived[CR_INGRESS_WINDOW / WORD_BITS];
  gboolean old_seen; /* the packet before lay far back, at old_next - 1 */
  guint16 old_next;

  /* RFC 3550 appendices A.3 and A.8; retransmissions are not in them */
  guint64 base;
  guint64 received, received_prior, expected_prior;
  guint32 transit_rtp;
  guint32 jitter_scaled; /* times 16 */
  guint32 newest_timestamp_rtp;

  guint64 report_ntp;
  gint64 report_arrival_us;
};

CrIngress *
cr_ingress_new (guint32 ssrc, guint clock_rate, gboolean with_nack)
{
  CrIngress *ingress = g_new0 (CrIngress, 1);

  ingress->ssrc = ssrc;
  ingress->clock_rate = clock_rate;
  if (with_nack)
    ingress->nacks = cr_nack_list_new ();
  return ingress;
}

void
cr_ingress_free (CrIngress *ingress)
{
  g_clear_pointer (&ingress->nacks, cr_nack_list_free);
  g_free (ingress);
}

guint32
cr_ingress_get_ssrc (const CrIngress *ingress)
{
  return ingress->ssrc;
}

const CrIngressStats *
cr_ingress_get_stats (const CrIngress *ingress)
{
  return &ingress->stats;
}

static inline guint64
bit_of (guint64 seq)
{
  return G_GUINT64_CONSTANT (1) << (seq % WORD_BITS);
}

static inline guint64 *
word_of (CrIngress *ingress, guint64 seq)
{
  return &ingress->arrived[seq % CR_INGRESS_WINDOW / WORD_BITS];
}

static guint32
arrival_rtp (const CrIngress *ingress, gint64 arrival_us)
{
  guint64 seconds = (guint64)arrival_us / G_USEC_PER_SEC;
  guint64 rest_us = (guint64)arrival_us % G_USEC_PER_SEC;

  return (guint32)(seconds * ingress->clock_rate + rest_us * ingress->clock_rate / G_USEC_PER_SEC);
}

/* RFC 3550 appendix A.8, of the first packet of each frame: the others of a frame wait for the sender's
 * pacer, which is not the network's jitter. */
static void
update_jitter (CrIngress *ingress, guint32 timestamp_rtp, gint64 arrival_us)
{
  guint32 transit_rtp = arrival_rtp (ingress, arrival_us) - timestamp_rtp;
  gint32 change = cr_rtp_time_distance (transit_rtp, ingress->transit_rtp);
  guint32 magnitude = change < 0 ? (guint32) - (gint64)change : (guint32)change;

  ingress->transit_rtp = transit_rtp;
  ingress->newest_timestamp_rtp = timestamp_rtp;
  /* A change of more than a minute is a clock that was set, not jitter. */
  if (magnitude > 60 * ingress->clock_rate)
    return;
  ingress->jitter_scaled += magnitude - ((ingress->jitter_scaled + 8) >> 4);
}

static void
start (CrIngress *ingress, guint16 seq, guint32 timestamp_rtp, gint64 arrival_us)
{
  if (ingress->nacks != NULL)
    cr_nack_list_clear (ingress->nacks);
  for (guint i = 0; i < G_N_ELEMENTS (ingress->arrived); i++)
    ingress->arrived[i] = 0;
  ingress->started = TRUE;
  ingress->old_seen = FALSE;
  /* One cycle up, so that a packet from before the first one stays above 0; taken off again in reports. */
  ingress->highest = ingress->base = G_GUINT64_CONSTANT (0x10000) + seq;
  *word_of (ingress, ingress->highest) |= bit_of (ingress->highest);
  ingress->received = 1;
  ingress->received_prior = ingress->expected_prior = 0;
  ingress->jitter_scaled = 0;
  ingress->transit_rtp = arrival_rtp (ingress, arrival_us) - timestamp_rtp;
  ingress->newest_timestamp_rtp = timestamp_rtp;
  ingress->stats.packets++;
}

static void
note_given_up (CrIngress *ingress, guint64 count)
{
  ingress->stats.given_up += count;
  ingress->given_up |= count > 0;
}

/* The newest packet so far: what lies between is missing. */
static void
advance (CrIngress *ingress, guint64 seq, gint64 arrival_us)
{
  guint64 first = ingress->highest + 1;

  for (guint64 i = MAX (first, seq + 1 - CR_INGRESS_WINDOW); i < seq; i++)
    *word_of (ingress, i) &= ~bit_of (i);
  *word_of (ingress, seq) |= bit_of (seq);
  ingress->highest = seq;
  ingress->stats.lost += seq - first;
  if (ingress->nacks != NULL)
    note_given_up (ingress, cr_nack_list_add_gap (ingress->nacks, first, seq, arrival_us));
}

static CrIngressVerdict
receive_older (CrIngress *ingress, guint64 seq, gint64 arrival_us)
{
  CrNackOutcome outcome = CR_NACK_NOT_PENDING;

  if ((*word_of (ingress, seq) & bit_of (seq)) != 0) {
    ingress->stats.duplicates++;
    return CR_INGRESS_DUPLICATE;
  }
  *word_of (ingress, seq) |= bit_of (seq);
  ingress->stats.packets++;
  if (ingress->nacks != NULL)
    outcome = cr_nack_list_arrived (ingress->nacks, seq, arrival_us);
  if (outcome == CR_NACK_ANSWERED)
    ingress->stats.recovered++;
  else if (seq > ingress->base && ingress->stats.lost > 0)
    ingress->stats.lost--;
  return CR_INGRESS_NEW;
}

/* Far back: a straggler, or the sender began anew and the next one follows it (appendix A.1). */
static CrIngressVerdict
receive_far_back (CrIngress *ingress, guint16 seq, guint32 timestamp_rtp, gint64 arrival_us)
{
  if (ingress->old_seen && seq == ingress->old_next) {
    start (ingress, seq, timestamp_rtp, arrival_us);
    return CR_INGRESS_RESTARTED;
  }
  ingress->old_seen = TRUE;
  ingress->old_next = (guint16)(seq + 1);
  ingress->stats.duplicates++;
  return CR_INGRESS_TOO_OLD;
}

CrIngressVerdict
cr_ingress_receive (CrIngress *ingress, guint16 seq, guint32 timestamp_rtp, gint64 arrival_us,
                    gboolean retransmitted)
{
  guint64 extended = cr_seq_extend (ingress->highest, seq);
  gint64 ahead = (gint64)(extended - ingress->highest);

  if (retransmitted && (!ingress->started || ahead > CR_INGRESS_MAX_DROPOUT || ahead <= -CR_INGRESS_WINDOW))
    return CR_INGRESS_TOO_OLD;
  if (!ingress->started) {
    start (ingress, seq, timestamp_rtp, arrival_us);
    return CR_INGRESS_NEW;
  }
  if (ahead > CR_INGRESS_MAX_DROPOUT) {
    start (ingress, seq, timestamp_rtp, arrival_us);
    return CR_INGRESS_RESTARTED;
  }
  if (ahead <= -CR_INGRESS_WINDOW)
    return receive_far_back (ingress, seq, timestamp_rtp, arrival_us);

  ingress->old_seen = FALSE;
  if (!retransmitted)
    ingress->received++;
  if (ahead <= 0)
    return receive_older (ingress, extended, arrival_us);
  advance (ingress, extended, arrival_us);
  ingress->stats.packets++;
  if (!retransmitted && timestamp_rtp != ingress->newest_timestamp_rtp)
    update_jitter (ingress, timestamp_rtp, arrival_us);
  return CR_INGRESS_NEW;
}

guint
cr_ingress_collect_nacks (CrIngress *ingress, gint64 now_us, guint16 *seqs, guint max)
{
  guint given_up = 0;
  guint n_seqs;

  if (ingress->nacks == NULL)
    return 0;
  n_seqs = cr_nack_list_collect (ingress->nacks, now_us, seqs, max, &given_up);
  note_given_up (ingress, given_up);
  return n_seqs;
}

gint64
cr_ingress_nack_due_us (const CrIngress *ingress)
{
  return ingress->nacks != NULL ? cr_nack_list_due_us (ingress->nacks) : G_MAXINT64;
}

gboolean
cr_ingress_take_given_up (CrIngress *ingress)
{
  gboolean given_up = ingress->given_up;

  ingress->given_up = FALSE;
  return given_up;
}

void
cr_ingress_sender_report (CrIngress *ingress, guint64 ntp, gint64 arrival_us)
{
  ingress->report_ntp = ntp;
  ingress->report_arrival_us = arrival_us;
}

void
cr_ingress_make_report (CrIngress *ingress, gint64 now_us, CrIngressReport *report)
{
  guint64 expected = ingress->highest - ingress->base + 1;
  gint64 expected_interval = (gint64)(expected - ingress->expected_prior);
  gint64 lost_interval = expected_interval - (gint64)(ingress->received - ingress->received_prior);

  *report = (CrIngressReport){
      .cumulative_lost = (gint32)CLAMP ((gint64)(expected - ingress->received), G_MININT32, G_MAXINT32),
      .extended_highest_seq = (guint32)(ingress->highest - 0x10000),
      .jitter_rtp = ingress->jitter_scaled >> 4,
  };
  if (expected_interval > 0 && lost_interval > 0)
    report->fraction_lost = (guint8)MIN ((lost_interval << 8) / expected_interval, G_MAXUINT8);
  ingress->expected_prior = expected;
  ingress->received_prior = ingress->received;

  if (ingress->report_ntp == 0)
    return;
  report->lsr = (guint32)(ingress->report_ntp >> 16);
  report->dlsr =
      (guint32)CLAMP ((now_us - ingress->report_arrival_us) * 65536 / G_USEC_PER_SEC, 0, G_MAXUINT32);
}
