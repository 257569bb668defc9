/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls of several threads arrive complete, and each thread's in its order.
 */
#include "rtc/mailbox.h"

#include <poll.h>

#define N_THREADS 4
#define N_CALLS   5000

typedef struct {
  CrMailbox *mailbox;
  guint id;
} Caller;

static guint next_of[N_THREADS];
static guint n_run;

static void
on_call (gpointer data)
{
  guint caller = GPOINTER_TO_UINT (data) / N_CALLS, number = GPOINTER_TO_UINT (data) % N_CALLS;

  g_assert_cmpuint (next_of[caller], ==, number);
  next_of[caller]++;
  n_run++;
}

static gpointer
call_often (gpointer data)
{
  Caller *caller = data;

  for (guint i = 0; i < N_CALLS; i++)
    cr_mailbox_post (caller->mailbox, on_call, GUINT_TO_POINTER (caller->id * N_CALLS + i));
  return NULL;
}

static void
test_order (void)
{
  g_autoptr (CrMailbox) mailbox = cr_mailbox_new ();
  struct pollfd poll_fd = {.fd = cr_mailbox_get_fd (mailbox), .events = POLLIN};
  GThread *threads[N_THREADS];
  Caller callers[N_THREADS];

  g_assert_cmpint (poll (&poll_fd, 1, 0), ==, 0);
  for (guint i = 0; i < N_THREADS; i++) {
    callers[i] = (Caller){mailbox, i};
    threads[i] = g_thread_new ("caller", call_often, &callers[i]);
  }
  while (n_run < N_THREADS * N_CALLS) {
    g_assert_cmpint (poll (&poll_fd, 1, 10000), ==, 1);
    cr_mailbox_run (mailbox);
  }
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (poll (&poll_fd, 1, 0), ==, 0);
}

static void
on_last (gpointer data)
{
  n_run++;
}

static void
on_first (gpointer data)
{
  cr_mailbox_post (data, on_last, NULL);
  n_run++;
}

static void
test_posted_while_running_waits (void)
{
  g_autoptr (CrMailbox) mailbox = cr_mailbox_new ();

  n_run = 0;
  cr_mailbox_post (mailbox, on_first, mailbox);
  cr_mailbox_run (mailbox);
  g_assert_cmpuint (n_run, ==, 1);
  cr_mailbox_run (mailbox);
  g_assert_cmpuint (n_run, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mailbox/order", test_order);
  g_test_add_func ("/mailbox/posted-while-running-waits", test_posted_while_running_waits);
  return g_test_run ();
}
