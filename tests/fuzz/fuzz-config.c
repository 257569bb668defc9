/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: a configuration. What is refused is refused with a line, what is taken keeps its bounds. No
 * key may make it open a file of ours: relative paths start in a folder that does not exist.
 */
#include "fuzz-input.h"

#include "base/config.h"

#include <string.h>

static void
check_config (const CrConfig *config)
{
  g_assert_cmpuint (config->media_port, <=, G_MAXUINT16);
  g_assert_cmpuint (config->workers, >=, 1);
  g_assert_nonnull (config->listen[0]);
  for (guint i = 0; i < config->lessons->len; i++) {
    const CrLessonConfig *lesson = config->lessons->pdata[i];

    g_assert_true (cr_lesson_id_is_valid (lesson->id));
    g_assert_true (lesson->has_publisher_token && lesson->has_viewer_token);
    g_assert_nonnull (lesson->video_codecs[0]);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *text = g_memdup2 (data, size); /* exactly as long as told: no NUL to run to */
  g_autoptr (CrConfig) config = cr_config_new ();
  g_autoptr (GError) error = NULL;

  if (cr_config_parse (config, text != NULL ? text : "", size, "c.conf", "/nowhere", &error)) {
    g_assert_no_error (error);
    check_config (config);
    return 0;
  }
  g_assert_true (g_str_has_prefix (error->message, "c.conf:"));
  g_assert_true (g_ascii_isdigit (error->message[strlen ("c.conf:")]));
  g_assert_true (g_utf8_validate (error->message, -1, NULL)); /* it goes to a terminal and a log */
  return 0;
}
