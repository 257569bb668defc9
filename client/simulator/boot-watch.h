/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices a restarted relay: asks for the lesson once a second and compares the boot id. Peers of the old
 * process are lost without a word, so this is how they know to join again.
 *
 * Thread: [main] throughout.
 */
#pragma once

#include "http-client.h"

G_BEGIN_DECLS

typedef struct CrBootWatch CrBootWatch;

typedef enum {
  CR_BOOT_CHANGED, /* another process answers */
  CR_BOOT_REFUSED  /* it does not know the token: a demo's are new with every start */
} CrBootEvent;

typedef void (*CrBootFunc) (CrBootEvent event, gpointer data);

/* `func` is called for each new boot id but the first, and for each refusal. `client` must outlive it. */
CrBootWatch *cr_boot_watch_new (CrHttpClient *client, const gchar *lesson, const gchar *token,
                                CrBootFunc func, gpointer data);
void cr_boot_watch_free (CrBootWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrBootWatch, cr_boot_watch_free)

void cr_boot_watch_set_token (CrBootWatch *watch, const gchar *token);

/* FALSE when the relay tells no boot id: then only silence shows that it was restarted. */
gboolean cr_boot_watch_is_telling (CrBootWatch *watch);

G_END_DECLS
