/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-feed: publishes a trace by WHIP until it is told to stop, the same to every relay that is measured,
 * to one lesson or to many at different places of the trace. Packets leave when the browser's left, a burst
 * in one system call. It answers PLI and FIR with a keyframe, sends sender reports, and says `flowing` when
 * media flows to every lesson.
 */
#include "http-client.h"
#include "light-peer.h"
#include "trace.h"

#include "base/clock.h"
#include "rtc/rtcp-out.h"

#include <glib-unix.h>
#include <gst/gst.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#define PT_VIDEO   102
#define PT_VOICE   111
#define SSRC_VIDEO 0x0b0e0001u
#define SSRC_VOICE 0x0b0e0002u

#define EXT_TWCC 3
#define EXT_MID  4
/* Fixed header, extension header, one byte of MID, two of TWCC, each behind a byte of id, padded. */
#define HEADER_BYTES (12 + 4 + 8)

/* Packets that the browser sent this close together left it in one system call. */
#define SAME_CALL_US 30

#define RTCP_PSFB    206
#define PSFB_PLI     1
#define PSFB_FIR     4
#define SECONDS_1900 G_GINT64_CONSTANT (2208988800)

/* What publications share. */
typedef struct {
  GMainLoop *main;
  CrHttpClient *http;
  CrLightLoop *loop;
  CrDtlsIdentity *identity;
  CrTrace *trace;
  gboolean voice_only;
  guint n_lessons, n_flowing;
  int status;
} Shared;

/* One publication. */
typedef struct {
  Shared *shared;
  CrLightPeer *peer;
  int plain_fds[2]; /* without a peer: where voice and picture go */
  CrTracePlayer player;
  gint64 next_us; /* when the next packet of the trace is due, monotonic */
  int timer_fd;
  guint16 twcc_seq;
  guint32 packets[2], octets[2];
} Feed;

static gint64
wall_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static void
write_u16 (guint8 *at, guint16 value)
{
  at[0] = (guint8)(value >> 8);
  at[1] = (guint8)value;
}

static void
write_u32 (guint8 *at, guint32 value)
{
  write_u16 (at, (guint16)(value >> 16));
  write_u16 (at + 2, (guint16)value);
}

static void
write_header (Feed *feed, const CrTracePacket *packet, guint8 *header)
{
  gboolean video = packet->is_video;

  memset (header, 0, HEADER_BYTES);
  header[0] = 0x90;
  header[1] = (guint8)((packet->marker ? 0x80 : 0) | (video ? PT_VIDEO : PT_VOICE));
  write_u16 (header + 2, (guint16)(video ? feed->player.video_seq : feed->player.audio_seq));
  write_u32 (header + 4, video ? feed->player.video_rtp : feed->player.audio_rtp);
  write_u32 (header + 8, video ? SSRC_VIDEO : SSRC_VOICE);
  write_u32 (header + 12, 0xBEDE0002);
  header[16] = EXT_MID << 4;
  header[17] = video ? '1' : '0';
  header[18] = EXT_TWCC << 4 | 1;
  write_u16 (header + 19, ++feed->twcc_seq);
}

static gboolean
send_plain (Feed *feed, gboolean is_video, const CrSrtpParts *parts)
{
  struct iovec io[] = {{(void *)parts->header, parts->header_bytes},
                       {(void *)parts->payload, parts->payload_bytes}};

  return writev (feed->plain_fds[is_video], io, G_N_ELEMENTS (io)) > 0;
}

static void
send_next (Feed *feed)
{
  guint8 header[HEADER_BYTES], payload[CR_TRACE_MAX_PAYLOAD];
  const CrTracePacket *packet = cr_trace_play (feed->shared->trace, &feed->player, wall_ns (), payload);
  CrSrtpParts parts = {.header = header,
                       .header_bytes = HEADER_BYTES,
                       .payload = payload,
                       .payload_bytes = packet->payload_bytes,
                       .index = packet->is_video ? feed->player.video_seq : feed->player.audio_seq};

  if (packet->is_video && feed->shared->voice_only)
    return;
  write_header (feed, packet, header);
  if (feed->peer == NULL ? send_plain (feed, packet->is_video, &parts)
                         : cr_light_peer_send_rtp (feed->peer, &parts)) {
    feed->packets[packet->is_video]++;
    feed->octets[packet->is_video] += packet->payload_bytes;
  }
}

static const CrTracePacket *
peek_next (const Feed *feed)
{
  return &g_array_index (feed->shared->trace->packets, CrTracePacket, feed->player.next);
}

static void
arm (Feed *feed)
{
  struct itimerspec at = {
      .it_value = {feed->next_us / G_USEC_PER_SEC, feed->next_us % G_USEC_PER_SEC * 1000}};

  timerfd_settime (feed->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static gboolean
on_due (gint fd, GIOCondition condition, gpointer data)
{
  Feed *feed = data;
  guint64 expirations;

  if (read (fd, &expirations, sizeof expirations) < 0)
    return G_SOURCE_CONTINUE;
  if (feed->peer != NULL)
    cr_light_peer_cork (feed->peer);
  while (feed->next_us <= g_get_monotonic_time () + SAME_CALL_US) {
    send_next (feed);
    feed->next_us += peek_next (feed)->after_us;
  }
  if (feed->peer != NULL)
    cr_light_peer_uncork (feed->peer);
  arm (feed);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_report_due (gpointer data)
{
  Feed *feed = data;
  gint64 wall_us = g_get_real_time ();
  CrRtcpWriter writer;

  cr_rtcp_writer_begin (&writer);
  for (guint i = 0; i < 2; i++) {
    cr_rtcp_writer_add_sender_report (
        &writer, i == 1 ? SSRC_VIDEO : SSRC_VOICE, cr_clock_ntp_from_wall_us (wall_us),
        i == 1 ? feed->player.video_rtp : feed->player.audio_rtp, feed->packets[i], feed->octets[i]);
    cr_rtcp_writer_add_cname (&writer, i == 1 ? SSRC_VIDEO : SSRC_VOICE, "feed");
  }
  cr_light_peer_send_rtcp (feed->peer, writer.data, cr_rtcp_writer_end (&writer));
  return G_SOURCE_CONTINUE;
}

static void
begin (Feed *feed)
{
  Shared *shared = feed->shared;

  feed->player.keyframe_wanted = TRUE;
  feed->next_us = g_get_monotonic_time ();
  feed->timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  g_unix_fd_add_full (G_PRIORITY_HIGH, feed->timer_fd, G_IO_IN, on_due, feed, NULL);
  arm (feed);
  if (++shared->n_flowing < shared->n_lessons)
    return;
  g_print ("flowing\n");
  fflush (stdout);
}

static void
on_connected (CrLightPeer *peer, gpointer data)
{
  begin (data);
  g_timeout_add (1000, on_report_due, data);
}

static void
on_rtcp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  Feed *feed = data;

  for (gsize at = 0; at + 4 <= length_bytes;) {
    guint format = packet[at] & 0x1f;

    if (packet[at + 1] == RTCP_PSFB && (format == PSFB_PLI || format == PSFB_FIR))
      feed->player.keyframe_wanted = TRUE;
    at += 4 * (1 + ((gsize)packet[at + 2] << 8 | packet[at + 3]));
  }
}

static void
stop (Feed *feed, const gchar *why)
{
  g_printerr ("bench-feed: %s\n", why);
  feed->shared->status = 1;
  g_main_loop_quit (feed->shared->main);
}

static void
on_closed (CrLightPeer *peer, CrLightEnd end, gpointer data)
{
  stop (data, "the relay has let go of the publisher");
}

static void
on_answer (const CrHttpReply *reply, gpointer data)
{
  Feed *feed = data;
  g_autoptr (GError) error = NULL;

  if (reply->status != 201)
    stop (feed, reply->failure != NULL ? reply->failure : reply->body);
  else if (!cr_light_peer_start (feed->peer, reply->body, &error))
    stop (feed, error->message);
}

/* What Chromium's offer says of one camera and one microphone, but one codec each. */
static gchar *
write_offer (CrLightPeer *peer)
{
  g_autofree gchar *transport = g_strdup_printf (
      "c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n"
      "a=ice-options:trickle\r\na=fingerprint:sha-256 %s\r\na=setup:actpass\r\n"
      "a=extmap:%d http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
      "a=extmap:%d urn:ietf:params:rtp-hdrext:sdes:mid\r\na=sendonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\n",
      cr_light_peer_get_ufrag (peer), cr_light_peer_get_password (peer), cr_light_peer_get_fingerprint (peer),
      EXT_TWCC, EXT_MID);

  return g_strdup_printf (
      "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
      "a=msid-semantic: WMS feed\r\n"
      "m=audio 9 UDP/TLS/RTP/SAVPF %d\r\n%sa=mid:0\r\na=msid:feed voice\r\na=rtpmap:%d opus/48000/2\r\n"
      "a=rtcp-fb:%d transport-cc\r\na=fmtp:%d minptime=10;useinbandfec=1\r\na=ssrc:%u cname:feed\r\n"
      "m=video 9 UDP/TLS/RTP/SAVPF %d\r\n%sa=mid:1\r\na=msid:feed camera\r\na=rtpmap:%d H264/90000\r\n"
      "a=rtcp-fb:%d goog-remb\r\na=rtcp-fb:%d transport-cc\r\na=rtcp-fb:%d ccm fir\r\na=rtcp-fb:%d nack\r\n"
      "a=rtcp-fb:%d nack pli\r\n"
      "a=fmtp:%d level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"
      "a=ssrc:%u cname:feed\r\n",
      PT_VOICE, transport, PT_VOICE, PT_VOICE, PT_VOICE, SSRC_VOICE, PT_VIDEO, transport, PT_VIDEO, PT_VIDEO,
      PT_VIDEO, PT_VIDEO, PT_VIDEO, PT_VIDEO, PT_VIDEO, SSRC_VIDEO);
}

static gboolean
on_signal (gpointer data)
{
  g_main_loop_quit (((Shared *)data)->main);
  return G_SOURCE_REMOVE;
}

static void
publish (Feed *feed, guint number, const gchar *path, const gchar *token)
{
  static const CrLightPeerHandler handler = {
      .on_connected = on_connected, .on_rtcp = on_rtcp, .on_closed = on_closed};
  Shared *shared = feed->shared;
  g_autofree gchar *own_path = cr_bench_for_lesson (path, number);
  g_autofree gchar *own_token = token != NULL ? cr_bench_for_lesson (token, number) : NULL;
  g_autofree gchar *offer = NULL;

  feed->player.next = shared->trace->packets->len / shared->n_lessons * number;
  feed->peer = cr_light_peer_new (shared->loop, shared->identity, &handler, feed);
  offer = write_offer (feed->peer);
  cr_http_client_send (shared->http, "POST", own_path, own_token, "application/sdp", offer, NULL, on_answer,
                       feed);
}

/* To `to`, an IPv4 address and a port: the voice there, the picture two ports above. */
static gboolean
begin_plain (Feed *feed, const gchar *to, GError **error)
{
  g_autoptr (GSocketConnectable) address = g_network_address_parse (to, 0, error);

  for (guint i = 0; address != NULL && i < 2; i++) {
    GNetworkAddress *host = G_NETWORK_ADDRESS (address);
    g_autoptr (GInetAddress) ip = g_inet_address_new_from_string (g_network_address_get_hostname (host));
    g_autoptr (GSocketAddress) target =
        ip != NULL ? g_inet_socket_address_new (ip, (guint16)(g_network_address_get_port (host) + 2 * i))
                   : NULL;
    struct sockaddr_storage native;
    gssize length = target != NULL ? g_socket_address_get_native_size (target) : -1;

    if (length < 0 || !g_socket_address_to_native (target, &native, sizeof native, error))
      return FALSE;
    feed->plain_fds[i] = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (connect (feed->plain_fds[i], (struct sockaddr *)&native, (socklen_t)length) != 0)
      return FALSE;
  }
  if (address != NULL)
    begin (feed);
  return address != NULL;
}

static int
run (Shared *shared, const gchar *path, const gchar *token, const gchar *plain)
{
  g_autofree Feed *feeds = g_new0 (Feed, shared->n_lessons);

  for (guint i = 0; i < shared->n_lessons; i++) {
    feeds[i].shared = shared;
    if (plain == NULL)
      publish (&feeds[i], i, path, token);
    else if (!begin_plain (&feeds[i], plain, NULL))
      return 1;
  }
  g_unix_signal_add (SIGTERM, on_signal, shared);
  g_unix_signal_add (SIGINT, on_signal, shared);
  g_main_loop_run (shared->main);
  for (guint i = 0; i < shared->n_lessons; i++)
    g_clear_pointer (&feeds[i].peer, cr_light_peer_free);
  return shared->status;
}

int
main (int argc, char **argv)
{
  g_autofree gchar *trace_path = NULL, *url = NULL, *path = NULL, *token = NULL, *plain = NULL;
  gboolean counter_mode = FALSE, voice_only = FALSE;
  gint n_lessons = 1;
  const GOptionEntry entries[] = {
      {"trace", 0, 0, G_OPTION_ARG_FILENAME, &trace_path, "The trace to play", "FILE"},
      {"url", 0, 0, G_OPTION_ARG_STRING, &url, "The relay", "URL"},
      {"path", 0, 0, G_OPTION_ARG_STRING, &path, "Its WHIP endpoint; {n} is the lesson's number", "PATH"},
      {"token", 0, 0, G_OPTION_ARG_STRING, &token, "Bearer token; {n} the same", "TOKEN"},
      {"lessons", 0, 0, G_OPTION_ARG_INT, &n_lessons, "How many lessons", "N"},
      {"voice-only", 0, 0, G_OPTION_ARG_NONE, &voice_only, "Leave out the picture", NULL},
      {"plain", 0, 0, G_OPTION_ARG_STRING, &plain,
       "Plain RTP there instead: the voice, the picture two ports above", "IPV4:PORT"},
      {"counter-mode", 0, 0, G_OPTION_ARG_NONE, &counter_mode, "AES-CM instead of AES-GCM", NULL},
      {NULL}};
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrTrace) trace = NULL;
  g_autoptr (CrHttpClient) http = NULL;
  g_autoptr (CrDtlsIdentity) identity = NULL;
  g_autoptr (GMainLoop) main = g_main_loop_new (NULL, FALSE);
  g_autoptr (CrLightLoop) loop = NULL;

  gst_init (NULL, NULL);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || trace_path == NULL || url == NULL ||
      path == NULL || n_lessons < 1) {
    g_printerr ("bench-feed: %s\n", error != NULL ? error->message : "--trace, --url and --path are needed");
    return 1;
  }
  trace = cr_trace_load (trace_path, &error);
  http = trace != NULL ? cr_http_client_new (url, &error) : NULL;
  identity = http != NULL ? cr_dtls_identity_new (&error) : NULL;
  if (identity == NULL) {
    g_printerr ("bench-feed: %s\n", error->message);
    return 1;
  }
  if (counter_mode)
    cr_dtls_identity_restrict_profile (identity, CR_SRTP_AES128_CM_SHA1_80);
  loop = cr_light_loop_new (NULL);
  return run (&(Shared){.main = main,
                        .http = http,
                        .loop = loop,
                        .identity = identity,
                        .trace = trace,
                        .voice_only = voice_only,
                        .n_lessons = (guint)n_lessons},
              path, token, plain);
}
