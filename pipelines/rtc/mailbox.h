/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls from other threads into a worker, in the order in which they were made. The file descriptor is
 * readable while there are any, so that it can sit in the worker's epoll set.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CrMailbox CrMailbox;
typedef void (*CrMailboxFunc) (gpointer data);

/* NULL, and errno, when the process has no descriptor left. */
CrMailbox *cr_mailbox_new (void);
void cr_mailbox_free (CrMailbox *mailbox); /* must be empty */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrMailbox, cr_mailbox_free)
int cr_mailbox_get_fd (CrMailbox *mailbox);

/* Any thread. */
void cr_mailbox_post (CrMailbox *mailbox, CrMailboxFunc func, gpointer data);

/* The same, and returns when it has run. Any thread but the one that runs the mailbox. */
void cr_mailbox_post_and_wait (CrMailbox *mailbox, CrMailboxFunc func, gpointer data);

/* Runs what had been posted when it began; what those post meanwhile waits for the next call. */
void cr_mailbox_run (CrMailbox *mailbox);

G_END_DECLS
