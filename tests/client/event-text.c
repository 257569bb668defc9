/* SPDX-License-Identifier: Apache-2.0
 *
 * Server-sent events, cut at every place.
 */
#include "event-text.h"

#include <string.h>

static void
note (const gchar *id, const gchar *name, const gchar *data, gpointer user)
{
  g_string_append_printf (user, "[%s|%s|%s]", id, name, data);
}

static const gchar stream[] =
    "retry: 1000\n\n: beat\n\nid: 8f.1\nevent: snapshot\ndata: {\"a\":1}\n\n"
    "event:floor\r\nid:8f.2\r\ndata:{\r\ndata: }\r\n\r\nevent: empty\n\ndata\rfoo: bar\r\r";
static const gchar events[] = "[8f.1|snapshot|{\"a\":1}][8f.2|floor|{\n}][8f.2|message|]";

static void
test_cut_anywhere (void)
{
  for (gsize cut = 0; cut <= strlen (stream); cut++) {
    g_autoptr (GString) seen = g_string_new (NULL);
    g_autoptr (CrEventText) text = cr_event_text_new (note, seen);

    g_assert_true (cr_event_text_feed (text, stream, cut));
    g_assert_true (cr_event_text_feed (text, stream + cut, strlen (stream) - cut));
    g_assert_cmpstr (seen->str, ==, events);
  }
}

/* What a broken or hostile relay sends without end is given up. */
static void
test_event_without_end (void)
{
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (CrEventText) text = cr_event_text_new (note, seen);
  g_autofree gchar *line = g_strnfill (65536, 'x');
  guint n = 0;

  while (n < 100 && cr_event_text_feed (text, line, 65536))
    n++;
  g_assert_cmpuint (n, <, 20);
  g_assert_cmpuint (seen->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/event-text/cut-anywhere", test_cut_anywhere);
  g_test_add_func ("/event-text/event-without-end", test_event_without_end);
  return g_test_run ();
}
