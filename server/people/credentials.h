/* SPDX-License-Identifier: Apache-2.0
 *
 * What people and devices show to be known: a session's token after signing in, a device's credential after
 * pairing. Both are 256 random bits, kept as hashes only. A session ends after 12 hours without use and 7
 * days at the latest; a credential ends when it is revoked.
 *
 * Thread: that of the job.
 */
#pragma once

#include "people/actor.h"
#include "people/people.h"
#include "store/device-store.h"
#include "store/session-store.h"

G_BEGIN_DECLS

#define CR_SESSION_IDLE_S     (12 * 60 * 60)     /* over a school day, not over a night at home */
#define CR_SESSION_MAX_S      (7 * 24 * 60 * 60) /* over a week's lessons */
#define CR_CREDENTIAL_TOUCH_S (5 * 60)           /* how exactly "last seen" is kept: no write a request */

/* 256 random bits in hexadecimal, free with g_free(). */
gchar *cr_credential_generate (void);

/* The new session's token, of which only the hash is kept; free with g_free(). */
gchar *cr_session_begin (CrStoreTx *tx, const gchar *account_id, const gchar *address, gint64 now,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Who shows this. NULL with NOT_FOUND when it is nobody, not any more, or disabled. `*stale`: cr_..._touch()
 * is due. */
CrActor *cr_session_authenticate (CrStoreTx *tx, const CrTokenHash *token, gint64 now, gboolean *stale,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrActor *cr_device_authenticate (CrStoreTx *tx, const CrTokenHash *credential, gint64 now, gboolean *stale,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All that an account has open is over: its sessions but `keep` (NULL: none is kept), its join tokens, and
 * what they are used for, also in a relay of another process. */
gboolean cr_credentials_end_all (CrStoreTx *tx, const gchar *account_id, const CrTokenHash *keep,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Notes that the actor was here, and lengthens its session. */
gboolean cr_credential_touch (CrStoreTx *tx, const CrActor *actor, gint64 now,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
