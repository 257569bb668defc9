/* SPDX-License-Identifier: Apache-2.0
 *
 * The errors of server/people/. Their messages are written for the client and hold no secrets.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_PEOPLE_ERROR (cr_people_error_quark ())
GQuark cr_people_error_quark (void);

typedef enum {
  CR_PEOPLE_ERROR_SIGN_IN,       /* no such account, a wrong password, or disabled: which is not told */
  CR_PEOPLE_ERROR_TOO_OFTEN,     /* tried too often: wait */
  CR_PEOPLE_ERROR_BUSY,          /* too many passwords are being checked */
  CR_PEOPLE_ERROR_WEAK_PASSWORD, /* a new password that would be guessed */
  CR_PEOPLE_ERROR_INVALID,       /* a value that cannot be */
  CR_PEOPLE_ERROR_LAST,          /* the last coordinator who can do everything */
  CR_PEOPLE_ERROR_PENDING,       /* a pairing that nobody has confirmed yet */
  CR_PEOPLE_ERROR_EXPIRED        /* a pairing that is over: begin again */
} CrPeopleError;

G_END_DECLS
