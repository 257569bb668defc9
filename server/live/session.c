/* SPDX-License-Identifier: Apache-2.0
 *
 * CrSession is bookkeeping; the lesson that holds it does the talking to the media side.
 */
#include "live/session.h"

#define SESSION_ID_BYTES 16 /* 128 bits: not to be guessed (RFC 9725 section 5) */
#define ETAG_BYTES       8  /* only has to differ from the session's earlier ones */

static gchar *
make_etag (void)
{
  g_autofree gchar *hex = cr_random_hex (ETAG_BYTES);

  return g_strdup_printf ("\"%s\"", hex);
}

/* What is owned by pointers goes to the media side with the negotiation; the rest is plain. */
static CrNegotiation *
copy_lines (const CrNegotiation *negotiation)
{
  CrNegotiation *copy = g_memdup2 (negotiation, sizeof *negotiation);

  copy->remote_ufrag = NULL;
  copy->remote_password = NULL;
  copy->remote_fingerprint = NULL;
  for (guint i = 0; i < copy->n_lines; i++)
    copy->lines[i].parameter_sets = NULL;
  return copy;
}

CrSession *
cr_session_new (const CrActor *actor, gboolean is_publisher, CrSource source, guint64 serial,
                const CrNegotiation *negotiation, gint64 now_us)
{
  CrSession *session = g_new0 (CrSession, 1);

  session->id = cr_random_hex (SESSION_ID_BYTES);
  session->peer_id = g_strdup_printf ("%c%" G_GUINT64_FORMAT, is_publisher ? 'p' : 'v', serial);
  session->etag = make_etag ();
  session->actor = cr_actor_ref (actor);
  session->is_publisher = is_publisher;
  session->source = source;
  session->since_us = now_us;
  session->remote_ufrag = g_strdup (negotiation->remote_ufrag);
  session->remote_password = g_strdup (negotiation->remote_password);
  session->lines = copy_lines (negotiation);
  return session;
}

void
cr_session_free (CrSession *session)
{
  cr_actor_unref (session->actor);
  g_free (session->id);
  g_free (session->peer_id);
  g_free (session->classroom);
  g_free (session->etag);
  g_free (session->remote_ufrag);
  g_free (session->remote_password);
  cr_negotiation_free (session->lines);
  g_free (session);
}

CrFragmentKind
cr_session_classify_fragment (const CrSession *session, const CrSdpFragment *fragment)
{
  gboolean same_ufrag, same_password;

  if (fragment->ufrag == NULL && fragment->password == NULL)
    return CR_FRAGMENT_TRICKLE; /* some clients leave them out: there is only one ICE session */
  if (fragment->ufrag == NULL || fragment->password == NULL)
    return CR_FRAGMENT_BROKEN;
  same_ufrag = g_strcmp0 (fragment->ufrag, session->remote_ufrag) == 0;
  same_password = g_strcmp0 (fragment->password, session->remote_password) == 0;
  if (same_ufrag != same_password)
    return CR_FRAGMENT_BROKEN;
  return same_ufrag ? CR_FRAGMENT_TRICKLE : CR_FRAGMENT_RESTART;
}

void
cr_session_restart (CrSession *session, const CrSdpFragment *fragment)
{
  g_free (session->remote_ufrag);
  g_free (session->remote_password);
  g_free (session->etag);
  session->remote_ufrag = g_strdup (fragment->ufrag);
  session->remote_password = g_strdup (fragment->password);
  session->etag = make_etag ();
}
