/* SPDX-License-Identifier: Apache-2.0
 *
 * CrConfig itself: its defaults, and the one table of keys that both the file and the command line go
 * through. Reading the file line by line is config-file.c's.
 */
#include "base/config-keys.h"

#include <string.h>

G_DEFINE_QUARK (cr_config_error, cr_config_error)

#define MAX_PHONE_CHARS 40

static const gchar *const default_listen[] = {"127.0.0.1:8080", NULL};
static const gchar *const default_video_codecs[] = {"H264", "VP8", NULL};

typedef enum { KEY_UINT, KEY_BOOLEAN, KEY_STRING, KEY_LIST, KEY_LEVEL } KeyKind;

typedef struct {
  const gchar *section;
  const gchar *key;
  KeyKind kind;
  gsize offset;
  guint minimum, maximum; /* of KEY_UINT */
  gboolean (*check) (const gchar *value);
} Key;

static gboolean
check_listen (const gchar *value)
{
  g_autofree gchar *host = NULL;
  guint16 port;

  return cr_config_split_listen (value, &host, &port);
}

static gboolean
check_address (const gchar *value)
{
  return g_hostname_is_ip_address (value);
}

/* An origin (RFC 6454 section 6.1) and nothing more. */
static gboolean
check_public_url (const gchar *value)
{
  g_autoptr (GUri) uri = g_uri_parse (value, G_URI_FLAGS_NONE, NULL);
  const gchar *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";

  if (!g_str_equal (scheme, "https") && !g_str_equal (scheme, "http"))
    return FALSE;
  return g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0' && *g_uri_get_path (uri) == '\0' &&
         g_uri_get_userinfo (uri) == NULL && g_uri_get_query (uri) == NULL &&
         g_uri_get_fragment (uri) == NULL;
}

static gboolean
check_webhook_url (const gchar *value)
{
  g_autoptr (GUri) uri = g_uri_parse (value, G_URI_FLAGS_NONE, NULL);
  const gchar *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";

  if (!g_str_equal (scheme, "https") && !g_str_equal (scheme, "http"))
    return FALSE;
  return g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0';
}

/* As people write it, "023-6312 0000 转 12": one line that a page can show large. */
static gboolean
check_phone (const gchar *value)
{
  if (!g_utf8_validate (value, -1, NULL) || g_utf8_strlen (value, -1) > MAX_PHONE_CHARS)
    return FALSE;
  for (const gchar *p = value; *p != '\0'; p = g_utf8_next_char (p)) {
    if (!g_unichar_isprint (g_utf8_get_char (p)))
      return FALSE;
  }
  return strpbrk (value, "0123456789") != NULL;
}

/* The URI goes into a Link header between angle brackets (RFC 7064, RFC 7065: no other character needed). */
static gboolean
is_ice_url (const gchar *value, const gchar *scheme, const gchar *secure_scheme)
{
  if (!g_str_has_prefix (value, scheme) && !g_str_has_prefix (value, secure_scheme))
    return FALSE;
  if (*(strchr (value, ':') + 1) == '\0')
    return FALSE;
  for (const gchar *p = value; *p != '\0'; p++) {
    if (!g_ascii_isalnum (*p) && strchr (":.-_?=[]", *p) == NULL)
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_stun_url (const gchar *value)
{
  return is_ice_url (value, "stun:", "stuns:");
}

static gboolean
check_turn_url (const gchar *value)
{
  return is_ice_url (value, "turn:", "turns:");
}

#define OFFSET(field) G_STRUCT_OFFSET (CrConfig, field)

/* Bounds: a worker is a thread with a port of its own, 64 is more than any machine here has cores; a day of
 * drain or idleness is forever; buffers above 256 MiB exceed what the kernel would grant. */
static const Key keys[] = {
    {"server", "listen", KEY_LIST, OFFSET (listen), .check = check_listen},
    {"server", "public_url", KEY_STRING, OFFSET (public_url), .check = check_public_url},
    {"server", "state", KEY_STRING, OFFSET (state_dir)},
    {"server", "log_level", KEY_LEVEL, OFFSET (log_level)},
    {"server", "demo", KEY_BOOLEAN, OFFSET (demo)},
    {"server", "demo_classrooms", KEY_UINT, OFFSET (demo_classrooms), 0, 10000},
    {"server", "drain_s", KEY_UINT, OFFSET (drain_s), 0, 86400},
    {"media", "port", KEY_UINT, OFFSET (media_port), 0, 65535},
    {"media", "address", KEY_LIST, OFFSET (media_addresses), .check = check_address},
    {"media", "announce_address", KEY_STRING, OFFSET (announce_address), .check = check_address},
    {"media", "workers", KEY_UINT, OFFSET (workers), 1, 64},
    {"media", "udp", KEY_BOOLEAN, OFFSET (udp)},
    {"media", "max_handshakes", KEY_UINT, OFFSET (max_handshakes), 1, 65536},
    {"media", "buffer_bytes", KEY_UINT, OFFSET (send_buffer_bytes), 65536, 256 * 1024 * 1024},
    {"limits", "peers", KEY_UINT, OFFSET (max_peers), 1, 1000000},
    {"limits", "peers_per_lesson", KEY_UINT, OFFSET (max_peers_per_lesson), 1, 1000000},
    {"limits", "idle_lesson_s", KEY_UINT, OFFSET (idle_lesson_s), 0, 86400},
    {"limits", "retry_after_s", KEY_UINT, OFFSET (retry_after_s), 1, 3600},
    {"ice", "stun_urls", KEY_LIST, OFFSET (stun_urls), .check = check_stun_url},
    {"ice", "turn_urls", KEY_LIST, OFFSET (turn_urls), .check = check_turn_url},
    {"ice", "turn_secret", KEY_STRING, OFFSET (turn_secret)},
    {"ice", "turn_ttl_s", KEY_UINT, OFFSET (turn_ttl_s), 60, 7 * 86400},
    {"notices", "webhook_url", KEY_STRING, OFFSET (webhook_url), .check = check_webhook_url},
    {"notices", "webhook_secret", KEY_STRING, OFFSET (webhook_secret)},
    {"district", "phone", KEY_STRING, OFFSET (phone), .check = check_phone},
};

gboolean
cr_config_section_is_known (const gchar *section)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    if (g_str_equal (keys[i].section, section))
      return TRUE;
  }
  return FALSE;
}

gboolean
cr_config_parse_list (const gchar *value, gboolean (*check) (const gchar *item), gchar ***list,
                      GError **error)
{
  g_auto (GStrv) items = g_strsplit (value, ",", -1);

  if (items[0] == NULL) { /* g_strsplit() makes nothing of nothing */
    g_set_error_literal (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE, "a value is missing");
    return FALSE;
  }
  for (guint i = 0; items[i] != NULL; i++) {
    g_strstrip (items[i]);
    if (*items[i] == '\0' || (check != NULL && !check (items[i]))) {
      g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE, "“%s” is not allowed here", items[i]);
      return FALSE;
    }
  }
  g_strfreev (*list);
  *list = g_steal_pointer (&items);
  return TRUE;
}

static gboolean
set_uint (const Key *key, guint *field, const gchar *value, GError **error)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (value, 10, key->minimum, key->maximum, &number, NULL)) {
    g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE, "“%s” must be a whole number from %u to %u",
                 value, key->minimum, key->maximum);
    return FALSE;
  }
  *field = (guint)number;
  return TRUE;
}

static gboolean
set_boolean (gboolean *field, const gchar *value, GError **error)
{
  if (!g_str_equal (value, "true") && !g_str_equal (value, "false")) {
    g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE, "“%s” must be true or false", value);
    return FALSE;
  }
  *field = g_str_equal (value, "true");
  return TRUE;
}

static gboolean
set_level (CrLogLevel *field, const gchar *value, GError **error)
{
  static const gchar *const names[] = {"debug", "info", "warning", "error"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (g_str_equal (names[i], value)) {
      *field = (CrLogLevel)i;
      return TRUE;
    }
  }
  g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE, "“%s” must be debug, info, warning or error",
               value);
  return FALSE;
}

static gboolean
set_string (const Key *key, gchar **field, const gchar *value, GError **error)
{
  if (*value == '\0' || (key->check != NULL && !key->check (value))) {
    g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE, "“%s” is not allowed here", value);
    return FALSE;
  }
  g_free (*field);
  *field = g_strdup (value);
  return TRUE;
}

gboolean
cr_config_set (CrConfig *config, const gchar *section, const gchar *key_name, const gchar *value,
               GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    const Key *key = &keys[i];
    gpointer field = (guint8 *)config + key->offset;

    if (!g_str_equal (key->section, section) || !g_str_equal (key->key, key_name))
      continue;
    switch (key->kind) {
    case KEY_UINT:
      return set_uint (key, field, value, error);
    case KEY_BOOLEAN:
      return set_boolean (field, value, error);
    case KEY_STRING:
      return set_string (key, field, value, error);
    case KEY_LIST:
      return cr_config_parse_list (value, key->check, field, error);
    case KEY_LEVEL:
      return set_level (field, value, error);
    }
  }
  g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_UNKNOWN, "unknown key");
  return FALSE;
}

gboolean
cr_config_check (const CrConfig *config, GError **error)
{
  if (config->media_port != 0 && config->media_port + config->workers - 1 > G_MAXUINT16) {
    g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE,
                 "%u workers from media port %u on exceed port 65535", config->workers, config->media_port);
    return FALSE;
  }
  if (config->webhook_url != NULL && config->webhook_secret == NULL) {
    g_set_error_literal (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE,
                         "webhook_url needs a webhook_secret, by which the receiver knows us");
    return FALSE;
  }
  for (guint i = 0; config->demo && i < config->lessons->len; i++) {
    const CrLessonConfig *lesson = config->lessons->pdata[i];

    if (g_str_equal (lesson->id, CR_DEMO_LESSON)) {
      g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE,
                   "line %u: the name “" CR_DEMO_LESSON "” belongs to the demo lesson", lesson->line);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
cr_config_split_listen (const gchar *listen, gchar **host, guint16 *port)
{
  const gchar *colon = strrchr (listen, ':');
  g_autofree gchar *address = NULL;
  guint64 number;

  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, &number, NULL))
    return FALSE;
  if (listen[0] == '[' && colon > listen + 1 && colon[-1] == ']')
    address = g_strndup (listen + 1, (gsize)(colon - listen) - 2);
  else if (memchr (listen, ':', (gsize)(colon - listen)) == NULL)
    address = g_strndup (listen, (gsize)(colon - listen));
  if (address == NULL || !g_hostname_is_ip_address (address))
    return FALSE;

  *host = g_steal_pointer (&address);
  *port = (guint16)number;
  return TRUE;
}

gboolean
cr_lesson_id_is_valid (const gchar *id)
{
  gsize length = strlen (id);

  if (length == 0 || length > CR_LESSON_ID_MAX_BYTES)
    return FALSE;
  return strspn (id, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-") == length;
}

CrLessonConfig *
cr_lesson_config_new (const gchar *id, guint line)
{
  CrLessonConfig *lesson = g_new0 (CrLessonConfig, 1);

  lesson->id = g_strdup (id);
  lesson->title = g_strdup (id);
  lesson->line = line;
  lesson->video_codecs = g_strdupv ((gchar **)default_video_codecs);
  return lesson;
}

void
cr_lesson_config_free (CrLessonConfig *lesson)
{
  g_free (lesson->id);
  g_free (lesson->title);
  g_strfreev (lesson->video_codecs);
  g_free (lesson);
}

/* Defaults that need a reason: 18 classrooms is what one lesson of the plan has; 4,000 peers is twice what
 * one core carries; a lesson keeps its pipeline for a minute after the last peer has left, so that a
 * reconnecting teacher finds its histories; TURN credentials outlive a school day. */
CrConfig *
cr_config_new (void)
{
  CrConfig *config = g_new0 (CrConfig, 1);

  config->listen = g_strdupv ((gchar **)default_listen);
  config->log_level = CR_LOG_INFO;
  config->demo_classrooms = 18;
  config->media_port = 8443;
  config->media_addresses = g_new0 (gchar *, 1);
  config->workers = 1;
  config->udp = TRUE;
  config->max_handshakes = 256;
  config->send_buffer_bytes = 4 * 1024 * 1024;
  config->max_peers = 4000;
  config->max_peers_per_lesson = 2000;
  config->idle_lesson_s = 60;
  config->retry_after_s = 5;
  config->stun_urls = g_new0 (gchar *, 1);
  config->turn_urls = g_new0 (gchar *, 1);
  config->turn_ttl_s = 86400;
  config->lessons = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_lesson_config_free);
  return config;
}

void
cr_config_free (CrConfig *config)
{
  g_strfreev (config->listen);
  g_free (config->public_url);
  g_free (config->state_dir);
  g_strfreev (config->media_addresses);
  g_free (config->announce_address);
  g_strfreev (config->stun_urls);
  g_strfreev (config->turn_urls);
  g_free (config->turn_secret);
  g_free (config->webhook_url);
  g_free (config->webhook_secret);
  g_free (config->phone);
  g_ptr_array_unref (config->lessons);
  g_free (config);
}
