/* SPDX-License-Identifier: Apache-2.0
 *
 * Replay protection of one SSRC (RFC 3711 section 3.3.2): which of the last CR_SRTP_WINDOW_PACKETS indices
 * have been opened, as a ring of bits.
 *
 * Thread: [media].
 */
#pragma once

#include "rtc/srtp-session.h"

G_BEGIN_DECLS

/* 32 bits of rollover counter and 16 of sequence number. */
#define CR_SRTP_MAX_INDEX ((G_GUINT64_CONSTANT (1) << 48) - 1)

/* Zero-initialised; of use from the first cr_srtp_window_note() on. */
typedef struct {
  guint64 newest;
  guint64 seen[CR_SRTP_WINDOW_PACKETS / 64];
} CrSrtpWindow;

/* The word of an index, and its bit. */
static inline gsize
cr_srtp_window_word (guint64 index)
{
  return index / 64 % (CR_SRTP_WINDOW_PACKETS / 64);
}

static inline guint64
cr_srtp_window_bit (guint64 index)
{
  return G_GUINT64_CONSTANT (1) << index % 64;
}

static inline gboolean
cr_srtp_window_may_be_new (const CrSrtpWindow *window, guint64 index)
{
  if (index > window->newest)
    return TRUE;
  return window->newest - index < CR_SRTP_WINDOW_PACKETS &&
         (window->seen[cr_srtp_window_word (index)] & cr_srtp_window_bit (index)) == 0;
}

/* `index` was authenticated, and may be new. */
static inline void
cr_srtp_window_note (CrSrtpWindow *window, guint64 index)
{
  if (index > window->newest) {
    guint64 from =
        MAX (window->newest + 1, index >= CR_SRTP_WINDOW_PACKETS ? index - CR_SRTP_WINDOW_PACKETS + 1 : 0);

    for (guint64 passed = from; passed <= index; passed++)
      window->seen[cr_srtp_window_word (passed)] &= ~cr_srtp_window_bit (passed);
    window->newest = index;
  }
  window->seen[cr_srtp_window_word (index)] |= cr_srtp_window_bit (index);
}

G_END_DECLS
