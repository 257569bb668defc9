/* SPDX-License-Identifier: Apache-2.0
 *
 * The errors of server/live/.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_LIVE_ERROR (cr_live_error_quark ())
GQuark cr_live_error_quark (void);

typedef enum {
  CR_LIVE_ERROR_NO_SESSION,    /* no such WHIP or WHEP session, or not this actor's */
  CR_LIVE_ERROR_ENDED,         /* the lesson, while the request was on its way */
  CR_LIVE_ERROR_NO_FLOOR,      /* a classroom may publish only while it has the floor */
  CR_LIVE_ERROR_FULL,          /* a limit of the configuration is reached */
  CR_LIVE_ERROR_DRAINING,      /* the relay is being stopped */
  CR_LIVE_ERROR_TOKEN_EXPIRED, /* a join token, after its time to join */
  CR_LIVE_ERROR_FAILED         /* a lesson's pipeline cannot be made */
} CrLiveError;

G_END_DECLS
