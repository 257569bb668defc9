/* SPDX-License-Identifier: Apache-2.0
 *
 * What a session remembers of its offer, and how a PATCH is told apart.
 */
#include "live/session.h"

#include <string.h>

static CrSession *
make_session (void)
{
  static const CrTokenHash token = {{0}};
  g_autoptr (CrActor) actor = cr_actor_new ("viewer", CR_ROLE_VIEWER, &token);
  CrNegotiation *negotiation = g_new0 (CrNegotiation, 1);
  CrSession *session;

  negotiation->n_lines = 1;
  g_strlcpy (negotiation->lines[0].mid, "m", sizeof negotiation->lines[0].mid);
  negotiation->lines[0].parameter_sets = g_bytes_new_static ("\0\0\0\1", 4);
  negotiation->remote_ufrag = g_strdup ("abcd");
  negotiation->remote_password = g_strdup ("abcdefghijklmnopqrstuvwx");
  session = cr_session_new (actor, FALSE, CR_SOURCE_CAMERA, 7, negotiation, 0);
  cr_negotiation_free (negotiation);
  return session;
}

static void
test_session_outlives_the_negotiation (void)
{
  g_autoptr (CrSession) session = make_session ();

  g_assert_cmpstr (session->peer_id, ==, "v7");
  g_assert_cmpstr (session->lines->lines[0].mid, ==, "m");
  g_assert_cmpuint (strlen (session->id), ==, 32);
  g_assert_cmpint (session->etag[0], ==, '"');
}

static void
test_credentials_tell_restart_from_trickle (void)
{
  g_autoptr (CrSession) session = make_session ();
  gchar same_password[] = "abcdefghijklmnopqrstuvwx", new_password[] = "xbcdefghijklmnopqrstuvwx";
  gchar same_ufrag[] = "abcd", new_ufrag[] = "efgh";

  g_assert_cmpint (cr_session_classify_fragment (session, &(CrSdpFragment){0}), ==, CR_FRAGMENT_TRICKLE);
  g_assert_cmpint (cr_session_classify_fragment (session, &(CrSdpFragment){same_ufrag, same_password}), ==,
                   CR_FRAGMENT_TRICKLE);
  g_assert_cmpint (cr_session_classify_fragment (session, &(CrSdpFragment){new_ufrag, new_password}), ==,
                   CR_FRAGMENT_RESTART);
  g_assert_cmpint (cr_session_classify_fragment (session, &(CrSdpFragment){new_ufrag, same_password}), ==,
                   CR_FRAGMENT_BROKEN);
  g_assert_cmpint (cr_session_classify_fragment (session, &(CrSdpFragment){same_ufrag, new_password}), ==,
                   CR_FRAGMENT_BROKEN);
  g_assert_cmpint (cr_session_classify_fragment (session, &(CrSdpFragment){same_ufrag, NULL}), ==,
                   CR_FRAGMENT_BROKEN);
}

static void
test_restart_changes_tag_and_credentials (void)
{
  g_autoptr (CrSession) session = make_session ();
  g_autofree gchar *before = g_strdup (session->etag);
  gchar ufrag[] = "efgh", password[] = "xbcdefghijklmnopqrstuvwx";
  CrSdpFragment fragment = {ufrag, password};

  cr_session_restart (session, &fragment);
  g_assert_cmpstr (session->etag, !=, before);
  g_assert_cmpstr (session->remote_ufrag, ==, "efgh");
  g_assert_cmpint (cr_session_classify_fragment (session, &fragment), ==, CR_FRAGMENT_TRICKLE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/live/session/outlives-the-negotiation", test_session_outlives_the_negotiation);
  g_test_add_func ("/server/live/session/credentials-tell-restart-from-trickle",
                   test_credentials_tell_restart_from_trickle);
  g_test_add_func ("/server/live/session/restart-changes-tag-and-credentials",
                   test_restart_changes_tag_and_credentials);
  return g_test_run ();
}
