/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables behind the nouns of the media path.
 */
#include "rtc/media-types.h"

static const struct {
  const gchar *name;
  const gchar *stream;
} slots[CR_N_SLOTS] = {
    [CR_SLOT_CAMERA] = {"camera", "teacher"},      [CR_SLOT_SCREEN] = {"screen", "screen"},
    [CR_SLOT_FLOOR] = {"floor", "floor"},          [CR_SLOT_WALL] = {"wall", "wall"},
    [CR_SLOT_FLOOR2] = {"floor2", "floor2"},       [CR_SLOT_TEACHER_AUDIO] = {"teacher", "teacher"},
    [CR_SLOT_FLOOR_AUDIO] = {"floor", "floor"},    [CR_SLOT_SCREEN_AUDIO] = {"screen", "screen"},
    [CR_SLOT_FLOOR2_AUDIO] = {"floor2", "floor2"},
};

static const struct {
  const gchar *name;
  CrSlot slots[2]; /* by CrMediaKind */
} sources[CR_N_SOURCES] = {
    [CR_SOURCE_CAMERA] = {"camera", {CR_SLOT_TEACHER_AUDIO, CR_SLOT_CAMERA}},
    [CR_SOURCE_SCREEN] = {"screen", {CR_SLOT_SCREEN_AUDIO, CR_SLOT_SCREEN}},
    [CR_SOURCE_CLASSROOM] = {"classroom", {CR_SLOT_NONE, CR_SLOT_NONE}},
};

static const struct {
  const gchar *encoding_name;
  CrMediaKind kind;
  guint clock_rate;
} codecs[CR_N_CODECS] = {
    [CR_CODEC_NONE] = {"", CR_MEDIA_AUDIO, 0},       [CR_CODEC_H264] = {"H264", CR_MEDIA_VIDEO, 90000},
    [CR_CODEC_VP8] = {"VP8", CR_MEDIA_VIDEO, 90000}, [CR_CODEC_OPUS] = {"OPUS", CR_MEDIA_AUDIO, 48000},
    [CR_CODEC_RED] = {"RED", CR_MEDIA_AUDIO, 48000},
};

const gchar *
cr_slot_name (CrSlot slot)
{
  g_assert (slot < CR_N_SLOTS);
  return slots[slot].name;
}

CrMediaKind
cr_slot_kind (CrSlot slot)
{
  g_assert (slot < CR_N_SLOTS);
  return slot < CR_SLOT_FIRST_AUDIO ? CR_MEDIA_VIDEO : CR_MEDIA_AUDIO;
}

const gchar *
cr_slot_stream_name (CrSlot slot)
{
  g_assert (slot < CR_N_SLOTS);
  return slots[slot].stream;
}

CrSlot
cr_source_slot (CrSource source, CrMediaKind kind)
{
  g_assert (source < CR_N_SOURCES);
  return sources[source].slots[kind];
}

const gchar *
cr_source_name (CrSource source)
{
  g_assert (source < CR_N_SOURCES);
  return sources[source].name;
}

gboolean
cr_source_from_name (const gchar *name, CrSource *source)
{
  for (guint i = 0; i < CR_N_SOURCES; i++) {
    if (g_str_equal (name, sources[i].name)) {
      *source = i;
      return TRUE;
    }
  }
  return FALSE;
}

guint
cr_codec_clock_rate (CrCodec codec)
{
  return codecs[codec].clock_rate;
}

CrMediaKind
cr_codec_kind (CrCodec codec)
{
  return codecs[codec].kind;
}

const gchar *
cr_codec_encoding_name (CrCodec codec)
{
  return codecs[codec].encoding_name;
}

CrCodec
cr_codec_from_encoding_name (const gchar *name)
{
  for (guint i = CR_CODEC_H264; i < CR_N_CODECS; i++) {
    if (g_ascii_strcasecmp (name, codecs[i].encoding_name) == 0)
      return i;
  }
  return CR_CODEC_NONE;
}
