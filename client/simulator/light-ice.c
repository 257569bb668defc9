/* SPDX-License-Identifier: Apache-2.0
 *
 * ICE in the controlling role, as much of it as a peer of an ICE-lite relay needs (RFC 8445): candidates are
 * checked one after the other, the first to answer is nominated, and every later check to it nominates it
 * again, so that the relay follows wherever the peer comes from; the same checks are the consent of RFC 7675.
 * Pure: it is told the time and what arrived, and says what to send.
 */
#include "light-internal.h"

#include <string.h>

#define CHECK_PACE_US (20 * 1000)  /* between candidates; RFC 8445 section 14.2 asks for 5 ms at least */
#define FIRST_RTO_US  (250 * 1000) /* of a check, doubled up to the next */
#define MAX_RTO_US    (1000 * 1000)

void
cr_light_ice_init (CrLightIce *ice, StunAgent *stun)
{
  memset (ice, 0, sizeof *ice);
  ice->stun = stun;
  ice->tie_breaker = (guint64)g_random_int () << 32 | g_random_int ();
  ice->due_us = G_MAXINT64;
  ice->chosen = -1;
}

void
cr_light_ice_begin (CrLightIce *ice, const CrIceCredentials *local, const CrLightAnswer *answer,
                    const CrLightCandidate *candidates, guint n_candidates, gint64 now_us)
{
  g_return_if_fail (n_candidates > 0);
  ice->local = *local;
  ice->answer = answer;
  ice->candidates = candidates;
  ice->n_candidates = n_candidates;
  ice->chosen = n_candidates == 1 ? 0 : -1; /* nothing to choose from: nominate at once */
  ice->n_checks = 0;
  cr_light_ice_check_again (ice, now_us);
}

void
cr_light_ice_check_again (CrLightIce *ice, gint64 now_us)
{
  ice->nominated = FALSE;
  ice->rto_us = FIRST_RTO_US;
  ice->due_us = now_us;
}

static gint64
back_off (CrLightIce *ice)
{
  gint64 rto_us = ice->rto_us;

  ice->rto_us = MIN (2 * ice->rto_us, MAX_RTO_US);
  return rto_us;
}

/* RFC 7675 section 5.1: 5 s, 20 % either way. */
static gint64
consent_interval_us (void)
{
  return g_random_int_range (4 * G_USEC_PER_SEC, 6 * G_USEC_PER_SEC);
}

gsize
cr_light_ice_write_due (CrLightIce *ice, gint64 now_us, guint8 *out, CrAddress *to)
{
  gboolean nominating = ice->chosen >= 0;
  guint index = nominating ? (guint)ice->chosen : ice->n_checks++ % ice->n_candidates;
  CrLightCheck check = {&ice->local, ice->answer->ufrag, ice->answer->password, ice->tie_breaker, nominating};
  CrLightSentCheck *sent = &ice->sent[ice->n_sent++ % CR_LIGHT_REMEMBERED_CHECKS];

  if (ice->nominated)
    ice->due_us = now_us + consent_interval_us ();
  else if (nominating || ice->n_checks % ice->n_candidates == 0)
    ice->due_us = now_us + back_off (ice);
  else
    ice->due_us = now_us + CHECK_PACE_US;

  *to = ice->candidates[index].address;
  sent->candidate = index;
  sent->nominating = nominating;
  return cr_light_check_write (ice->stun, &check, out, sent->transaction);
}

static const CrLightSentCheck *
find_sent (const CrLightIce *ice, const guint8 *transaction)
{
  for (guint i = 0; i < MIN (ice->n_sent, CR_LIGHT_REMEMBERED_CHECKS); i++) {
    if (memcmp (ice->sent[i].transaction, transaction, CR_LIGHT_TRANSACTION_BYTES) == 0)
      return &ice->sent[i];
  }
  return NULL;
}

CrLightIceNews
cr_light_ice_receive (CrLightIce *ice, const guint8 *data, gsize length_bytes, gint64 now_us,
                      CrAddress *remote)
{
  guint8 transaction[CR_LIGHT_TRANSACTION_BYTES];
  const CrLightSentCheck *sent;

  if (!cr_light_check_read_response (data, length_bytes, ice->answer->password, transaction) ||
      (sent = find_sent (ice, transaction)) == NULL || sent->candidate >= ice->n_candidates)
    return CR_LIGHT_ICE_JUNK;
  if (ice->chosen < 0) {
    ice->chosen = (gint)sent->candidate;
    ice->due_us = now_us;
  }
  if (!sent->nominating)
    return CR_LIGHT_ICE_ANSWERED;
  if (!ice->nominated)
    ice->due_us = now_us + consent_interval_us ();
  ice->nominated = TRUE;
  *remote = ice->candidates[sent->candidate].address;
  return CR_LIGHT_ICE_NOMINATED;
}
