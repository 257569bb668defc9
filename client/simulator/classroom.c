/* SPDX-License-Identifier: Apache-2.0
 *
 *   waiting -> posting -> connecting -> connected
 *      ^________ any failure, after a pause ____|
 */
#include "classroom.h"

#include "retry.h"

#include <gio/gio.h>
#include <string.h>

/* POST answered, checks and handshake done: more than a bad line needs, less than a teacher's patience. */
#define CONNECT_TIMEOUT_US (10 * G_USEC_PER_SEC)

/* Voice comes every 20 ms and reports every second; a relay that is silent this long is not there. */
#define SILENCE_US (6 * G_USEC_PER_SEC)

typedef enum { IDLE, WAITING, POSTING, CONNECTING, CONNECTED } State;

struct CrClassroom {
  CrClassroomConfig config;
  GRand *chance;
  State state;
  CrRetry retry;
  gint64 posted_us, connected_us;
  GCancellable *cancellable;
  gchar *location;
  CrTransport *transport;
  CrReceiver *receiver;
  CrClassroomPipeline *player;

  guint joins, failures;
  gchar last_failure[96];
  CrReceiverStats past; /* of sessions that are over */
  CrClassroomPipelineStats past_decoded;
};

static void attempt (gpointer data);

CrClassroom *
cr_classroom_new (const CrClassroomConfig *config)
{
  CrClassroom *classroom = g_new0 (CrClassroom, 1);

  classroom->config = *config;
  classroom->chance = g_rand_new_with_seed (config->seed);
  cr_retry_init (&classroom->retry, classroom->chance, attempt, classroom);
  classroom->cancellable = g_cancellable_new ();
  return classroom;
}

static void
add_media (CrReceiverStats *sum, const CrReceiverStats *part)
{
  sum->packets += part->packets;
  sum->bytes += part->bytes;
  sum->expected += part->expected;
  sum->lost += part->lost;
  sum->recovered += part->recovered;
  sum->duplicates += part->duplicates;
  sum->unmatched += part->unmatched;
  sum->nacks += part->nacks;
  sum->plis += part->plis;
  sum->keyframes += part->keyframes;
  sum->freezes += part->freezes;
  for (guint i = 0; i < CR_OFFER_MAX_LINES; i++)
    sum->sender_reports[i] += part->sender_reports[i];
}

static void
add_decoded (CrClassroomPipelineStats *sum, const CrClassroomPipelineStats *part)
{
  for (guint i = 0; i < CR_CLASSROOM_MAX_VIDEO; i++)
    sum->frames[i] += part->frames[i];
  for (guint i = 0; i < CR_CLASSROOM_MAX_AUDIO; i++)
    sum->samples[i] += part->samples[i];
  sum->freezes += part->freezes;
  sum->longest_gap_us = MAX (sum->longest_gap_us, part->longest_gap_us);
  sum->n_offsets += part->n_offsets;
  sum->n_capture_offsets += part->n_capture_offsets;
  sum->errors += part->errors;
}

/* Forgets the session; what it measured is kept. */
static void
drop_session (CrClassroom *classroom)
{
  cr_retry_cancel (&classroom->retry);
  g_cancellable_cancel (classroom->cancellable);
  g_object_unref (classroom->cancellable);
  classroom->cancellable = g_cancellable_new ();
  g_clear_pointer (&classroom->transport, cr_transport_free);
  if (classroom->receiver != NULL) {
    CrReceiverStats stats;

    cr_receiver_get_stats (classroom->receiver, &stats);
    add_media (&classroom->past, &stats);
    g_clear_pointer (&classroom->receiver, cr_receiver_free);
  }
  if (classroom->player != NULL) {
    CrClassroomPipelineStats stats;

    cr_classroom_pipeline_get_stats (classroom->player, &stats);
    add_decoded (&classroom->past_decoded, &stats);
    g_clear_pointer (&classroom->player, cr_classroom_pipeline_free);
  }
  g_clear_pointer (&classroom->location, g_free);
  classroom->state = IDLE;
}

void
cr_classroom_free (CrClassroom *classroom)
{
  drop_session (classroom);
  g_object_unref (classroom->cancellable);
  g_rand_free (classroom->chance);
  g_free (classroom);
}

void
cr_classroom_join (CrClassroom *classroom, guint delay_ms)
{
  drop_session (classroom);
  classroom->state = WAITING;
  cr_retry_after (&classroom->retry, delay_ms);
}

static void
retry (CrClassroom *classroom, const gchar *reason, guint retry_after_s)
{
  classroom->failures++;
  g_strlcpy (classroom->last_failure, reason, sizeof classroom->last_failure);
  drop_session (classroom);
  classroom->state = WAITING;
  cr_retry_failed (&classroom->retry, retry_after_s);
}

static void
on_connected (gpointer data)
{
  CrClassroom *classroom = data;

  classroom->state = CONNECTED;
  classroom->connected_us = g_get_monotonic_time ();
  cr_retry_succeeded (&classroom->retry);
  classroom->joins++;
}

static void
on_rtp (const guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  CrClassroom *classroom = data;

  cr_receiver_take_rtp (classroom->receiver, packet, length_bytes, arrival_us);
}

static void
on_rtcp (const guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  CrClassroom *classroom = data;

  cr_receiver_take_rtcp (classroom->receiver, packet, length_bytes, arrival_us);
  if (classroom->player != NULL)
    cr_classroom_pipeline_push_rtcp (classroom->player, packet, length_bytes);
}

static void
on_closed (const gchar *reason, gpointer data)
{
  retry (data, reason, 0);
}

static const CrTransportHandler transport_handler = {on_connected, on_rtp, on_rtcp, on_closed};

static void
on_report (const guint8 *compound, gsize length_bytes, gpointer data)
{
  CrClassroom *classroom = data;

  (void)cr_transport_send_rtcp (classroom->transport, compound, length_bytes);
}

static void
on_media (const CrAnswerLine *line, const guint8 *packet, gsize length_bytes, gint64 arrival_us,
          gpointer data)
{
  CrClassroom *classroom = data;

  if (classroom->player != NULL)
    cr_classroom_pipeline_push_rtp (classroom->player, line->kind, line->index, packet, length_bytes);
  if (classroom->config.ear != NULL)
    cr_ear_take_packet (classroom->config.ear, line, packet, length_bytes, arrival_us);
}

static void
start_player (CrClassroom *classroom, const CrAnswer *answer)
{
  classroom->player = cr_classroom_pipeline_new (NULL); /* plugins were checked at the start */
  if (classroom->player == NULL)
    return;
  for (guint i = 0; i < answer->n_lines; i++) {
    for (guint payload_type = 0; payload_type < 128; payload_type++) {
      CrCodec codec = answer->lines[i].codecs[payload_type];

      if (codec != CR_CODEC_NONE)
        cr_classroom_pipeline_add_payload_type (classroom->player, (guint8)payload_type, codec);
    }
  }
}

static void
on_answer (const CrHttpReply *reply, gpointer data)
{
  CrClassroom *classroom = data;
  g_autoptr (GError) error = NULL;
  CrAnswer *answer;

  if (reply->status != 201) {
    g_autofree gchar *refusal = g_strdup_printf ("HTTP %u", reply->status);

    retry (classroom, reply->failure != NULL ? reply->failure : refusal, reply->retry_after_s);
    return;
  }
  answer = cr_answer_parse (reply->body, &error);
  if (answer == NULL) {
    retry (classroom, error->message, 0);
    return;
  }
  classroom->location = g_strdup (reply->location);
  if (classroom->config.decode)
    start_player (classroom, answer);
  classroom->receiver = cr_receiver_new (answer, g_rand_int (classroom->chance), g_get_monotonic_time (),
                                         on_report, on_media, classroom);
  classroom->state = CONNECTING;
  if (!cr_transport_start (classroom->transport, reply->body, &error))
    retry (classroom, error->message, 0);
}

static void
attempt (gpointer data)
{
  CrClassroom *classroom = data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *offer = NULL;
  CrOfferConfig config;

  classroom->posted_us = g_get_monotonic_time ();
  classroom->connected_us = 0;
  classroom->transport = cr_transport_new (classroom->config.transport, classroom->config.shared,
                                           &transport_handler, classroom, &error);
  if (classroom->transport == NULL) {
    retry (classroom, error->message, 0);
    return;
  }
  config = (CrOfferConfig){.n_video = classroom->config.n_video,
                           .n_audio = classroom->config.n_audio,
                           .only_codec = classroom->config.only_codec,
                           .red = classroom->config.red,
                           .ufrag = cr_transport_get_ufrag (classroom->transport),
                           .password = cr_transport_get_password (classroom->transport),
                           .fingerprint = cr_transport_get_fingerprint (classroom->transport),
                           .candidates = cr_transport_get_candidates (classroom->transport)};
  offer = cr_offer_write (&config);
  classroom->state = POSTING;
  cr_http_client_send (classroom->config.http, "POST", classroom->config.path, classroom->config.token,
                       "application/sdp", offer, classroom->cancellable, on_answer, classroom);
}

void
cr_classroom_set_token (CrClassroom *classroom, const gchar *token)
{
  classroom->config.token = token;
}

void
cr_classroom_leave (CrClassroom *classroom)
{
  if (classroom->transport != NULL)
    cr_transport_close (classroom->transport);
  if (classroom->location != NULL)
    cr_http_client_send (classroom->config.http, "DELETE", classroom->location, classroom->config.token, NULL,
                         NULL, NULL, NULL, NULL);
  drop_session (classroom);
}

void
cr_classroom_tick (CrClassroom *classroom, gint64 now_us, gboolean silence_matters)
{
  if (classroom->state == CONNECTING && now_us - classroom->posted_us > CONNECT_TIMEOUT_US) {
    retry (classroom, "no connection within 10 s", 0);
    return;
  }
  if (classroom->state != CONNECTED)
    return;
  if (silence_matters && now_us - cr_receiver_get_last_us (classroom->receiver) > SILENCE_US) {
    retry (classroom, "the relay is silent", 0);
    return;
  }
  cr_receiver_tick (classroom->receiver, now_us);
}

void
cr_classroom_get_stats (CrClassroom *classroom, CrClassroomStats *stats)
{
  *stats = (CrClassroomStats){.connected = classroom->state == CONNECTED,
                              .transport = classroom->config.transport,
                              .joins = classroom->joins,
                              .failures = classroom->failures,
                              .decoding = classroom->config.decode,
                              .media = classroom->past,
                              .decoded = classroom->past_decoded};
  g_strlcpy (stats->last_failure, classroom->last_failure, sizeof stats->last_failure);
  if (stats->connected) {
    stats->profile = cr_transport_get_profile (classroom->transport);
    stats->connect_us = classroom->connected_us - classroom->posted_us;
  }
  if (classroom->receiver != NULL) {
    CrReceiverStats media;

    cr_receiver_get_stats (classroom->receiver, &media);
    add_media (&stats->media, &media);
    stats->media.delay_p50_ms = media.delay_p50_ms;
    stats->media.delay_p99_ms = media.delay_p99_ms;
    if (media.first_packet_us != 0)
      stats->first_packet_us = media.first_packet_us - classroom->posted_us;
    if (media.first_keyframe_us != 0)
      stats->first_keyframe_us = media.first_keyframe_us - classroom->posted_us;
  }
  if (classroom->player != NULL) {
    CrClassroomPipelineStats decoded;

    cr_classroom_pipeline_get_stats (classroom->player, &decoded);
    add_decoded (&stats->decoded, &decoded);
    stats->decoded.av_offset_ms = decoded.av_offset_ms;
    stats->decoded.av_worst_ms = decoded.av_worst_ms;
    stats->decoded.av_capture_offset_ms = decoded.av_capture_offset_ms;
    stats->decoded.av_capture_worst_ms = decoded.av_capture_worst_ms;
  }
}
