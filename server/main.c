/* SPDX-License-Identifier: Apache-2.0
 *
 * classrelayd: reads the options and the configuration, then hands over to the app. Exit status: 0 stopped
 * cleanly, or the check or the command was good, 1 the configuration, an option or a command is wrong, 2 a
 * port is taken or something of the system is in the way.
 */
#include "app.h"
#include "command.h"
#include "version.h"

#include <gst/gst.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

enum { EXIT_GOOD = 0, EXIT_CONFIG = 1, EXIT_SYSTEM = 2 };

/* What the options say, before it goes over what the file says. NULL: not given. */
typedef struct {
  gchar *config_path;
  gboolean check, version;
  gboolean demo, no_udp;
  gchar **listen, **media_addresses;
  gchar *state, *log_level, *drain_s, *demo_classrooms;
  gchar *media_port, *announce_address, *workers;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->config_path);
  g_strfreev (options->listen);
  g_strfreev (options->media_addresses);
  g_free (options->state);
  g_free (options->log_level);
  g_free (options->drain_s);
  g_free (options->demo_classrooms);
  g_free (options->media_port);
  g_free (options->announce_address);
  g_free (options->workers);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options *o, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o->config_path, "Configuration to read", "FILE"},
      {"check-config", 0, 0, G_OPTION_ARG_NONE, &o->check, "Read the configuration, say what is wrong, exit",
       NULL},
      {"listen", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &o->listen,
       "Serve HTTP there, default 127.0.0.1:8080; may be repeated", "ADDRESS:PORT"},
      {"media-port", 'p', 0, G_OPTION_ARG_STRING, &o->media_port,
       "UDP and TCP port of media, default 8443; further workers take the next", "PORT"},
      {"media-address", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->media_addresses,
       "Take media on this local address only; may be repeated", "ADDRESS"},
      {"announce-address", 0, 0, G_OPTION_ARG_STRING, &o->announce_address,
       "Offer this address too: what 1:1 NAT makes of ours", "ADDRESS"},
      {"no-udp", 0, 0, G_OPTION_ARG_NONE, &o->no_udp, "Media by TCP only", NULL},
      {"workers", 'w', 0, G_OPTION_ARG_STRING, &o->workers, "Media threads, default 1", "N"},
      {"state", 0, 0, G_OPTION_ARG_FILENAME, &o->state, "Folder for what must survive a restart", "DIR"},
      {"demo", 0, 0, G_OPTION_ARG_NONE, &o->demo,
       "Open the lesson “demo”; this machine finds its tokens at /demo.json", NULL},
      {"demo-classrooms", 0, 0, G_OPTION_ARG_STRING, &o->demo_classrooms,
       "Classroom tokens of the demo lesson, default 18", "N"},
      {"drain", 0, 0, G_OPTION_ARG_STRING, &o->drain_s,
       "Seconds that running lessons may go on after SIGTERM, default 0", "S"},
      {"log-level", 0, 0, G_OPTION_ARG_STRING, &o->log_level, "debug, info (default), warning or error",
       "LEVEL"},
      {"version", 0, 0, G_OPTION_ARG_NONE, &o->version, "Print the version and exit", NULL},
      {NULL},
  };
  g_autofree gchar *commands = cr_command_usage ();
  g_autofree gchar *description =
      g_strconcat ("Commands, which end when they are done:\n", commands,
                   "\nconfig/classrelayd.conf documents every key of the configuration.\n", NULL);
  g_autoptr (GOptionContext) context = g_option_context_new ("[COMMAND …] - relay for remote classrooms");

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (context, description);
  return g_option_context_parse (context, argc, argv, error);
}

typedef struct {
  const gchar *option, *section, *key, *value; /* value NULL: not given */
} Override;

static gboolean
apply_options (CrConfig *config, const Options *o, GError **error)
{
  g_autofree gchar *listen = o->listen != NULL ? g_strjoinv (",", o->listen) : NULL;
  g_autofree gchar *addresses = o->media_addresses != NULL ? g_strjoinv (",", o->media_addresses) : NULL;
  const Override overrides[] = {
      {"--listen", "server", "listen", listen},
      {"--state", "server", "state", o->state},
      {"--log-level", "server", "log_level", o->log_level},
      {"--demo", "server", "demo", o->demo ? "true" : NULL},
      {"--demo-classrooms", "server", "demo_classrooms", o->demo_classrooms},
      {"--drain", "server", "drain_s", o->drain_s},
      {"--media-port", "media", "port", o->media_port},
      {"--media-address", "media", "address", addresses},
      {"--announce-address", "media", "announce_address", o->announce_address},
      {"--no-udp", "media", "udp", o->no_udp ? "false" : NULL},
      {"--workers", "media", "workers", o->workers},
  };

  for (guint i = 0; i < G_N_ELEMENTS (overrides); i++) {
    const Override *override = &overrides[i];

    if (override->value == NULL)
      continue;
    if (!cr_config_set (config, override->section, override->key, override->value, error)) {
      g_prefix_error (error, "%s: ", override->option);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
load_config (CrConfig *config, const Options *options, GError **error)
{
  if (options->config_path != NULL && !cr_config_load (config, options->config_path, error))
    return FALSE;
  return apply_options (config, options, error) && cr_config_check (config, error);
}

static gboolean
prepare_state_dir (const CrConfig *config)
{
  if (config->state_dir == NULL || g_mkdir_with_parents (config->state_dir, 0700) == 0)
    return TRUE;
  fprintf (stderr, "classrelayd: cannot make %s: %s; choose another folder with --state DIR\n",
           config->state_dir, g_strerror (errno));
  return FALSE;
}

/* Each ICE-TCP viewer is a descriptor; the soft limit of 1024 is for programs that use select(). */
static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
    cr_log (CR_LOG_WARNING, "descriptor-limit-not-raised", "why", g_strerror (errno), NULL);
}

static int
serve (const CrConfig *config)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrApp) app = NULL;

  cr_log_set_level (config->log_level);
  if (!prepare_state_dir (config))
    return EXIT_SYSTEM;
  signal (SIGPIPE, SIG_IGN);
  raise_descriptor_limit ();
  app = cr_app_new (config, &error);
  if (app == NULL) {
    fprintf (stderr, "classrelayd: %s\n", error->message);
    return EXIT_SYSTEM;
  }
  cr_app_run (app);
  return EXIT_GOOD;
}

int
main (int argc, char **argv)
{
  g_autoptr (CrConfig) config = cr_config_new ();
  g_autoptr (GError) error = NULL;
  g_auto (Options) options = {0};

  setlocale (LC_ALL, "");
  if (!parse_options (&options, &argc, &argv, &error) ||
      (!options.version && !load_config (config, &options, &error))) {
    fprintf (stderr, "classrelayd: %s\n", error->message);
    return EXIT_CONFIG;
  }
  if (options.version) {
    printf ("classrelayd %s\n", CR_VERSION);
    return EXIT_GOOD;
  }
  if (argc > 1)
    return cr_command_run (config, argv + 1);
  if (options.check) {
    printf ("classrelayd: the configuration is good\n");
    return EXIT_GOOD;
  }
  gst_init (NULL, NULL);
  return serve (config);
}
