/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the relay is, which lesson is meant and with what right: the arguments that the demo teacher and the
 * simulated classrooms share. Tokens come from a file, the environment or the relay's own demo page, never
 * from the command line, where every user of the machine would see them.
 */
#pragma once

#include "http-client.h"

G_BEGIN_DECLS

typedef enum { CR_ACCESS_TEACHER, CR_ACCESS_CLASSROOMS } CrAccessRole;
typedef void (*CrAccessFunc) (gpointer data);

typedef struct {
  gchar *url;
  gchar *lesson;
  gchar *token_file; /* one token a line */
  gboolean demo;     /* ask /demo.json */

  CrHttpClient *http;
  gchar **tokens; /* NULL-terminated, at least one */

  /* private */
  CrAccessRole role;
  gboolean from_demo;
  GCancellable *refreshing;
  CrAccessFunc refreshed;
  gpointer refreshed_data;
} CrAccess;

/* Adds --url, --lesson, --token-file and --demo. `access` is zeroed here and must outlive the parsing. */
void cr_access_add_options (CrAccess *access, GOptionContext *context);

/* After the parsing: makes the HTTP client and reads the tokens. With --demo it waits up to 30 s for a relay
 * that is still starting. [main] */
gboolean cr_access_resolve (CrAccess *access, CrAccessRole role, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* After a refusal: asks /demo.json again; `func` is called when the tokens are others than before. Does
 * nothing unless the tokens came from there. At most one request at a time. [main] */
void cr_access_refresh (CrAccess *access, CrAccessFunc func, gpointer data);

void cr_access_clear (CrAccess *access);

G_END_DECLS
