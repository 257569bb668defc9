/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration: what is good is taken, what is wrong is refused by name and line.
 */
#include "base/config.h"

#include <glib/gstdio.h>
#include <string.h>

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define TOKENS "publisher_token_sha256 = " HASH_A "\nviewer_token_sha256 = " HASH_B "\n"

static CrConfig *
parse (const gchar *text, GError **error)
{
  g_autoptr (CrConfig) config = cr_config_new ();

  return cr_config_parse (config, text, strlen (text), "c.conf", "/nowhere", error)
             ? g_steal_pointer (&config)
             : NULL;
}

static void
test_defaults_are_loopback (void)
{
  g_autoptr (CrConfig) config = cr_config_new ();

  g_assert_cmpstr (config->listen[0], ==, "127.0.0.1:8080");
  g_assert_null (config->listen[1]);
  g_assert_false (config->demo);
  g_assert_cmpuint (config->media_port, ==, 8443);
  g_assert_cmpuint (config->lessons->len, ==, 0);
}

static void
test_every_key_is_read (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrConfig) config = parse (
      "# a comment\r\n; another\n[server]\nlisten = 127.0.0.1:1, [::1]:2\nstate=/var/x\nlog_level = debug\n"
      "demo = true\ndemo_classrooms = 3\ndrain_s = 4\n\n[media]\nport = 9000\naddress = "
      "192.0.2.1,2001:db8::1\n"
      "announce_address = 198.51.100.1\nworkers = 2\nudp = false\nmax_handshakes = 7\nbuffer_bytes = 65536\n"
      "[limits]\npeers = 10\npeers_per_lesson = 5\nidle_lesson_s = 0\nretry_after_s = 9\n"
      "[ice]\nstun_urls = stun:stun.example.org\nturn_urls = turn:a.example?transport=udp, "
      "turns:b.example:443\n"
      "turn_secret = s = s\nturn_ttl_s = 60\n"
      "[notices]\nwebhook_url = https://hooks.example.org/x?key=1\nwebhook_secret = w\n"
      "[district]\nphone = 023-6312 0000 转 12\n"
      "[lesson music-3]\ntitle = 音乐 三年级\n" TOKENS "video_codecs = VP8\n",
      &error);
  const CrLessonConfig *lesson;

  g_assert_no_error (error);
  g_assert_cmpstr (config->listen[1], ==, "[::1]:2");
  g_assert_cmpstr (config->state_dir, ==, "/var/x");
  g_assert_cmpint (config->log_level, ==, CR_LOG_DEBUG);
  g_assert_true (config->demo);
  g_assert_cmpuint (config->demo_classrooms, ==, 3);
  g_assert_cmpuint (config->drain_s, ==, 4);
  g_assert_cmpuint (config->media_port, ==, 9000);
  g_assert_cmpstr (config->media_addresses[1], ==, "2001:db8::1");
  g_assert_cmpstr (config->announce_address, ==, "198.51.100.1");
  g_assert_cmpuint (config->workers, ==, 2);
  g_assert_false (config->udp);
  g_assert_cmpuint (config->max_handshakes, ==, 7);
  g_assert_cmpuint (config->send_buffer_bytes, ==, 65536);
  g_assert_cmpuint (config->max_peers, ==, 10);
  g_assert_cmpuint (config->max_peers_per_lesson, ==, 5);
  g_assert_cmpuint (config->idle_lesson_s, ==, 0);
  g_assert_cmpuint (config->retry_after_s, ==, 9);
  g_assert_cmpstr (config->stun_urls[0], ==, "stun:stun.example.org");
  g_assert_cmpstr (config->turn_urls[1], ==, "turns:b.example:443");
  g_assert_cmpstr (config->turn_secret, ==, "s = s");
  g_assert_cmpuint (config->turn_ttl_s, ==, 60);
  g_assert_cmpstr (config->webhook_url, ==, "https://hooks.example.org/x?key=1");
  g_assert_cmpstr (config->webhook_secret, ==, "w");
  g_assert_cmpstr (config->phone, ==, "023-6312 0000 转 12");
  g_assert_cmpuint (config->lessons->len, ==, 1);
  lesson = config->lessons->pdata[0];
  g_assert_cmpstr (lesson->id, ==, "music-3");
  g_assert_cmpstr (lesson->title, ==, "音乐 三年级");
  g_assert_cmpuint (lesson->publisher_token.bytes[31], ==, 0xaa);
  g_assert_cmpuint (lesson->viewer_token.bytes[0], ==, 0xbb);
  g_assert_cmpstr (lesson->video_codecs[0], ==, "VP8");
  g_assert_null (lesson->video_codecs[1]);
}

typedef struct {
  const gchar *text;
  const gchar *message; /* how it begins */
} Refused;

static void
test_what_is_wrong_is_named_with_its_line (void)
{
  static const Refused refused[] = {
      {"[media]\nprot = 1\n", "c.conf:2: unknown key “prot” in [media]"},
      {"\n\n[meida]\n", "c.conf:3: unknown section [meida]"},
      {"[media]\nport = 1\nudp = true\nport = 2\n",
       "c.conf:4: key “port” of [media] already stands in line 2"},
      {"[media]\n[ice]\n[media]\n", "c.conf:3: section [media] already stands in line 1"},
      {"port = 1\n", "c.conf:1: key “port” stands before the first section"},
      {"[media]\nport\n", "c.conf:2: neither"},
      {"[media\n", "c.conf:1: a section must end with “]”"},
      {"[media]\nport = 65536\n", "c.conf:2: port: “65536” must be a whole number from 0 to 65535"},
      {"[media]\nport = -1\n", "c.conf:2: port: "},
      {"[media]\nport = 80 # http\n", "c.conf:2: port: "},
      {"[media]\nport =\n", "c.conf:2: port: "},
      {"[media]\nudp = yes\n", "c.conf:2: udp: “yes” must be true or false"},
      {"[media]\naddress = example.org\n", "c.conf:2: address: "},
      {"[media]\naddress = 192.0.2.1,\n", "c.conf:2: address: "},
      {"[server]\nlisten = \n", "c.conf:2: listen: a value is missing"},
      {"[lesson a]\n" TOKENS "video_codecs =\n", "c.conf:4: video_codecs: a value is missing"},
      {"[server]\nlisten = 8080\n", "c.conf:2: listen: "},
      {"[server]\nlisten = ::1:8080\n", "c.conf:2: listen: "},
      {"[server]\nlog_level = loud\n", "c.conf:2: log_level: "},
      {"[ice]\nturn_urls = http://x\n", "c.conf:2: turn_urls: "},
      {"[ice]\nturn_urls = turn:\n", "c.conf:2: turn_urls: "},
      {"[ice]\nturn_urls = turn:x>; rel=\"y\"\n", "c.conf:2: turn_urls: "},
      {"[notices]\nwebhook_url = ftp://x\n", "c.conf:2: webhook_url: "},
      {"[notices]\nwebhook_url = https:///x\n", "c.conf:2: webhook_url: "},
      {"[district]\nphone = ask\n", "c.conf:2: phone: "},
      {"[district]\nphone = 1\t2\n", "c.conf:2: phone: "},
      {"[district]\nphone = 12345678901234567890123456789012345678901\n", "c.conf:2: phone: "},
      {"[lesson a b]\n", "c.conf:1: a lesson's name is "},
      {"[lesson ]\n", "c.conf:1: "},
      {"[lesson a]\n" TOKENS "colour = red\n", "c.conf:4: unknown key “colour” in [lesson a]"},
      {"[lesson a]\n" TOKENS "[lesson a]\n" TOKENS, "c.conf:4: section [lesson a] already stands in line 1"},
      {"[lesson a]\npublisher_token_sha256 = " HASH_A "\n", "c.conf:1: [lesson a] has no viewer token"},
      {"[lesson a]\npublisher_token_sha256 = abc\n",
       "c.conf:2: publisher_token_sha256: a token's SHA-256 is "},
      {"[lesson a]\n" TOKENS "video_codecs = AV1\n", "c.conf:4: video_codecs: “AV1” is not allowed here"},
      {"[lesson a]\npublisher_token_file = missing\n", "c.conf:2: publisher_token_file: "},
      {"[media]\ntitle = \xff\n", "c.conf:2: not UTF-8 text"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (CrConfig) config = parse (refused[i].text, &error);

    g_assert_null (config);
    g_test_message ("%s", error->message);
    g_assert_true (g_str_has_prefix (error->message, refused[i].message));
  }
}

static void
test_text_need_not_end (void)
{
  g_autoptr (CrConfig) config = cr_config_new ();
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = g_strdup ("[media]\nport = 12345");

  g_assert_true (cr_config_parse (config, text, strlen (text) - 1, "c.conf", "/", &error));
  g_assert_no_error (error);
  g_assert_cmpuint (config->media_port, ==, 1234);
}

static void
test_token_comes_from_a_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *folder = g_dir_make_tmp ("cr-config-XXXXXX", &error);
  g_autofree gchar *conf = g_build_filename (folder, "classrelayd.conf", NULL);
  g_autofree gchar *token = g_build_filename (folder, "teacher.token", NULL);
  g_autoptr (CrConfig) config = cr_config_new ();
  const CrLessonConfig *lesson;
  CrTokenHash expected;

  g_assert_true (g_file_set_contents (token, "0123456789abcdef0123\n", -1, &error));
  g_assert_true (g_file_set_contents (
      conf, "[lesson a]\npublisher_token_file = teacher.token\nviewer_token_sha256 = " HASH_B "\n", -1,
      &error));
  g_assert_true (cr_config_load (config, conf, &error));
  g_assert_no_error (error);
  lesson = config->lessons->pdata[0];
  cr_token_hash ("0123456789abcdef0123", &expected);
  g_assert_true (cr_token_hash_equal (&lesson->publisher_token, &expected));

  g_assert_true (g_file_set_contents (token, "short\n", -1, &error));
  g_clear_pointer (&config, cr_config_free);
  config = cr_config_new ();
  g_assert_false (cr_config_load (config, conf, &error));
  g_assert_nonnull (strstr (error->message, "classrelayd.conf:2:"));
  g_assert_null (strstr (error->message, "short"));

  g_assert_cmpint (g_remove (conf) + g_remove (token) + g_rmdir (folder), ==, 0);
}

static void
test_options_go_through_the_same_checks (void)
{
  g_autoptr (CrConfig) config = cr_config_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_config_set (config, "media", "port", "0", &error));
  g_assert_no_error (error);
  g_assert_cmpuint (config->media_port, ==, 0);
  g_assert_false (cr_config_set (config, "media", "port", "x", &error));
  g_assert_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_false (cr_config_set (config, "media", "nothing", "x", &error));
  g_assert_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_UNKNOWN);
}

static void
test_keys_are_checked_together (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrConfig) ports = parse ("[media]\nport = 65535\nworkers = 2\n", &error);
  g_autoptr (CrConfig) demo = parse ("[server]\ndemo = true\n[lesson demo]\n" TOKENS, &error);
  g_autoptr (CrConfig) notices = parse ("[notices]\nwebhook_url = http://hooks.example.org\n", &error);

  g_assert_no_error (error);
  g_assert_false (cr_config_check (ports, &error));
  g_assert_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_true (cr_config_set (ports, "media", "workers", "1", NULL));
  g_assert_true (cr_config_check (ports, &error));
  g_assert_false (cr_config_check (demo, &error));
  g_assert_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_true (cr_config_set (demo, "server", "demo", "false", NULL));
  g_assert_true (cr_config_check (demo, &error));
  g_assert_false (cr_config_check (notices, &error));
  g_assert_error (error, CR_CONFIG_ERROR, CR_CONFIG_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_true (cr_config_set (notices, "notices", "webhook_secret", "w", NULL));
  g_assert_true (cr_config_check (notices, &error));
}

/* config/classrelayd.conf holds every key, commented out with its default. */
static void
test_shipped_example_is_good (void)
{
  g_autofree gchar *path = g_test_build_filename (G_TEST_DIST, "..", "config", "classrelayd.conf", NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GRegex) commented = g_regex_new ("^#(\\[|[a-z0-9_]+ =)", G_REGEX_MULTILINE, 0, NULL);
  g_autofree gchar *opened = NULL;
  g_autoptr (CrConfig) config = cr_config_new ();

  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_assert_true (cr_config_parse (config, text, strlen (text), "classrelayd.conf", "/", &error));
  g_assert_no_error (error);
  g_clear_pointer (&config, cr_config_free);

  config = cr_config_new ();
  opened = g_regex_replace (commented, text, -1, 0, "\\1", 0, &error);
  g_assert_no_error (error);
  g_assert_true (cr_config_parse (config, opened, strlen (opened), "classrelayd.conf", "/", &error));
  g_assert_no_error (error);
  g_assert_cmpuint (config->lessons->len, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/config/defaults-are-loopback", test_defaults_are_loopback);
  g_test_add_func ("/base/config/every-key-is-read", test_every_key_is_read);
  g_test_add_func ("/base/config/what-is-wrong-is-named-with-its-line",
                   test_what_is_wrong_is_named_with_its_line);
  g_test_add_func ("/base/config/text-need-not-end", test_text_need_not_end);
  g_test_add_func ("/base/config/token-comes-from-a-file", test_token_comes_from_a_file);
  g_test_add_func ("/base/config/options-go-through-the-same-checks",
                   test_options_go_through_the_same_checks);
  g_test_add_func ("/base/config/keys-are-checked-together", test_keys_are_checked_together);
  g_test_add_func ("/base/config/shipped-example-is-good", test_shipped_example_is_good);
  return g_test_run ();
}
