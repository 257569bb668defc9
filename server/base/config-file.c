/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads `classrelayd.conf`: sections in brackets, `key = value` lines, whole-line comments. It is stricter
 * than GKeyFile, which keeps the last of two equal keys and cannot say on which line a key stood: here
 * everything that is not understood is refused by name and line.
 */
#include "base/config-keys.h"

#include <gio/gio.h>
#include <string.h>

/* A configuration of hundreds of lessons is some 100 KiB. */
#define MAX_FILE_BYTES (1024 * 1024)

typedef struct {
  CrConfig *config;
  const gchar *name;
  const gchar *folder;
  guint line;
  gchar *section;         /* NULL before the first */
  CrLessonConfig *lesson; /* within [lesson NAME] */
  GHashTable *seen;       /* "section" or "section\nkey" -> line */
} Reader;

static void
reader_clear (Reader *reader)
{
  g_free (reader->section);
  g_hash_table_unref (reader->seen);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

/* Every message begins with "classrelayd.conf:12: ". */
static gboolean G_GNUC_PRINTF (4, 5)
    refuse (const Reader *reader, CrConfigError code, GError **error, const gchar *format, ...)
{
  g_autofree gchar *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, CR_CONFIG_ERROR, code, "%s:%u: %s", reader->name, reader->line, message);
  return FALSE;
}

/* TRUE the first time; otherwise refuses with the line of the first. */
static gboolean
note_first (Reader *reader, const gchar *what, const gchar *key, GError **error)
{
  guint first = GPOINTER_TO_UINT (g_hash_table_lookup (reader->seen, key));

  if (first != 0)
    return refuse (reader, CR_CONFIG_ERROR_SYNTAX, error, "%s already stands in line %u", what, first);
  g_hash_table_insert (reader->seen, g_strdup (key), GUINT_TO_POINTER (reader->line));
  return TRUE;
}

static gboolean
begin_section (Reader *reader, gchar *line, GError **error)
{
  gsize length = strlen (line);
  g_autofree gchar *what = g_strdup_printf ("section %s", line);

  if (line[length - 1] != ']')
    return refuse (reader, CR_CONFIG_ERROR_SYNTAX, error, "a section must end with “]”");
  line[length - 1] = '\0';
  line++;

  g_free (reader->section);
  reader->section = g_strdup (line);
  reader->lesson = NULL;
  if (!note_first (reader, what, line, error))
    return FALSE;
  if (!g_str_has_prefix (line, "lesson ")) {
    if (cr_config_section_is_known (line))
      return TRUE;
    return refuse (reader, CR_CONFIG_ERROR_UNKNOWN, error, "unknown section [%s]", line);
  }

  line += strlen ("lesson ");
  if (!cr_lesson_id_is_valid (line))
    return refuse (reader, CR_CONFIG_ERROR_VALUE, error,
                   "a lesson's name is 1 to %d letters, digits, “-” and “_”, not “%s”",
                   CR_LESSON_ID_MAX_BYTES, line);
  reader->lesson = cr_lesson_config_new (line, reader->line);
  g_ptr_array_add (reader->config->lessons, reader->lesson);
  return TRUE;
}

static gboolean
set_token_hash (const gchar *value, gboolean *has, CrTokenHash *hash, GError **error)
{
  if (*has) {
    g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE,
                 "the token is given twice, as hash and as file");
    return FALSE;
  }
  if (!cr_token_hash_parse (value, hash)) {
    g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE,
                 "a token's SHA-256 is 64 hexadecimal digits (printf %%s TOKEN | sha256sum)");
    return FALSE;
  }
  *has = TRUE;
  return TRUE;
}

/* The message never holds what the file holds. */
static gboolean
set_token_file (const Reader *reader, const gchar *value, gboolean *has, CrTokenHash *hash, GError **error)
{
  g_autofree gchar *path = g_canonicalize_filename (value, reader->folder);
  g_autofree gchar *token = NULL;
  gsize length;

  if (*has) {
    g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE,
                 "the token is given twice, as hash and as file");
    return FALSE;
  }
  if (!g_file_get_contents (path, &token, &length, error))
    return FALSE;
  g_strstrip (token);
  length = strlen (token);
  if (length < CR_TOKEN_MIN_BYTES || length > CR_TOKEN_MAX_BYTES) {
    explicit_bzero (token, length);
    g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE, "%s must hold a token of %d to %d characters",
                 path, CR_TOKEN_MIN_BYTES, CR_TOKEN_MAX_BYTES);
    return FALSE;
  }
  cr_token_hash (token, hash);
  explicit_bzero (token, length);
  *has = TRUE;
  return TRUE;
}

static gboolean
check_video_codec (const gchar *value)
{
  return g_str_equal (value, "H264") || g_str_equal (value, "VP8");
}

static gboolean
set_lesson_key (Reader *reader, const gchar *key, const gchar *value, GError **error)
{
  CrLessonConfig *lesson = reader->lesson;

  if (g_str_equal (key, "title")) {
    g_free (lesson->title);
    lesson->title = g_strdup (value);
    return TRUE;
  }
  if (g_str_equal (key, "publisher_token_sha256"))
    return set_token_hash (value, &lesson->has_publisher_token, &lesson->publisher_token, error);
  if (g_str_equal (key, "viewer_token_sha256"))
    return set_token_hash (value, &lesson->has_viewer_token, &lesson->viewer_token, error);
  if (g_str_equal (key, "publisher_token_file"))
    return set_token_file (reader, value, &lesson->has_publisher_token, &lesson->publisher_token, error);
  if (g_str_equal (key, "viewer_token_file"))
    return set_token_file (reader, value, &lesson->has_viewer_token, &lesson->viewer_token, error);
  if (g_str_equal (key, "video_codecs"))
    return cr_config_parse_list (value, check_video_codec, &lesson->video_codecs, error);

  g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_UNKNOWN, "unknown key");
  return FALSE;
}

static gboolean
read_key (Reader *reader, gchar *line, GError **error)
{
  gchar *equals = strchr (line, '=');
  g_autofree gchar *seen_key = NULL;
  g_autofree gchar *what = NULL;
  g_autoptr (GError) why = NULL;
  gchar *value;
  gboolean ok;

  if (equals == NULL)
    return refuse (reader, CR_CONFIG_ERROR_SYNTAX, error,
                   "neither “key = value” nor “[section]” nor a comment");
  *equals = '\0';
  g_strchomp (line);
  value = g_strchug (equals + 1);
  if (reader->section == NULL)
    return refuse (reader, CR_CONFIG_ERROR_SYNTAX, error, "key “%s” stands before the first section", line);

  seen_key = g_strdup_printf ("%s\n%s", reader->section, line);
  what = g_strdup_printf ("key “%s” of [%s]", line, reader->section);
  if (!note_first (reader, what, seen_key, error))
    return FALSE;
  ok = reader->lesson != NULL ? set_lesson_key (reader, line, value, &why)
                              : cr_config_set (reader->config, reader->section, line, value, &why);
  if (ok)
    return TRUE;
  if (g_error_matches (why, CR_CONFIG_ERROR, CR_CONFIG_ERROR_UNKNOWN))
    return refuse (reader, CR_CONFIG_ERROR_UNKNOWN, error, "unknown key “%s” in [%s]", line, reader->section);
  return refuse (reader, CR_CONFIG_ERROR_VALUE, error, "%s: %s", line, why->message);
}

/* A lesson that nobody may enter is a mistake. */
static gboolean
check_lessons (Reader *reader, GError **error)
{
  for (guint i = 0; i < reader->config->lessons->len; i++) {
    const CrLessonConfig *lesson = reader->config->lessons->pdata[i];

    reader->line = lesson->line;
    if (!lesson->has_publisher_token || !lesson->has_viewer_token)
      return refuse (reader, CR_CONFIG_ERROR_VALUE, error, "[lesson %s] has no %s token", lesson->id,
                     lesson->has_publisher_token ? "viewer" : "publisher");
  }
  return TRUE;
}

gboolean
cr_config_parse (CrConfig *config, const gchar *text, gsize length_bytes, const gchar *name,
                 const gchar *folder, GError **error)
{
  g_auto (Reader) reader = {.config = config, .name = name, .folder = folder};
  g_autofree gchar *copy = NULL; /* ends with a NUL, which `text` need not */
  g_auto (GStrv) lines = NULL;
  const gchar *invalid;

  reader.seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!g_utf8_validate_len (text, length_bytes, &invalid)) {
    reader.line = 1;
    for (const gchar *p = text; p < invalid; p++)
      reader.line += *p == '\n';
    return refuse (&reader, CR_CONFIG_ERROR_SYNTAX, error, "not UTF-8 text");
  }
  copy = g_strndup (text, length_bytes);
  lines = g_strsplit (copy, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    gchar *line = g_strstrip (lines[i]);

    reader.line = i + 1;
    if (*line == '\0' || *line == '#' || *line == ';')
      continue;
    if (*line == '[' ? !begin_section (&reader, line, error) : !read_key (&reader, line, error))
      return FALSE;
  }
  return check_lessons (&reader, error);
}

gboolean
cr_config_load (CrConfig *config, const gchar *path, GError **error)
{
  g_autofree gchar *absolute = g_canonicalize_filename (path, NULL);
  g_autofree gchar *folder = g_path_get_dirname (absolute);
  g_autofree gchar *text = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, error))
    return FALSE;
  if (length > MAX_FILE_BYTES) {
    g_set_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_FILE, "%s: larger than %d bytes", path,
                 MAX_FILE_BYTES);
    return FALSE;
  }
  return cr_config_parse (config, text, length, path, folder, error);
}
