/* SPDX-License-Identifier: Apache-2.0
 *
 * H.264 parameter sets between base64 lists and Annex B.
 */
#include "rtc/sprop.h"

#include <string.h>

/* An SPS or PPS of a camera is some tens of bytes; more than this is somebody's joke. */
#define MAX_NAL_BYTES 1024
#define MAX_NALS      8

static const guint8 start_code[] = {0, 0, 0, 1};

GBytes *
cr_sprop_to_annex_b (const gchar *sprop)
{
  g_auto (GStrv) parts = g_strsplit (sprop, ",", MAX_NALS + 1);
  g_autoptr (GByteArray) annex_b = g_byte_array_new ();

  if (parts[0] == NULL || g_strv_length (parts) > MAX_NALS)
    return NULL;
  for (guint i = 0; parts[i] != NULL; i++) {
    gsize nal_bytes;
    g_autofree guchar *nal = NULL;

    if (*parts[i] == '\0' ||
        strspn (parts[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") !=
            strlen (parts[i]))
      return NULL;
    nal = g_base64_decode (parts[i], &nal_bytes);
    if (nal_bytes == 0 || nal_bytes > MAX_NAL_BYTES)
      return NULL;
    g_byte_array_append (annex_b, start_code, sizeof start_code);
    g_byte_array_append (annex_b, nal, nal_bytes);
  }
  return g_byte_array_free_to_bytes (g_steal_pointer (&annex_b));
}

const guint8 *
cr_annex_b_next (GBytes *annex_b, gsize *position, gsize *nal_bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (annex_b, &size);
  const guint8 *nal, *next;

  if (*position + sizeof start_code >= size)
    return NULL;
  nal = data + *position + sizeof start_code;
  next = memmem (nal, data + size - nal, start_code, sizeof start_code);
  if (next == NULL)
    next = data + size;
  *nal_bytes = next - nal;
  *position = next - data;
  return nal;
}

gchar *
cr_sprop_from_annex_b (GBytes *annex_b)
{
  GString *sprop = g_string_new (NULL);
  gsize position = 0, nal_bytes;
  const guint8 *nal;

  while ((nal = cr_annex_b_next (annex_b, &position, &nal_bytes)) != NULL) {
    g_autofree gchar *base64 = g_base64_encode (nal, nal_bytes);

    if (sprop->len > 0)
      g_string_append_c (sprop, ',');
    g_string_append (sprop, base64);
  }
  return g_string_free (sprop, FALSE);
}
