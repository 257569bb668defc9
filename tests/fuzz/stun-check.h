/* SPDX-License-Identifier: Apache-2.0
 *
 * Puts attributes of any shape into a binding request whose USERNAME, MESSAGE-INTEGRITY and FINGERPRINT are
 * right (RFC 8489 sections 14.5 and 14.7): no fuzzer guesses an HMAC, and what lies behind it wants testing
 * too.
 */
#pragma once

#include <glib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define STUN_CHECK_MAX_BYTES 1400

static inline guint32
stun_check_crc32 (const guint8 *data, gsize length_bytes)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < length_bytes; i++) {
    crc ^= data[i];
    for (guint bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

static inline void
stun_check_put16 (guint8 *out, guint value)
{
  out[0] = (guint8)(value >> 8);
  out[1] = (guint8)value;
}

static inline gsize
stun_check_put_attribute (guint8 *out, guint type, const void *value, gsize value_bytes)
{
  gsize padded_bytes = (value_bytes + 3) & ~(gsize)3;

  stun_check_put16 (out, type);
  stun_check_put16 (out + 2, (guint)value_bytes);
  memset (out + 4, 0, padded_bytes);
  if (value_bytes > 0)
    memcpy (out + 4, value, value_bytes);
  return 4 + padded_bytes;
}

/* `attributes` are put in as they are, right or wrong. Returns the bytes written to `out`
 * (STUN_CHECK_MAX_BYTES), 0 when they do not fit. */
static inline gsize
stun_check_write (guint8 *out, const gchar *username, const gchar *password, const guint8 *attributes,
                  gsize attribute_bytes)
{
  static const guint8 header[20] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1,  2,
                                    3, 4, 5, 6, 7,    8,    9,    10,   11, 12};
  guint8 digest[20], crc[4];
  gsize n = sizeof header;
  guint32 fingerprint;

  if (sizeof header + 4 + 64 + attribute_bytes + 24 + 8 > STUN_CHECK_MAX_BYTES || strlen (username) > 64)
    return 0;
  memcpy (out, header, sizeof header);
  n += stun_check_put_attribute (out + n, 0x0006, username, strlen (username));
  if (attribute_bytes > 0)
    memcpy (out + n, attributes, attribute_bytes);
  n += attribute_bytes;

  stun_check_put16 (out + 2,
                    (guint)(n + 24 - sizeof header)); /* as if the message ended with the integrity */
  HMAC (EVP_sha1 (), password, (int)strlen (password), out, n, digest, NULL);
  n += stun_check_put_attribute (out + n, 0x0008, digest, sizeof digest);

  stun_check_put16 (out + 2, (guint)(n + 8 - sizeof header));
  fingerprint = stun_check_crc32 (out, n) ^ 0x5354554e;
  stun_check_put16 (crc, fingerprint >> 16);
  stun_check_put16 (crc + 2, fingerprint & 0xffff);
  return n + stun_check_put_attribute (out + n, 0x8028, crc, sizeof crc);
}
