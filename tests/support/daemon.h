/* SPDX-License-Identifier: Apache-2.0
 *
 * The real daemon, for tests: started on free ports with a folder of its own, spoken to over HTTP, stopped.
 * The environment variable CLASSRELAYD names the program; meson sets it.
 */
#pragma once

#include <gio/gio.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct {
  GSubprocess *process;
  gchar *url; /* "http://127.0.0.1:40123" */
  guint media_port;
  gchar *folder;
  SoupSession *session;
  /* of the demo lesson */
  gchar *teacher_token, *viewer_token, *classroom_token;
} CrTestDaemon;

/* The program with these options (ended by NULL) and no others. */
GSubprocess *cr_test_daemon_spawn (const gchar *const *options, GSubprocessFlags flags);

/* Waits until it serves. `config` is the text of its configuration, NULL for none; `options` are added to
 * --listen, --media-port, --demo; NULL for none. */
CrTestDaemon *cr_test_daemon_start (const gchar *config, const gchar *const *options);

/* SIGTERM, and asserts that it ends with status 0 within 5 s. */
void cr_test_daemon_stop (CrTestDaemon *daemon);

/* kill -9. */
void cr_test_daemon_kill (CrTestDaemon *daemon);

/* The process's memory, from /proc. */
guint64 cr_test_daemon_get_rss_bytes (CrTestDaemon *daemon);

typedef struct {
  guint status;
  SoupMessageHeaders *headers;
  gchar *body;
} CrTestReply;

void cr_test_reply_free (CrTestReply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTestReply, cr_test_reply_free)

/* One exchange, waited for. `token` and `body` may be NULL; a body needs `type`. `headers` are names and
 * values, ended by NULL, or NULL. */
CrTestReply *cr_test_http (CrTestDaemon *daemon, const gchar *method, const gchar *path, const gchar *token,
                           const gchar *type, const gchar *body, const gchar *const *headers);
const gchar *cr_test_reply_get (const CrTestReply *reply, const gchar *header);

/* Sends bytes as they are and reads until the server closes; free with g_free(). */
gchar *cr_test_http_raw (CrTestDaemon *daemon, const gchar *request);

G_END_DECLS
