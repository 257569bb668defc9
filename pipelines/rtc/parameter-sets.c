/* SPDX-License-Identifier: Apache-2.0
 *
 * A few NAL units in a fixed table. Sets are told apart by their bytes, not by their ids: a new SPS throws
 * out those before it, for an encoder that starts again sends all it needs again.
 */
#include "rtc/parameter-sets.h"
#include "rtc/sprop.h"

#include <string.h>

/* RFC 6184 table 1, H.264 table 7-1 */
#define NAL_TYPE(byte) ((byte)&0x1f)
#define NAL_SPS        7
#define NAL_PPS        8
#define NAL_STAP_A     24
/* NRI of 3: as important as what it contains (RFC 6184 section 5.7) */
#define STAP_A_HEADER (0x60 | NAL_STAP_A)

#define MAX_SETS 4 /* one SPS and three PPS; encoders of constrained baseline send one of each */
/* The whole aggregation packet fits into a datagram beside headers and the tag. */
#define MAX_PACKET_BYTES 1100

struct CrParameterSets {
  guint n_sets;
  GBytes *sets[MAX_SETS]; /* the SPS first */
  GBytes *packet;         /* NULL: to be made */
};

static void
forget (CrParameterSets *sets)
{
  for (guint i = 0; i < sets->n_sets; i++)
    g_bytes_unref (sets->sets[i]);
  sets->n_sets = 0;
  g_clear_pointer (&sets->packet, g_bytes_unref);
}

static gboolean
is_known (const CrParameterSets *sets, const guint8 *nal, gsize nal_bytes)
{
  for (guint i = 0; i < sets->n_sets; i++) {
    gsize known_bytes;
    gconstpointer known = g_bytes_get_data (sets->sets[i], &known_bytes);

    if (known_bytes == nal_bytes && memcmp (known, nal, nal_bytes) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
see_nal_unit (CrParameterSets *sets, const guint8 *nal, gsize nal_bytes)
{
  guint type = nal_bytes > 0 ? NAL_TYPE (nal[0]) : 0;

  if ((type != NAL_SPS && type != NAL_PPS) || is_known (sets, nal, nal_bytes))
    return;
  if (type == NAL_SPS)
    forget (sets);
  if (sets->n_sets == MAX_SETS || (type == NAL_PPS && sets->n_sets == 0))
    return;
  sets->sets[sets->n_sets++] = g_bytes_new (nal, nal_bytes);
  g_clear_pointer (&sets->packet, g_bytes_unref);
}

CrParameterSets *
cr_parameter_sets_new (GBytes *annex_b)
{
  CrParameterSets *sets = g_new0 (CrParameterSets, 1);
  gsize position = 0, nal_bytes;
  const guint8 *nal;

  while (annex_b != NULL && (nal = cr_annex_b_next (annex_b, &position, &nal_bytes)) != NULL)
    see_nal_unit (sets, nal, nal_bytes);
  return sets;
}

void
cr_parameter_sets_free (CrParameterSets *sets)
{
  forget (sets);
  g_free (sets);
}

void
cr_parameter_sets_see_payload (CrParameterSets *sets, const guint8 *payload, gsize payload_bytes)
{
  gsize at = 1;

  if (payload_bytes == 0)
    return;
  if (NAL_TYPE (payload[0]) != NAL_STAP_A) {
    see_nal_unit (sets, payload, payload_bytes);
    return;
  }
  while (payload_bytes - at > 2) {
    gsize nal_bytes = (gsize)payload[at] << 8 | payload[at + 1];

    at += 2;
    if (nal_bytes > payload_bytes - at)
      return;
    see_nal_unit (sets, payload + at, nal_bytes);
    at += nal_bytes;
  }
}

static GBytes *
build_packet (CrParameterSets *sets)
{
  g_autoptr (GByteArray) packet = g_byte_array_new ();

  g_byte_array_append (packet, (const guint8[]){STAP_A_HEADER}, 1);
  for (guint i = 0; i < sets->n_sets; i++) {
    gsize nal_bytes;
    gconstpointer nal = g_bytes_get_data (sets->sets[i], &nal_bytes);

    if (packet->len + 2 + nal_bytes > MAX_PACKET_BYTES)
      return NULL;
    g_byte_array_append (packet, (const guint8[]){(guint8)(nal_bytes >> 8), (guint8)nal_bytes}, 2);
    g_byte_array_append (packet, nal, (guint)nal_bytes);
  }
  return g_byte_array_free_to_bytes (g_steal_pointer (&packet));
}

GBytes *
cr_parameter_sets_get_packet (CrParameterSets *sets)
{
  if (sets->packet == NULL && sets->n_sets >= 2)
    sets->packet = build_packet (sets);
  return sets->packet;
}
