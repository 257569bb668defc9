/* SPDX-License-Identifier: Apache-2.0
 *
 * The few lines of an answer that a transport needs, the first of each kind: with BUNDLE all m-lines say the
 * same.
 */
#include "light-internal.h"

#include <string.h>

void
cr_light_answer_free (CrLightAnswer *answer)
{
  if (answer == NULL)
    return;
  g_free (answer->ufrag);
  g_free (answer->password);
  g_free (answer->fingerprint);
  g_free (answer);
}

static gboolean
candidate_is_known (const CrLightAnswer *answer, const CrLightCandidate *candidate)
{
  for (guint i = 0; i < answer->n_candidates; i++) {
    if (answer->candidates[i].tcp == candidate->tcp &&
        cr_address_equal (&answer->candidates[i].address, &candidate->address))
      return TRUE;
  }
  return FALSE;
}

/* foundation component transport priority address port "typ" type ["tcptype" type] (RFC 8839 section 5.1).
 * What cannot be used is passed over. */
static void
add_candidate (CrLightAnswer *answer, const gchar *value)
{
  g_auto (GStrv) words = g_strsplit (value, " ", -1);
  CrLightCandidate candidate = {0};
  guint64 port;

  if (answer->n_candidates == CR_LIGHT_MAX_CANDIDATES || g_strv_length (words) < 8 ||
      strcmp (words[1], "1") != 0)
    return;
  candidate.tcp = g_ascii_strcasecmp (words[2], "tcp") == 0;
  if (!candidate.tcp && g_ascii_strcasecmp (words[2], "udp") != 0)
    return;
  if (candidate.tcp && !(g_strv_length (words) >= 10 && strcmp (words[9], "passive") == 0))
    return;
  if (!g_ascii_string_to_unsigned (words[5], 10, 1, G_MAXUINT16, &port, NULL) ||
      !cr_address_parse (&candidate.address, words[4], (guint16)port))
    return;
  if (!candidate_is_known (answer, &candidate))
    answer->candidates[answer->n_candidates++] = candidate;
}

static void
set_first (gchar **field, const gchar *value)
{
  if (*field == NULL)
    *field = g_strdup (value);
}

static void
read_line (CrLightAnswer *answer, const gchar *line)
{
  if (g_str_has_prefix (line, "a=ice-ufrag:"))
    set_first (&answer->ufrag, line + strlen ("a=ice-ufrag:"));
  else if (g_str_has_prefix (line, "a=ice-pwd:"))
    set_first (&answer->password, line + strlen ("a=ice-pwd:"));
  else if (g_str_has_prefix (line, "a=fingerprint:"))
    set_first (&answer->fingerprint, line + strlen ("a=fingerprint:"));
  else if (g_str_has_prefix (line, "a=candidate:"))
    add_candidate (answer, line + strlen ("a=candidate:"));
  else if (strcmp (line, "a=setup:active") == 0)
    answer->role = CR_DTLS_SERVER;
}

CrLightAnswer *
cr_light_answer_parse (const gchar *sdp, GError **error)
{
  g_autoptr (CrLightAnswer) answer = g_new0 (CrLightAnswer, 1);
  g_auto (GStrv) lines = g_strsplit (sdp, "\n", -1);

  answer->role = CR_DTLS_CLIENT; /* of a=setup:passive, which the relay answers to actpass */
  for (guint i = 0; lines[i] != NULL; i++)
    read_line (answer, g_strchomp (lines[i]));
  if (answer->ufrag == NULL || answer->password == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The answer has no ICE credentials");
    return NULL;
  }
  return g_steal_pointer (&answer);
}
