/* SPDX-License-Identifier: Apache-2.0
 *
 * The H.264 parameter sets of one stream, from its description or as they pass by, ready to be sent as one
 * aggregation packet before an IDR picture that comes without them.
 *
 * Thread: [media]; allocates when a set changes.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CrParameterSets CrParameterSets;

/* `annex_b` is borrowed and may be NULL. */
CrParameterSets *cr_parameter_sets_new (GBytes *annex_b);
void cr_parameter_sets_free (CrParameterSets *sets);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrParameterSets, cr_parameter_sets_free)

/* Looks for SPS and PPS in an RTP payload (single NAL unit or STAP-A). Cheap when there is none. */
void cr_parameter_sets_see_payload (CrParameterSets *sets, const guint8 *payload, gsize payload_bytes);

/* One STAP-A (RFC 6184 section 5.7.1) with every set known, or NULL without at least an SPS and a PPS. Owned
 * by `sets` until a set changes: reference it to keep it. */
GBytes *cr_parameter_sets_get_packet (CrParameterSets *sets);

G_END_DECLS
