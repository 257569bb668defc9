/* SPDX-License-Identifier: Apache-2.0
 *
 * A list behind a mutex that is held for two assignments, and an eventfd that is written only when the list
 * was empty: a hundred calls in a row wake the worker once.
 */
#include "rtc/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

typedef struct Message Message;
struct Message {
  CrMailboxFunc func;
  gpointer data;
  Message *next;
};

struct CrMailbox {
  int fd;
  GMutex mutex;
  Message *first;
  Message **last; /* where the next one's address goes */
};

CrMailbox *
cr_mailbox_new (void)
{
  int fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  CrMailbox *mailbox;

  if (fd < 0)
    return NULL;
  mailbox = g_new0 (CrMailbox, 1);
  mailbox->fd = fd;
  mailbox->last = &mailbox->first;
  g_mutex_init (&mailbox->mutex);
  return mailbox;
}

void
cr_mailbox_free (CrMailbox *mailbox)
{
  if (mailbox == NULL)
    return;
  g_assert (mailbox->first == NULL);
  close (mailbox->fd);
  g_mutex_clear (&mailbox->mutex);
  g_free (mailbox);
}

int
cr_mailbox_get_fd (CrMailbox *mailbox)
{
  return mailbox->fd;
}

void
cr_mailbox_post (CrMailbox *mailbox, CrMailboxFunc func, gpointer data)
{
  Message *message = g_new (Message, 1);
  gboolean was_empty;

  *message = (Message){func, data, NULL};
  g_mutex_lock (&mailbox->mutex);
  was_empty = mailbox->first == NULL;
  *mailbox->last = message;
  mailbox->last = &message->next;
  /* Within the lock, so that the mailbox may be freed as soon as the message has run. */
  if (was_empty && eventfd_write (mailbox->fd, 1) < 0)
    g_assert_not_reached (); /* the counter never comes near its 64 bits */
  g_mutex_unlock (&mailbox->mutex);
}

typedef struct {
  CrMailboxFunc func;
  gpointer data;
  GMutex mutex;
  GCond cond;
  gboolean done;
} SyncCall;

static void
run_sync_call (gpointer data)
{
  SyncCall *call = data;

  call->func (call->data);
  g_mutex_lock (&call->mutex);
  call->done = TRUE;
  g_cond_signal (&call->cond);
  g_mutex_unlock (&call->mutex);
}

void
cr_mailbox_post_and_wait (CrMailbox *mailbox, CrMailboxFunc func, gpointer data)
{
  SyncCall call = {.func = func, .data = data};

  g_mutex_init (&call.mutex);
  g_cond_init (&call.cond);
  cr_mailbox_post (mailbox, run_sync_call, &call);
  g_mutex_lock (&call.mutex);
  while (!call.done)
    g_cond_wait (&call.cond, &call.mutex);
  g_mutex_unlock (&call.mutex);
  g_mutex_clear (&call.mutex);
  g_cond_clear (&call.cond);
}

void
cr_mailbox_run (CrMailbox *mailbox)
{
  Message *message;
  eventfd_t count;

  g_mutex_lock (&mailbox->mutex);
  (void)eventfd_read (mailbox->fd, &count);
  message = mailbox->first;
  mailbox->first = NULL;
  mailbox->last = &mailbox->first;
  g_mutex_unlock (&mailbox->mutex);

  while (message != NULL) {
    Message *next = message->next;

    message->func (message->data);
    g_free (message);
    message = next;
  }
}
