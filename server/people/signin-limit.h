/* SPDX-License-Identifier: Apache-2.0
 *
 * How often somebody may try to sign in: counted per account (guessing one password from many addresses) and
 * per address (guessing many accounts' from one). The wait grows, but an account is never locked: whoever
 * knows a login could otherwise keep its owner out. Instead an alert is raised.
 *
 * Thread: [main]. Time is a parameter.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CrSigninLimit CrSigninLimit;

CrSigninLimit *cr_signin_limit_new (void);
void cr_signin_limit_free (CrSigninLimit *limit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSigninLimit, cr_signin_limit_free)

/* 0: go on, and the attempt counts as failed until cr_signin_limit_succeeded(). Otherwise how many seconds to
 * wait. `*alert` is TRUE when this attempt makes somebody worth telling the operator of; it rises again at
 * each doubling. */
guint cr_signin_limit_begin (CrSigninLimit *limit, const gchar *login, const gchar *address, gint64 now_us,
                             gboolean *alert);
void cr_signin_limit_succeeded (CrSigninLimit *limit, const gchar *login, const gchar *address);

G_END_DECLS
