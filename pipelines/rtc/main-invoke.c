/* SPDX-License-Identifier: Apache-2.0
 *
 * One mailbox for the process, read by the default main context.
 */
#include "rtc/main-invoke.h"

#include "rtc/mailbox.h"
#include <glib-unix.h>

static CrMailbox *main_mailbox;

static gboolean
on_calls_waiting (gint fd, GIOCondition condition, gpointer data)
{
  cr_mailbox_run (main_mailbox);
  return G_SOURCE_CONTINUE;
}

void
cr_main_invoke_init (void)
{
  if (main_mailbox != NULL)
    return;
  main_mailbox = cr_mailbox_new ();
  if (main_mailbox == NULL)
    g_error ("no file descriptor is left for the main thread's mailbox");
  g_unix_fd_add (cr_mailbox_get_fd (main_mailbox), G_IO_IN, on_calls_waiting, NULL);
}

void
cr_main_invoke (void (*func) (gpointer data), gpointer data)
{
  cr_mailbox_post (main_mailbox, func, data);
}
