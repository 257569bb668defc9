/* SPDX-License-Identifier: Apache-2.0
 *
 * A list behind a mutex that is held for two assignments, and an eventfd that is written only when the list
 * was empty: a hundred calls in a row wake the worker once. The mutex is of pthread, not GLib: everything
 * that passes between threads passes here, and ThreadSanitizer sees only pthread's in a GLib built without
 * it.
 */
#include "rtc/mailbox.h"

#include <pthread.h>
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
  pthread_mutex_t mutex;
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
  pthread_mutex_init (&mailbox->mutex, NULL);
  return mailbox;
}

void
cr_mailbox_free (CrMailbox *mailbox)
{
  if (mailbox == NULL)
    return;
  g_assert (mailbox->first == NULL);
  close (mailbox->fd);
  pthread_mutex_destroy (&mailbox->mutex);
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
  pthread_mutex_lock (&mailbox->mutex);
  was_empty = mailbox->first == NULL;
  *mailbox->last = message;
  mailbox->last = &message->next;
  /* Within the lock, so that the mailbox may be freed as soon as the message has run. */
  if (was_empty && eventfd_write (mailbox->fd, 1) < 0)
    g_assert_not_reached (); /* the counter never comes near its 64 bits */
  pthread_mutex_unlock (&mailbox->mutex);
}

typedef struct {
  CrMailboxFunc func;
  gpointer data;
  pthread_mutex_t mutex;
  pthread_cond_t cond;
  gboolean done;
} SyncCall;

static void
run_sync_call (gpointer data)
{
  SyncCall *call = data;

  call->func (call->data);
  pthread_mutex_lock (&call->mutex);
  call->done = TRUE;
  pthread_cond_signal (&call->cond);
  pthread_mutex_unlock (&call->mutex);
}

void
cr_mailbox_post_and_wait (CrMailbox *mailbox, CrMailboxFunc func, gpointer data)
{
  SyncCall call = {.func = func, .data = data};

  pthread_mutex_init (&call.mutex, NULL);
  pthread_cond_init (&call.cond, NULL);
  cr_mailbox_post (mailbox, run_sync_call, &call);
  pthread_mutex_lock (&call.mutex);
  while (!call.done)
    pthread_cond_wait (&call.cond, &call.mutex);
  pthread_mutex_unlock (&call.mutex);
  pthread_mutex_destroy (&call.mutex);
  pthread_cond_destroy (&call.cond);
}

void
cr_mailbox_run (CrMailbox *mailbox)
{
  Message *message;
  eventfd_t count;

  pthread_mutex_lock (&mailbox->mutex);
  (void)eventfd_read (mailbox->fd, &count);
  message = mailbox->first;
  mailbox->first = NULL;
  mailbox->last = &mailbox->first;
  pthread_mutex_unlock (&mailbox->mutex);

  while (message != NULL) {
    Message *next = message->next;

    message->func (message->data);
    g_free (message);
    message = next;
  }
}
