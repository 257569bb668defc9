/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames over a socket pair: cut at every place, oversized, empty, more than the reader takes.
 */
#include "rtc/tcp-link.h"

#include "rtc/media-types.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  CrTcpLink *link;
  int fd; /* the other side */
  GPtrArray *frames;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  CrAddress address = {0};
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
  fixture->link = cr_tcp_link_new (fds[0], &address, &address);
  fixture->fd = fds[1];
  fixture->frames = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  cr_tcp_link_free (fixture->link);
  if (fixture->fd >= 0)
    close (fixture->fd);
  g_ptr_array_unref (fixture->frames);
}

static void
on_frame (CrTcpLink *link, guint8 *frame, gsize length_bytes, gpointer data)
{
  static const guint8 zeros[8];

  g_assert_cmpmem (frame + length_bytes, 8, zeros, 8);
  g_ptr_array_add (data, g_bytes_new (frame, length_bytes));
  memset (frame, 0xee, length_bytes); /* it may be changed in place */
}

static void
append_frame (GByteArray *stream, guint8 fill, gsize length_bytes)
{
  guint8 header[2] = {length_bytes >> 8, length_bytes & 0xff};

  g_byte_array_append (stream, header, sizeof header);
  for (gsize i = 0; i < length_bytes; i++)
    g_byte_array_append (stream, &fill, 1);
}

static void
assert_frame (Fixture *fixture, guint i, guint8 fill, gsize length_bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (g_ptr_array_index (fixture->frames, i), &length);

  g_assert_cmpuint (length, ==, length_bytes);
  for (gsize k = 0; k < length; k++)
    g_assert_cmpuint (data[k], ==, fill);
}

static void
test_cut_anywhere (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();

  append_frame (stream, 0xff, 20); /* what follows a frame must not show in its zero bytes */
  append_frame (stream, 0xfe, 300);
  append_frame (stream, 0, 0); /* empty: legal, not delivered */
  append_frame (stream, 0xfd, 1);
  for (guint piece = 1; piece <= stream->len; piece++) {
    g_ptr_array_set_size (fixture->frames, 0);
    for (guint at = 0; at < stream->len; at += piece) {
      gsize n = MIN (piece, stream->len - at);

      g_assert_cmpint (send (fixture->fd, stream->data + at, n, 0), ==, n);
      g_assert_true (cr_tcp_link_read (fixture->link, on_frame, fixture->frames));
    }
    g_assert_cmpuint (fixture->frames->len, ==, 3);
    assert_frame (fixture, 0, 0xff, 20);
    assert_frame (fixture, 1, 0xfe, 300);
    assert_frame (fixture, 2, 0xfd, 1);
  }
}

static void
test_oversized_is_skipped (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  gsize sent = 0;

  append_frame (stream, 1, CR_MAX_DATAGRAM_BYTES);
  append_frame (stream, 2, CR_MAX_DATAGRAM_BYTES + 1);
  append_frame (stream, 3, 65535);
  append_frame (stream, 4, 50);
  while (sent < stream->len) {
    gssize n = send (fixture->fd, stream->data + sent, stream->len - sent, 0);

    g_assert_true (n > 0 || errno == EAGAIN);
    sent += MAX (n, 0);
    g_assert_true (cr_tcp_link_read (fixture->link, on_frame, fixture->frames));
  }
  while (fixture->frames->len < 2)
    g_assert_true (cr_tcp_link_read (fixture->link, on_frame, fixture->frames));
  assert_frame (fixture, 0, 1, CR_MAX_DATAGRAM_BYTES);
  assert_frame (fixture, 1, 4, 50);
}

static void
test_end (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();

  append_frame (stream, 1, 30);
  g_assert_cmpint (send (fixture->fd, stream->data, stream->len - 1, 0), ==, stream->len - 1);
  close (fixture->fd);
  fixture->fd = -1;
  while (cr_tcp_link_read (fixture->link, on_frame, fixture->frames))
    continue;
  g_assert_cmpuint (fixture->frames->len, ==, 0);
  g_assert_false (cr_tcp_link_send (fixture->link, stream->data, 10));
  g_assert_false (cr_tcp_link_wants_write (fixture->link));
}

static void
on_queued (CrTcpLink *link, gpointer data)
{
  (*(guint *)data)++;
}

/* Reads what the link has written and takes it apart with a second link. */
static void
read_other_side (Fixture *fixture, CrTcpLink *reader)
{
  g_assert_true (cr_tcp_link_write (fixture->link));
  g_assert_true (cr_tcp_link_read (reader, on_frame, fixture->frames));
}

static void
test_slow_reader_loses_whole_frames (Fixture *fixture, gconstpointer data)
{
  CrAddress address = {0};
  CrTcpLink *reader = cr_tcp_link_new (fixture->fd, &address, &address);
  guint8 frame[1200];
  guint n_accepted = 0, n_dropped = 0, n_queued = 0;

  fixture->fd = -1;
  cr_tcp_link_set_queued_func (fixture->link, on_queued, &n_queued);
  for (guint i = 0; i < 2000; i++) {
    memset (frame, i & 0xff, sizeof frame);
    if (cr_tcp_link_send (fixture->link, frame, 100 + i % 1100))
      n_accepted++;
    else
      n_dropped++;
    g_assert_true (cr_tcp_link_write (fixture->link));
  }
  g_assert_cmpuint (n_dropped, >, 0);
  g_assert_cmpuint (n_queued, >, 0);
  g_assert_true (cr_tcp_link_wants_write (fixture->link));

  while (fixture->frames->len < n_accepted)
    read_other_side (fixture, reader);
  g_assert_false (cr_tcp_link_wants_write (fixture->link));
  for (guint i = 0; i < n_accepted; i++) {
    gsize length;
    const guint8 *bytes = g_bytes_get_data (g_ptr_array_index (fixture->frames, i), &length);

    g_assert_cmpuint (bytes[0], ==, bytes[length - 1]);
  }

  /* It takes frames again when it has caught up. */
  g_assert_true (cr_tcp_link_send (fixture->link, frame, 10));
  read_other_side (fixture, reader);
  g_assert_cmpuint (fixture->frames->len, ==, n_accepted + 1);
  cr_tcp_link_free (reader);
}

static void
test_write_to_a_closed_connection (Fixture *fixture, gconstpointer data)
{
  guint8 frame[100] = {0};

  close (fixture->fd);
  fixture->fd = -1;
  g_assert_true (cr_tcp_link_send (fixture->link, frame, sizeof frame));
  g_assert_false (cr_tcp_link_write (fixture->link)); /* and no SIGPIPE */
  g_assert_false (cr_tcp_link_send (fixture->link, frame, sizeof frame));
}

static void
send_packet (Fixture *fixture, guint8 second_byte, guint8 ssrc, guint8 fill, gsize length_bytes)
{
  guint8 packet[1200];

  memset (packet, fill, sizeof packet);
  packet[0] = 0x80;
  packet[1] = second_byte;
  memset (packet + 8, ssrc, 4);
  g_assert_true (cr_tcp_link_send (fixture->link, packet, length_bytes));
}

/* Reads all there is, frame by frame: how many packets of each SSRC, and how many reports. */
static void
drain (Fixture *fixture, guint n_of[256], guint *n_reports)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  guint8 buffer[4096];
  gssize got;

  do {
    g_assert_true (cr_tcp_link_write (fixture->link));
    got = read (fixture->fd, buffer, sizeof buffer);
    if (got > 0)
      g_byte_array_append (stream, buffer, (guint)got);
  } while (got > 0 || cr_tcp_link_wants_write (fixture->link));
  for (gsize at = 0, bytes; at < stream->len; at += 2 + bytes) {
    const guint8 *frame = stream->data + at + 2;

    bytes = (gsize)stream->data[at] << 8 | stream->data[at + 1];
    g_assert_cmpuint (at + 2 + bytes, <=, stream->len);
    g_assert_cmphex (frame[0], ==, 0x80);
    g_assert_cmphex (frame[bytes - 1], ==, (guint8)bytes); /* whole, and its own */
    *n_reports += frame[1] == 200;
    n_of[frame[8]] += frame[1] != 200;
  }
}

/* The line takes nothing: what waits of one SSRC goes, all else stays, a frame begun is finished. */
static void
test_discard_rtp (Fixture *fixture, gconstpointer data)
{
  int bytes = 4096;

  g_assert_no_errno (
      setsockopt (cr_tcp_link_get_fd (fixture->link), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes));
  for (guint round = 0; round < 20; round++) {
    guint n_of[256] = {0}, n_reports = 0;

    cr_tcp_link_discard_rtp (fixture->link, 0x02020202); /* from an empty queue */
    for (guint i = 0; i < 60; i++) {
      gsize length_bytes = 700 + (i * 37 + round * 11) % 400;

      send_packet (fixture, i % 10 == 9 ? 200 : 96, (guint8)(1 + i % 3), (guint8)length_bytes, length_bytes);
      if (i == 30)
        g_assert_true (cr_tcp_link_write (fixture->link));
    }
    g_assert_true (cr_tcp_link_wants_write (fixture->link));
    cr_tcp_link_discard_rtp (fixture->link, 0x02020202);
    drain (fixture, n_of, &n_reports);
    g_assert_cmpuint (n_of[1], ==, 18);
    g_assert_cmpuint (n_of[3], ==, 18);
    g_assert_cmpuint (n_reports, ==, 6);
    g_assert_cmpuint (n_of[2], >, 0);
    g_assert_cmpuint (n_of[2], <, 9); /* half of it had not been written at all */
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/tcp-link/cut-anywhere", Fixture, NULL, set_up, test_cut_anywhere, tear_down);
  g_test_add ("/tcp-link/oversized-is-skipped", Fixture, NULL, set_up, test_oversized_is_skipped, tear_down);
  g_test_add ("/tcp-link/discard-rtp", Fixture, NULL, set_up, test_discard_rtp, tear_down);
  g_test_add ("/tcp-link/end", Fixture, NULL, set_up, test_end, tear_down);
  g_test_add ("/tcp-link/slow-reader", Fixture, NULL, set_up, test_slow_reader_loses_whole_frames, tear_down);
  g_test_add ("/tcp-link/write-to-a-closed-connection", Fixture, NULL, set_up,
              test_write_to_a_closed_connection, tear_down);
  return g_test_run ();
}
