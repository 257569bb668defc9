/* SPDX-License-Identifier: Apache-2.0
 *
 * libsrtp2 set up once for the process, quietly (it would write to standard output by itself), and the
 * policies of the two profiles.
 */
#include "rtc/srtp-session.h"

#include <string.h>

static void
on_event (srtp_event_data_t *data)
{
  /* SSRC collisions and key limits come back as errors of the call too. */
}

static void
initialise_once (void)
{
  static gsize once;

  if (!g_once_init_enter (&once))
    return;
  if (srtp_init () != srtp_err_status_ok || srtp_install_event_handler (on_event) != srtp_err_status_ok)
    g_error ("libsrtp2 does not start: its self-test of the ciphers failed");
  g_once_init_leave (&once, 1);
}

void
cr_srtp_policy_fill (srtp_policy_t *policy, CrSrtpProfile profile, guint8 *key, srtp_ssrc_type_t ssrc_type)
{
  initialise_once ();
  memset (policy, 0, sizeof *policy);
  if (profile == CR_SRTP_AEAD_AES_128_GCM) {
    srtp_crypto_policy_set_aes_gcm_128_16_auth (&policy->rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth (&policy->rtcp);
  } else {
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80 (&policy->rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80 (&policy->rtcp);
  }
  policy->ssrc.type = ssrc_type;
  policy->key = key;
  policy->window_size = CR_SRTP_WINDOW_PACKETS;
}
