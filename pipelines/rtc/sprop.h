/* SPDX-License-Identifier: Apache-2.0
 *
 * H.264 parameter sets (SPS, PPS) between their two written forms: `sprop-parameter-sets` of RFC 6184
 * section 8.1 (NAL units in base64, separated by commas) and Annex B (NAL units behind 00 00 00 01).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* NULL when a part is not base64, is empty or longer than 1 KiB, or there are more than 8. Any thread. */
GBytes *cr_sprop_to_annex_b (const gchar *sprop);

/* Free with g_free(). Any thread. */
gchar *cr_sprop_from_annex_b (GBytes *annex_b);

/* The next NAL unit of Annex B bytes written by cr_sprop_to_annex_b(); `*position` starts at 0. NULL at the
 * end. */
const guint8 *cr_annex_b_next (GBytes *annex_b, gsize *position, gsize *nal_bytes);

G_END_DECLS
