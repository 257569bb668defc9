/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds RTP packets byte by byte for tests, independently of the code that reads them.
 */
#pragma once

#include <glib.h>
#include <string.h>

typedef struct {
  guint8 data[1500];
  gsize length_bytes;
} TestRtp;

static inline void
test_rtp_append (TestRtp *rtp, const void *data, gsize length_bytes)
{
  g_assert_cmpuint (rtp->length_bytes + length_bytes, <=, sizeof rtp->data);
  if (length_bytes > 0)
    memcpy (rtp->data + rtp->length_bytes, data, length_bytes);
  rtp->length_bytes += length_bytes;
}

static inline void
test_rtp_begin (TestRtp *rtp, guint8 payload_type, guint16 seq, guint32 timestamp_rtp, guint32 ssrc)
{
  guint8 header[12] = {0x80,
                       payload_type,
                       (guint8)(seq >> 8),
                       (guint8)seq,
                       (guint8)(timestamp_rtp >> 24),
                       (guint8)(timestamp_rtp >> 16),
                       (guint8)(timestamp_rtp >> 8),
                       (guint8)timestamp_rtp,
                       (guint8)(ssrc >> 24),
                       (guint8)(ssrc >> 16),
                       (guint8)(ssrc >> 8),
                       (guint8)ssrc};

  rtp->length_bytes = 0;
  test_rtp_append (rtp, header, sizeof header);
}

/* One one-byte extension element (RFC 8285 section 4.2); call for each before any payload. */
static inline void
test_rtp_add_extension (TestRtp *rtp, guint8 id, const void *value, gsize value_bytes)
{
  guint8 head = (guint8)(id << 4 | (value_bytes - 1));
  guint words;

  if ((rtp->data[0] & 0x10) == 0) {
    rtp->data[0] |= 0x10;
    test_rtp_append (rtp, "\xbe\xde\0\0", 4);
  }
  test_rtp_append (rtp, &head, 1);
  test_rtp_append (rtp, value, value_bytes);
  while (rtp->length_bytes % 4 != 0)
    test_rtp_append (rtp, "", 1);
  words = (guint)(rtp->length_bytes - 16) / 4;
  rtp->data[14] = (guint8)(words >> 8);
  rtp->data[15] = (guint8)words;
}

static inline void
test_rtp_add_padding (TestRtp *rtp, guint8 padding_bytes)
{
  guint8 padding[255] = {0};

  padding[padding_bytes - 1] = padding_bytes;
  rtp->data[0] |= 0x20;
  test_rtp_append (rtp, padding, padding_bytes);
}
