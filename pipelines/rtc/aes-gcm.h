/* SPDX-License-Identifier: Apache-2.0
 *
 * AES-128 in Galois/Counter Mode (NIST SP 800-38D) with a 96-bit IV, a key that is kept and a tag of 16
 * bytes: what SRTP and SRTCP are sealed and opened by. On x86-64 by libipsec-mb where the build has it and
 * the processor its instructions, else by OpenSSL: four times as dear, the same bytes.
 *
 * Thread: one at a time for each object; any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_AES_GCM_KEY_BYTES 16
#define CR_AES_GCM_IV_BYTES  12
#define CR_AES_GCM_TAG_BYTES 16

typedef struct CrAesGcm CrAesGcm;

/* One of the pieces that a message is made of; `data` may be NULL where `n_bytes` is 0. */
typedef struct {
  const guint8 *data;
  gsize n_bytes;
} CrAesGcmPart;

CrAesGcm *cr_aes_gcm_new (const guint8 *key);

/* The same by OpenSSL, whatever else there is. */
CrAesGcm *cr_aes_gcm_new_by_openssl (const guint8 *key);

void cr_aes_gcm_free (CrAesGcm *gcm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrAesGcm, cr_aes_gcm_free)

/* The library that cr_aes_gcm_new() uses on this machine. */
const gchar *cr_aes_gcm_library (void);

/* Encrypts the parts, one after the other, to `out`, and the tag behind them. `aad` is authenticated only. An
 * IV must never be used twice with a key. Each length is below 2^31. FALSE when the library fails. */
gboolean cr_aes_gcm_seal (CrAesGcm *gcm, const guint8 *iv, const guint8 *aad, gsize aad_bytes,
                          const CrAesGcmPart *parts, guint n_parts, guint8 *out) G_GNUC_WARN_UNUSED_RESULT;

/* Decrypts in place. FALSE when `tag` does not fit: the bytes are spoilt then. */
gboolean cr_aes_gcm_open (CrAesGcm *gcm, const guint8 *iv, const guint8 *aad, gsize aad_bytes, guint8 *data,
                          gsize n_bytes, const guint8 *tag) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
