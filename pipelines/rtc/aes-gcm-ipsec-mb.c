/* SPDX-License-Identifier: Apache-2.0
 *
 * Only the direct functions of libipsec-mb, which keep nothing but the expanded key: its manager is then a
 * table of functions, made once and shared by all threads.
 *
 * Steps 3 and 11 of the path (part); from: aes-gcm; to: the same; thread: any; allocates: nothing after
 * expand; on failure: FALSE.
 */
#include "rtc/aes-gcm-engine.h"

#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>

/* A cache line, and what AVX-512 loads at once. */
#define ALIGNMENT_BYTES 64

/* Without these the library works by tables, whose timing tells about the key. */
#define NEEDED_FEATURES (IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ)

typedef struct {
  CrAesGcm base;
  _Alignas(ALIGNMENT_BYTES) struct gcm_key_data keys;
} Expanded;

static IMB_MGR *functions; /* NULL: not on this processor */
static const CrAesGcmEngine engine;

static CrAesGcm *
expand (const guint8 *key)
{
  Expanded *expanded = g_aligned_alloc0 (1, sizeof *expanded, ALIGNMENT_BYTES);

  expanded->base.engine = &engine;
  IMB_AES128_GCM_PRE (functions, key, &expanded->keys);
  return &expanded->base;
}

static void
forget (CrAesGcm *gcm)
{
  OPENSSL_cleanse (gcm, sizeof (Expanded));
  g_aligned_free (gcm);
}

static gboolean
seal (CrAesGcm *gcm, const guint8 *iv, const guint8 *aad, gsize aad_bytes, const CrAesGcmPart *parts,
      guint n_parts, guint8 *out)
{
  const struct gcm_key_data *keys = &((const Expanded *)gcm)->keys;
  struct gcm_context_data context;

  if (n_parts == 1) {
    IMB_AES128_GCM_ENC (functions, keys, &context, out, parts->data, parts->n_bytes, iv, aad, aad_bytes,
                        out + parts->n_bytes, CR_AES_GCM_TAG_BYTES);
    return TRUE;
  }
  IMB_AES128_GCM_INIT (functions, keys, &context, iv, aad, aad_bytes);
  for (guint i = 0; i < n_parts; i++) {
    IMB_AES128_GCM_ENC_UPDATE (functions, keys, &context, out, parts[i].data, parts[i].n_bytes);
    out += parts[i].n_bytes;
  }
  IMB_AES128_GCM_ENC_FINALIZE (functions, keys, &context, out, CR_AES_GCM_TAG_BYTES);
  return TRUE;
}

static gboolean
open_in_place (CrAesGcm *gcm, const guint8 *iv, const guint8 *aad, gsize aad_bytes, guint8 *data,
               gsize n_bytes, const guint8 *tag)
{
  const struct gcm_key_data *keys = &((const Expanded *)gcm)->keys;
  struct gcm_context_data context;
  guint8 right_tag[CR_AES_GCM_TAG_BYTES];

  IMB_AES128_GCM_DEC (functions, keys, &context, data, data, n_bytes, iv, aad, aad_bytes, right_tag,
                      sizeof right_tag);
  return CRYPTO_memcmp (right_tag, tag, sizeof right_tag) == 0;
}

static const CrAesGcmEngine engine = {"libipsec-mb", expand, forget, seal, open_in_place};

const CrAesGcmEngine *
cr_aes_gcm_get_ipsec_mb (void)
{
  static gsize once;

  if (g_once_init_enter (&once)) {
    IMB_MGR *manager = alloc_mb_mgr (0);

    if (manager != NULL)
      init_mb_mgr_auto (manager, NULL);
    if (manager != NULL && (manager->features & NEEDED_FEATURES) == NEEDED_FEATURES)
      functions = manager;
    else if (manager != NULL)
      free_mb_mgr (manager);
    g_once_init_leave (&once, 1);
  }
  return functions != NULL ? &engine : NULL;
}
