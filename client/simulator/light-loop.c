/* SPDX-License-Identifier: Apache-2.0
 *
 * One GSource over one epoll, as the relay's worker has: with hundreds of peers an idle client costs nothing,
 * and what it measures is the relay. Datagrams that the relay sent in one UDP_SEGMENT message are received in
 * one call where the kernel can (UDP_GRO).
 */
#include "light-internal.h"

#include "rtc/counter.h"

#include <errno.h>
#include <string.h>
#include <netinet/udp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_EVENTS       128
#define MAX_READS        16 /* of one socket in one turn, so that no peer starves the others */
#define RECEIVE_BYTES    65536
#define READABLE_PADDING 8 /* as the relay's receive slots have */

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

typedef struct {
  GSource source;
  CrLightLoop *loop;
} LoopSource;

struct CrLightLoop {
  int epoll_fd;
  GSource *source;
  CrTimerHeap *timers;
  StunAgent stun;
  CrLightLoopStats stats;
  gint64 now_us;
  gboolean dispatching;
  gint64 stamp_ns;

  struct epoll_event events[MAX_EVENTS]; /* of the turn; an unwatched one is blanked */
  int n_events;
  guint8 buffer[RECEIVE_BYTES + READABLE_PADDING];
};

static void
set_ready_time (CrLightLoop *loop)
{
  gint64 next_us = cr_timer_heap_next_us (loop->timers);

  g_source_set_ready_time (loop->source, next_us == G_MAXINT64 ? -1 : next_us);
}

static gboolean
take_turn (GSource *source, GSourceFunc callback, gpointer data)
{
  CrLightLoop *loop = ((LoopSource *)source)->loop;

  loop->dispatching = TRUE;
  loop->now_us = g_get_monotonic_time ();
  loop->n_events = epoll_wait (loop->epoll_fd, loop->events, MAX_EVENTS, 0);
  for (int i = 0; i < loop->n_events; i++) {
    CrLightWatch *watch = loop->events[i].data.ptr;

    if (watch != NULL)
      watch->func (watch, loop->events[i].events, watch->data);
  }
  loop->n_events = 0;
  cr_timer_heap_run (loop->timers, loop->now_us);
  loop->dispatching = FALSE;
  set_ready_time (loop);
  return G_SOURCE_CONTINUE;
}

CrLightLoop *
cr_light_loop_new (GMainContext *context)
{
  static GSourceFuncs funcs = {.dispatch = take_turn};
  static const uint16_t known_attributes[] = {STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
                                              STUN_ATTRIBUTE_PRIORITY, STUN_ATTRIBUTE_USE_CANDIDATE, 0};
  CrLightLoop *loop = g_new0 (CrLightLoop, 1);

  loop->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (loop->epoll_fd < 0)
    g_error ("no epoll: %s", g_strerror (errno));
  loop->timers = cr_timer_heap_new ();
  loop->now_us = g_get_monotonic_time ();
  stun_agent_init (&loop->stun, known_attributes, STUN_COMPATIBILITY_RFC5389,
                   STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
  loop->source = g_source_new (&funcs, sizeof (LoopSource));
  ((LoopSource *)loop->source)->loop = loop;
  g_source_set_name (loop->source, "light-peers");
  g_source_add_unix_fd (loop->source, loop->epoll_fd, G_IO_IN);
  g_source_attach (loop->source, context);
  return loop;
}

void
cr_light_loop_free (CrLightLoop *loop)
{
  if (loop == NULL)
    return;
  g_source_destroy (loop->source);
  g_source_unref (loop->source);
  cr_timer_heap_free (loop->timers);
  close (loop->epoll_fd);
  g_free (loop);
}

const CrLightLoopStats *
cr_light_loop_get_stats (CrLightLoop *loop)
{
  return &loop->stats;
}

CrLightLoopStats *
cr_light_loop_stats (CrLightLoop *loop)
{
  return &loop->stats;
}

StunAgent *
cr_light_loop_get_stun (CrLightLoop *loop)
{
  return &loop->stun;
}

gint64
cr_light_loop_now_us (CrLightLoop *loop)
{
  return loop->dispatching ? loop->now_us : g_get_monotonic_time ();
}

gint64
cr_light_loop_get_stamp_ns (CrLightLoop *loop)
{
  return loop->stamp_ns;
}

void
cr_light_loop_arm_timer (CrLightLoop *loop, CrTimer *timer, gint64 deadline_us)
{
  cr_timer_heap_arm (loop->timers, timer, deadline_us);
  if (!loop->dispatching)
    set_ready_time (loop);
}

void
cr_light_loop_disarm_timer (CrLightLoop *loop, CrTimer *timer)
{
  cr_timer_heap_disarm (loop->timers, timer);
}

gboolean
cr_light_loop_watch (CrLightLoop *loop, CrLightWatch *watch, int fd, guint32 events)
{
  struct epoll_event event = {.events = events, .data.ptr = watch};

  if (epoll_ctl (loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    return FALSE;
  watch->fd = fd;
  return TRUE;
}

void
cr_light_loop_change_watch (CrLightLoop *loop, CrLightWatch *watch, guint32 events)
{
  struct epoll_event event = {.events = events, .data.ptr = watch};

  if (watch->fd >= 0)
    epoll_ctl (loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void
cr_light_loop_unwatch (CrLightLoop *loop, CrLightWatch *watch)
{
  if (watch->fd < 0)
    return;
  epoll_ctl (loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
  watch->fd = -1;
  for (int i = 0; i < loop->n_events; i++) {
    if (loop->events[i].data.ptr == watch)
      loop->events[i].data.ptr = NULL;
  }
}

/* What came beside the data: the size of the datagrams in it (0: one), the kernel's count of those it lost on
 * this socket, when it came. */
static gsize
read_control (CrLightLoop *loop, struct msghdr *message, guint32 *dropped)
{
  gsize segment_bytes = 0;

  loop->stamp_ns = 0;
  for (struct cmsghdr *c = CMSG_FIRSTHDR (message); c != NULL; c = CMSG_NXTHDR (message, c)) {
    if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
      int size;

      memcpy (&size, CMSG_DATA (c), sizeof size);
      segment_bytes = (gsize)MAX (size, 0);
    } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
      guint32 total;

      memcpy (&total, CMSG_DATA (c), sizeof total);
      cr_counter_add (&loop->stats.kernel_receive_drops, total - *dropped);
      *dropped = total;
    } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
      struct timespec stamp;

      memcpy (&stamp, CMSG_DATA (c), sizeof stamp);
      loop->stamp_ns = stamp.tv_sec * G_GINT64_CONSTANT (1000000000) + stamp.tv_nsec;
    }
  }
  return segment_bytes;
}

/* Cuts what one call brought into datagrams. FALSE when `func` wants no more. */
static gboolean
hand_on (CrLightLoop *loop, gsize n, gsize segment_bytes, CrLightDatagramFunc func, gpointer data)
{
  for (gsize at = 0; at < n;) {
    gsize length_bytes = segment_bytes > 0 ? MIN (segment_bytes, n - at) : n;

    cr_counter_add (&loop->stats.datagrams_received, 1);
    cr_counter_add (&loop->stats.bytes_received, length_bytes);
    if (!func (loop->buffer + at, length_bytes, data))
      return FALSE;
    at += length_bytes;
  }
  return TRUE;
}

void
cr_light_loop_read_udp (CrLightLoop *loop, int fd, guint32 *dropped, CrLightDatagramFunc func, gpointer data)
{
  for (guint i = 0; i < MAX_READS; i++) {
    _Alignas(struct cmsghdr) guint8 control[CMSG_SPACE (sizeof (int)) + CMSG_SPACE (sizeof (guint32)) +
                                            CMSG_SPACE (sizeof (struct timespec))];
    struct iovec part = {loop->buffer, RECEIVE_BYTES};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    gssize n = recvmsg (fd, &message, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return;
    if (n < 0)
      continue; /* an ICMP error of something sent earlier; the next read goes on */
    if (!hand_on (loop, (gsize)n, read_control (loop, &message, dropped), func, data))
      return;
  }
}
