/* SPDX-License-Identifier: Apache-2.0
 *
 *   idle -> waiting -> posting -> connecting -> connected
 *              ^________ any failure, after a pause ____|
 *
 * While connected one timer of the loop sends whatever is due of the three streams.
 */
#include "talkback.h"

#include "offer.h"
#include "retry.h"
#include "rtc/rtcp-in.h"
#include "rtc/rtcp-out.h"
#include "talk-stream.h"

/* As for watching: more than a bad line needs, less than a teacher's patience. */
#define CONNECT_TIMEOUT_US (10 * G_USEC_PER_SEC)

/* The relay reports every second, and may wait five (RFC 3550 section 6.2). */
#define SILENCE_US (10 * G_USEC_PER_SEC)

#define REPORT_INTERVAL_US G_USEC_PER_SEC

/* With 18 classrooms a hand goes up every few seconds, and two or three are up at any time. */
#define HAND_DOWN_MIN_S 40
#define HAND_DOWN_MAX_S 160
#define HAND_UP_MIN_S   8
#define HAND_UP_MAX_S   25

/* From 1900, where NTP counts from, to 1970. */
#define NTP_UNIX_OFFSET_S G_GUINT64_CONSTANT (2208988800)

typedef enum { IDLE, WAITING, POSTING, CONNECTING, CONNECTED } State;
enum { SMALL, LARGE, VOICE, N_STREAMS };

struct CrTalkback {
  CrTalkbackConfig config;
  GRand *chance;
  State state;
  CrRetry retry;
  gint64 posted_us, heard_us;
  GCancellable *cancellable;
  gchar *location;
  CrLightPeer *peer;
  CrTalkStream *streams[N_STREAMS];
  gchar cname[17];
  CrTimer due;
  gint64 next_report_us;

  gboolean has_floor, muted;
  gboolean hand_is_up;
  gint64 next_hand_us; /* 0: not decided yet */

  CrTalkbackStats stats;
};

static void attempt (gpointer data);
static void on_due (CrTimer *timer, gint64 now_us, gpointer data);

CrTalkback *
cr_talkback_new (const CrTalkbackConfig *config)
{
  CrTalkback *talkback = g_new0 (CrTalkback, 1);

  talkback->config = *config;
  talkback->chance = g_rand_new_with_seed (config->seed);
  cr_retry_init (&talkback->retry, talkback->chance, attempt, talkback);
  talkback->cancellable = g_cancellable_new ();
  talkback->due.func = on_due;
  talkback->due.data = talkback;
  g_snprintf (talkback->cname, sizeof talkback->cname, "%08x%08x", g_rand_int (talkback->chance),
              g_rand_int (talkback->chance));
  return talkback;
}

static void
drop_session (CrTalkback *talkback)
{
  cr_retry_cancel (&talkback->retry);
  g_cancellable_cancel (talkback->cancellable);
  g_object_unref (talkback->cancellable);
  talkback->cancellable = g_cancellable_new ();
  cr_light_loop_disarm_timer (talkback->config.loop, &talkback->due);
  g_clear_pointer (&talkback->peer, cr_light_peer_free);
  for (guint i = 0; i < N_STREAMS; i++)
    g_clear_pointer (&talkback->streams[i], cr_talk_stream_free);
  g_clear_pointer (&talkback->location, g_free);
  talkback->state = IDLE;
}

void
cr_talkback_free (CrTalkback *talkback)
{
  drop_session (talkback);
  g_object_unref (talkback->cancellable);
  g_rand_free (talkback->chance);
  g_free (talkback);
}

void
cr_talkback_join (CrTalkback *talkback, guint delay_ms)
{
  drop_session (talkback);
  talkback->state = WAITING;
  cr_retry_after (&talkback->retry, delay_ms);
}

static void
retry (CrTalkback *talkback, guint retry_after_s)
{
  talkback->stats.failures++;
  drop_session (talkback);
  talkback->state = WAITING;
  cr_retry_failed (&talkback->retry, retry_after_s);
}

/* --- sending --- */

static void
run_if (CrTalkStream *stream, gboolean wanted, gint64 now_us)
{
  if (wanted)
    cr_talk_stream_start (stream, now_us);
  else
    cr_talk_stream_stop (stream);
}

static void
arm (CrTalkback *talkback)
{
  gint64 due_us = talkback->next_report_us;

  for (guint i = 0; i < N_STREAMS; i++)
    due_us = MIN (due_us, cr_talk_stream_get_due_us (talkback->streams[i]));
  cr_light_loop_arm_timer (talkback->config.loop, &talkback->due, due_us);
}

static void
follow_floor (CrTalkback *talkback)
{
  gint64 now_us = g_get_monotonic_time ();
  gboolean all = talkback->config.ignores_floor;

  if (talkback->state != CONNECTED)
    return;
  run_if (talkback->streams[SMALL], TRUE, now_us);
  run_if (talkback->streams[LARGE], all || talkback->has_floor, now_us);
  run_if (talkback->streams[VOICE], all || (talkback->has_floor && !talkback->muted), now_us);
  arm (talkback);
}

/* 32.32 fixed point (RFC 3550 section 4). */
static guint64
ntp_now (void)
{
  guint64 real_us = (guint64)g_get_real_time ();

  return (real_us / G_USEC_PER_SEC + NTP_UNIX_OFFSET_S) << 32 |
         ((real_us % G_USEC_PER_SEC) << 32) / G_USEC_PER_SEC;
}

static void
send_reports (CrTalkback *talkback, gint64 now_us)
{
  for (guint i = 0; i < N_STREAMS; i++) {
    guint32 ssrc = cr_talk_stream_get_ssrc (talkback->streams[i]);
    guint32 timestamp, packets, octets;
    CrRtcpWriter writer;
    gsize length_bytes;

    if (!cr_talk_stream_is_running (talkback->streams[i]) ||
        !cr_talk_stream_get_report (talkback->streams[i], now_us, &timestamp, &packets, &octets))
      continue;
    cr_rtcp_writer_begin (&writer);
    cr_rtcp_writer_add_sender_report (&writer, ssrc, ntp_now (), timestamp, packets, octets);
    cr_rtcp_writer_add_cname (&writer, ssrc, talkback->cname);
    length_bytes = cr_rtcp_writer_end (&writer);
    (void)cr_light_peer_send_rtcp (talkback->peer, writer.data, length_bytes);
  }
}

static void
on_due (CrTimer *timer, gint64 now_us, gpointer data)
{
  CrTalkback *talkback = data;
  CrSrtpParts parts;

  cr_light_peer_cork (talkback->peer);
  for (guint i = 0; i < N_STREAMS; i++) {
    while (cr_talk_stream_take (talkback->streams[i], now_us, &parts))
      (void)cr_light_peer_send_rtp (talkback->peer, &parts);
  }
  cr_light_peer_uncork (talkback->peer);
  if (now_us >= talkback->next_report_us) {
    send_reports (talkback, now_us);
    talkback->next_report_us = now_us + REPORT_INTERVAL_US;
  }
  arm (talkback);
}

/* --- what the relay asks --- */

static CrTalkStream *
find_stream (CrTalkback *talkback, guint32 ssrc)
{
  for (guint i = 0; i < N_STREAMS; i++) {
    if (cr_talk_stream_get_ssrc (talkback->streams[i]) == ssrc)
      return talkback->streams[i];
  }
  return NULL;
}

static void
on_nack (guint32 ssrc, guint16 pid, guint16 blp, gpointer user)
{
  CrTalkback *talkback = user;
  CrTalkStream *stream = find_stream (talkback, ssrc);
  guint32 asked = (guint32)blp << 1 | 1;

  for (guint i = 0; stream != NULL && i <= 16; i++) {
    CrSrtpParts parts;

    if (!(asked & 1u << i) || !cr_talk_stream_repeat (stream, (guint16)(pid + i), &parts))
      continue;
    (void)cr_light_peer_send_rtp (talkback->peer, &parts);
    talkback->stats.resends++;
  }
}

static void
on_pli (guint32 ssrc, gpointer user)
{
  CrTalkback *talkback = user;
  CrTalkStream *stream = find_stream (talkback, ssrc);

  if (stream == NULL)
    return;
  talkback->stats.plis++;
  cr_talk_stream_restart (stream);
}

static void
on_fir (guint32 ssrc, guint8 seq, gpointer user)
{
  on_pli (ssrc, user);
}

static void
on_rtcp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  const CrRtcpHandler handler = {.nack = on_nack, .pli = on_pli, .fir = on_fir};
  CrTalkback *talkback = data;

  talkback->heard_us = arrival_us;
  if (talkback->state == CONNECTED)
    (void)cr_rtcp_parse (packet, length_bytes, &handler, talkback);
}

/* --- the session --- */

static void
on_connected (CrLightPeer *peer, gpointer data)
{
  CrTalkback *talkback = data;

  talkback->state = CONNECTED;
  cr_retry_succeeded (&talkback->retry);
  talkback->stats.joins++;
  talkback->heard_us = g_get_monotonic_time ();
  talkback->next_report_us = talkback->heard_us;
  follow_floor (talkback);
}

static void
on_closed (CrLightPeer *peer, CrLightEnd end, gpointer data)
{
  retry (data, 0);
}

static const CrLightPeerHandler peer_handler = {
    .on_connected = on_connected, .on_rtcp = on_rtcp, .on_closed = on_closed};

static void
make_stream (CrTalkback *talkback, guint index, const CrTalkLoop *loop, const CrAnswerLine *line,
             const gchar *rid)
{
  CrTalkStreamConfig config = {.loop = loop, .extensions = line->extensions, .mid = line->mid, .rid = rid};

  for (guint i = 0; i < G_N_ELEMENTS (line->codecs); i++) {
    if (line->codecs[i] == loop->codec)
      config.payload_type = (guint8)i;
  }
  talkback->streams[index] = cr_talk_stream_new (&config, talkback->chance, g_get_monotonic_time ());
}

/* FALSE when the relay takes not all that was offered. `answer` is that of cr_offer_write_talkback(). */
static gboolean
make_streams (CrTalkback *talkback, const CrAnswer *answer)
{
  const CrAnswerLine *video = NULL, *voice = NULL;

  for (guint i = 0; i < answer->n_lines; i++) {
    if (answer->lines[i].accepted && answer->lines[i].kind == CR_MEDIA_VIDEO)
      video = &answer->lines[i];
    else if (answer->lines[i].accepted)
      voice = &answer->lines[i];
  }
  if (video == NULL || voice == NULL || video->extensions.rid == 0)
    return FALSE;
  make_stream (talkback, SMALL, talkback->config.small, video, CR_OFFER_RID_SMALL);
  make_stream (talkback, LARGE, talkback->config.large, video, CR_OFFER_RID_LARGE);
  make_stream (talkback, VOICE, talkback->config.tone, voice, NULL);
  return TRUE;
}

static void
on_answer (const CrHttpReply *reply, gpointer data)
{
  CrTalkback *talkback = data;
  g_autofree CrAnswer *answer = NULL;

  if (reply->status != 201) {
    retry (talkback, reply->retry_after_s);
    return;
  }
  talkback->location = g_strdup (reply->location);
  answer = cr_answer_parse (reply->body, NULL);
  if (answer == NULL || !make_streams (talkback, answer)) {
    retry (talkback, 0);
    return;
  }
  talkback->state = CONNECTING;
  if (!cr_light_peer_start (talkback->peer, reply->body, NULL))
    retry (talkback, 0);
}

static void
attempt (gpointer data)
{
  CrTalkback *talkback = data;
  g_autofree gchar *offer = NULL;
  CrOfferConfig config;

  talkback->posted_us = g_get_monotonic_time ();
  talkback->peer =
      cr_light_peer_new (talkback->config.loop, talkback->config.identity, &peer_handler, talkback);
  cr_light_peer_set_transport (talkback->peer, CR_LIGHT_UDP_OR_TCP);
  config = (CrOfferConfig){.only_codec = talkback->config.small->codec,
                           .ufrag = cr_light_peer_get_ufrag (talkback->peer),
                           .password = cr_light_peer_get_password (talkback->peer),
                           .fingerprint = cr_light_peer_get_fingerprint (talkback->peer)};
  offer = cr_offer_write_talkback (&config);
  talkback->state = POSTING;
  cr_http_client_send (talkback->config.http, "POST", talkback->config.path, talkback->config.token,
                       "application/sdp", offer, talkback->cancellable, on_answer, talkback);
}

void
cr_talkback_set_token (CrTalkback *talkback, const gchar *token)
{
  talkback->config.token = token;
}

void
cr_talkback_set_floor (CrTalkback *talkback, gboolean has_floor, gboolean muted)
{
  if (has_floor)
    talkback->hand_is_up = FALSE; /* whoever is called lowers it */
  talkback->has_floor = has_floor;
  talkback->muted = muted;
  follow_floor (talkback);
}

void
cr_talkback_leave (CrTalkback *talkback)
{
  if (talkback->peer != NULL)
    cr_light_peer_close (talkback->peer);
  if (talkback->location != NULL)
    cr_http_client_send (talkback->config.http, "DELETE", talkback->location, talkback->config.token, NULL,
                         NULL, NULL, NULL, NULL);
  drop_session (talkback);
}

static void
move_hand (CrTalkback *talkback, gint64 now_us)
{
  gint from_s = HAND_DOWN_MIN_S, to_s = HAND_DOWN_MAX_S;

  if (now_us < talkback->next_hand_us)
    return;
  if (talkback->next_hand_us == 0) { /* the first ones soon, so that something happens in a demo */
    from_s = 1;
  } else if (!talkback->has_floor) {
    talkback->hand_is_up = !talkback->hand_is_up;
    talkback->stats.hands += talkback->hand_is_up;
    cr_http_client_send (talkback->config.http, "POST", talkback->config.hand_path, talkback->config.token,
                         "application/json",
                         talkback->hand_is_up ? "{\"raised\":true}" : "{\"raised\":false}", NULL, NULL, NULL);
    if (talkback->hand_is_up) {
      from_s = HAND_UP_MIN_S;
      to_s = HAND_UP_MAX_S;
    }
  }
  talkback->next_hand_us =
      now_us + (gint64)(g_rand_double_range (talkback->chance, from_s, to_s) * G_USEC_PER_SEC);
}

void
cr_talkback_tick (CrTalkback *talkback, gint64 now_us)
{
  if (talkback->state == CONNECTING && now_us - talkback->posted_us > CONNECT_TIMEOUT_US) {
    retry (talkback, 0);
    return;
  }
  if (talkback->state != CONNECTED)
    return;
  if (now_us - talkback->heard_us > SILENCE_US) {
    retry (talkback, 0);
    return;
  }
  if (talkback->config.hand_path != NULL)
    move_hand (talkback, now_us);
}

void
cr_talkback_get_stats (CrTalkback *talkback, CrTalkbackStats *stats)
{
  *stats = talkback->stats;
  stats->connected = talkback->state == CONNECTED;
}
