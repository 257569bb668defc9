/* SPDX-License-Identifier: Apache-2.0
 *
 * The offers of offers.h as a light peer would send them.
 */
#pragma once

#include "light-peer.h"
#include "support/offers.h"

#include <string.h>

/* `sample` with this peer's credentials in the place of the sample's; free with g_free(). */
static inline gchar *
test_light_offer (CrLightPeer *peer, const gchar *sample)
{
  GString *offer = g_string_new (sample);
  const gchar *at = strstr (sample, "DA:7B");
  g_autofree gchar *sample_fingerprint = g_strndup (at, strcspn (at, "\r"));
  const gchar *fingerprint = cr_light_peer_get_fingerprint (peer);

  if (g_str_has_prefix (fingerprint, "sha-256 "))
    fingerprint += strlen ("sha-256 ");
  g_string_replace (offer, CR_TEST_UFRAG, cr_light_peer_get_ufrag (peer), 0);
  g_string_replace (offer, CR_TEST_PASSWORD, cr_light_peer_get_password (peer), 0);
  g_string_replace (offer, sample_fingerprint, fingerprint, 0);
  return g_string_free (offer, FALSE);
}
