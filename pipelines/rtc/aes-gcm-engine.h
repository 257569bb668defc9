/* SPDX-License-Identifier: Apache-2.0
 *
 * What a library must do to stand behind aes-gcm.h. For aes-gcm*.c alone.
 */
#pragma once

#include "rtc/aes-gcm.h"

G_BEGIN_DECLS

/* What expand() makes of a key begins with the object that it is for aes-gcm.c: one allocation, one chase of
 * a pointer for each packet. The rest is as in aes-gcm.h. */
typedef struct {
  const gchar *library;
  CrAesGcm *(*expand) (const guint8 *key);
  void (*forget) (CrAesGcm *gcm);
  gboolean (*seal) (CrAesGcm *gcm, const guint8 *iv, const guint8 *aad, gsize aad_bytes,
                    const CrAesGcmPart *parts, guint n_parts, guint8 *out);
  gboolean (*open) (CrAesGcm *gcm, const guint8 *iv, const guint8 *aad, gsize aad_bytes, guint8 *data,
                    gsize n_bytes, const guint8 *tag);
} CrAesGcmEngine;

struct CrAesGcm {
  const CrAesGcmEngine *engine;
};

extern const CrAesGcmEngine cr_aes_gcm_openssl;

/* NULL where the processor is not one for it. Only in builds that have the library. */
const CrAesGcmEngine *cr_aes_gcm_get_ipsec_mb (void);

G_END_DECLS
