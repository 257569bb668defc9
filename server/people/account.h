/* SPDX-License-Identifier: Apache-2.0
 *
 * What an account may be: its login, its role and what belongs to that, and how the table of rules sees it.
 *
 * Thread: [any].
 */
#pragma once

#include "people/authorize.h"
#include "people/people.h"
#include "store/account-store.h"

G_BEGIN_DECLS

/* A login as it is stored and compared: compatibility-normalised and case-folded, so that one person has one
 * login however it is typed. NULL with INVALID when it cannot be one. Free with g_free(). */
gchar *cr_account_fold_login (const gchar *login, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* INVALID unless role, school and districts fit together: a school's, teacher's or assistant's account
 * belongs to a school, the others to none; districts limit only those others. */
gboolean cr_account_check (const CrAccountRow *row, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* `district` is the school's, NULL without school. Borrows from `row`. */
void cr_account_to_object (const CrAccountRow *row, const gchar *district, CrObject *object);

/* Loads the district: `*school` holds it (NULL without one). */
gboolean cr_account_find_object (CrStoreTx *tx, const CrAccountRow *row, CrSchoolRow **school,
                                 CrObject *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* LAST when `row` as it is to be (NULL: removed) would leave no coordinator who reaches everything; `id` is
 * the account's. In the job that writes, before it does. */
gboolean cr_account_check_last (CrStoreTx *tx, const gchar *id, const CrAccountRow *row,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
