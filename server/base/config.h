/* SPDX-License-Identifier: Apache-2.0
 *
 * What the operator decided: `classrelayd.conf` and the command line, read into plain structs. Every key is
 * checked when it is read, and whatever is wrong (an unknown key, a value out of range, a key given twice) is
 * refused with the file's name and the line. Nothing is guessed. config/classrelayd.conf documents each key.
 *
 * Thread: [main].
 */
#pragma once

#include "base/log.h"
#include "base/token.h"

G_BEGIN_DECLS

#define CR_CONFIG_ERROR (cr_config_error_quark ())
GQuark cr_config_error_quark (void);
typedef enum {
  CR_CONFIG_ERROR_FILE,
  CR_CONFIG_ERROR_SYNTAX,
  CR_CONFIG_ERROR_UNKNOWN,
  CR_CONFIG_ERROR_VALUE
} CrConfigError;

/* A lesson's name in URLs: 1 to 64 of [A-Za-z0-9_-]. */
#define CR_LESSON_ID_MAX_BYTES 64
gboolean cr_lesson_id_is_valid (const gchar *id);

typedef struct {
  gchar *id;
  gchar *title;
  guint line; /* where its section begins */
  gboolean has_publisher_token, has_viewer_token;
  CrTokenHash publisher_token;
  CrTokenHash viewer_token;
  gchar **video_codecs; /* GStreamer encoding names in order of preference */
} CrLessonConfig;

typedef struct {
  /* [server] */
  gchar **listen;    /* "127.0.0.1:8080", "[::1]:8080" */
  gchar *public_url; /* "https://relay.example", as browsers see us; NULL: what each request says */
  gchar *state_dir;
  CrLogLevel log_level;
  gboolean demo;
  guint demo_classrooms;
  guint drain_s;
  /* [media] */
  guint media_port;
  gchar **media_addresses; /* empty: every address */
  gchar *announce_address; /* NULL: none */
  guint workers;
  gboolean udp;
  guint max_handshakes;
  guint send_buffer_bytes;
  /* [limits] */
  guint max_peers;
  guint max_peers_per_lesson;
  guint idle_lesson_s;
  guint retry_after_s;
  /* [ice] */
  gchar **stun_urls;
  gchar **turn_urls;
  gchar *turn_secret; /* NULL: TURN servers are named without credentials */
  guint turn_ttl_s;
  /* [notices] */
  gchar *webhook_url; /* NULL: notices stay in the pages */
  gchar *webhook_secret;
  /* [district] */
  gchar *phone; /* whom classrooms ring when something is wrong; NULL: none is shown */

  GPtrArray *lessons; /* CrLessonConfig, in the order of the file */
} CrConfig;

/* The defaults: loopback, no lesson. */
CrConfig *cr_config_new (void);
void cr_config_free (CrConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrConfig, cr_config_free)

/* Reads a file over what `config` holds. Relative paths in it are relative to its folder. */
gboolean cr_config_load (CrConfig *config, const gchar *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for text in memory; `name` is what messages call it, `folder` is where relative paths start. */
gboolean cr_config_parse (CrConfig *config, const gchar *text, gsize length_bytes, const gchar *name,
                          const gchar *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One key of [server], [media], [limits] or [ice], as a command-line option gives it. */
gboolean cr_config_set (CrConfig *config, const gchar *section, const gchar *key, const gchar *value,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What no key alone can be refused for; once everything has been read. */
gboolean cr_config_check (const CrConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The name of the lesson that `demo` opens. */
#define CR_DEMO_LESSON "demo"

/* Splits "127.0.0.1:8080" or "[::1]:8080"; `host` is freed with g_free(). */
gboolean cr_config_split_listen (const gchar *listen, gchar **host, guint16 *port);

G_END_DECLS
