/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenSSL EVP with one context for each key: only the IV changes from message to message, key schedule and
 * GHASH table are made once.
 *
 * Steps 3 and 11 of the path (part); from: aes-gcm; to: the same; thread: any; allocates: nothing after
 * expand; on failure: FALSE.
 */
#include "rtc/aes-gcm-engine.h"

#include <openssl/evp.h>
#include <string.h>

typedef struct {
  CrAesGcm base;
  EVP_CIPHER_CTX *context;
} Expanded;

static CrAesGcm *
expand (const guint8 *key)
{
  Expanded *expanded = g_new (Expanded, 1);

  *expanded = (Expanded){{&cr_aes_gcm_openssl}, EVP_CIPHER_CTX_new ()};
  if (expanded->context == NULL ||
      EVP_CipherInit_ex (expanded->context, EVP_aes_128_gcm (), NULL, key, NULL, 1) != 1)
    g_error ("OpenSSL has no AES-128-GCM");
  return &expanded->base;
}

static void
forget (CrAesGcm *gcm)
{
  EVP_CIPHER_CTX_free (((Expanded *)gcm)->context);
  g_free (gcm);
}

static gboolean
begin (EVP_CIPHER_CTX *context, gboolean seals, const guint8 *iv, const guint8 *aad, gsize aad_bytes)
{
  int ignored;

  return EVP_CipherInit_ex (context, NULL, NULL, NULL, iv, seals) == 1 &&
         (aad_bytes == 0 || EVP_CipherUpdate (context, NULL, &ignored, aad, (int)aad_bytes) == 1);
}

static gboolean
seal (CrAesGcm *gcm, const guint8 *iv, const guint8 *aad, gsize aad_bytes, const CrAesGcmPart *parts,
      guint n_parts, guint8 *out)
{
  EVP_CIPHER_CTX *context = ((Expanded *)gcm)->context;
  int written;

  if (!begin (context, TRUE, iv, aad, aad_bytes))
    return FALSE;
  for (guint i = 0; i < n_parts; i++) {
    if (parts[i].n_bytes == 0)
      continue;
    if (EVP_CipherUpdate (context, out, &written, parts[i].data, (int)parts[i].n_bytes) != 1)
      return FALSE;
    out += parts[i].n_bytes;
  }
  return EVP_CipherFinal_ex (context, out, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_GET_TAG, CR_AES_GCM_TAG_BYTES, out) == 1;
}

static gboolean
open_in_place (CrAesGcm *gcm, const guint8 *iv, const guint8 *aad, gsize aad_bytes, guint8 *data,
               gsize n_bytes, const guint8 *tag)
{
  EVP_CIPHER_CTX *context = ((Expanded *)gcm)->context;
  guint8 expected[CR_AES_GCM_TAG_BYTES], rest[CR_AES_GCM_TAG_BYTES];
  int written;

  memcpy (expected, tag, sizeof expected); /* OpenSSL takes no constant one */
  return begin (context, FALSE, iv, aad, aad_bytes) &&
         (n_bytes == 0 || EVP_CipherUpdate (context, data, &written, data, (int)n_bytes) == 1) &&
         EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_SET_TAG, CR_AES_GCM_TAG_BYTES, expected) == 1 &&
         EVP_CipherFinal_ex (context, rest, &written) == 1;
}

const CrAesGcmEngine cr_aes_gcm_openssl = {"OpenSSL", expand, forget, seal, open_in_place};
