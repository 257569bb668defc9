/* SPDX-License-Identifier: Apache-2.0
 *
 * The nouns that the whole media path shares: slots, sources, codecs, and the arithmetic of wire integers.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Largest UDP payload that the relay accepts and sends: 1500 less IPv4 and UDP headers. */
#define CR_MAX_DATAGRAM_BYTES 1472

typedef enum { CR_MEDIA_AUDIO, CR_MEDIA_VIDEO } CrMediaKind;

/* What a publisher sends. */
typedef enum { CR_SOURCE_CAMERA, CR_SOURCE_SCREEN, CR_SOURCE_CLASSROOM, CR_N_SOURCES } CrSource;

/* What a viewer receives, video first. The order within each kind is the order in which the m-lines of an
 * offer are tied to slots. */
typedef enum {
  CR_SLOT_CAMERA,
  CR_SLOT_SCREEN,
  CR_SLOT_FLOOR,
  CR_SLOT_WALL,
  CR_SLOT_FLOOR2,
  CR_SLOT_TEACHER_AUDIO,
  CR_SLOT_FLOOR_AUDIO,
  CR_SLOT_SCREEN_AUDIO,
  CR_SLOT_FLOOR2_AUDIO,
  CR_N_SLOTS,
  CR_SLOT_NONE = CR_N_SLOTS
} CrSlot;

#define CR_SLOT_FIRST_AUDIO CR_SLOT_TEACHER_AUDIO

/* CR_CODEC_RED is Opus in RFC 2198 redundancy. */
typedef enum { CR_CODEC_NONE, CR_CODEC_H264, CR_CODEC_VP8, CR_CODEC_OPUS, CR_CODEC_RED, CR_N_CODECS } CrCodec;

/* "camera", "screen", "floor", "wall", "floor2" for video; "teacher", "floor", "screen", "floor2" for audio.
 */
const gchar *cr_slot_name (CrSlot slot);
CrMediaKind cr_slot_kind (CrSlot slot);

/* The stream of `a=msid:<stream> <track>` that the slot belongs to: camera and teacher's voice share
 * "teacher", so that receivers keep them in sync. */
const gchar *cr_slot_stream_name (CrSlot slot);

/* The slot that a source's audio or video feeds; CR_SLOT_NONE for `classroom`, which needs the floor. */
CrSlot cr_source_slot (CrSource source, CrMediaKind kind);
const gchar *cr_source_name (CrSource source);
gboolean cr_source_from_name (const gchar *name, CrSource *source);

/* RTP clock rate in Hz: 90000 for video, 48000 for Opus and RED. */
guint cr_codec_clock_rate (CrCodec codec);
CrMediaKind cr_codec_kind (CrCodec codec);

/* GStreamer's encoding-name: "H264", "VP8", "OPUS", "RED". */
const gchar *cr_codec_encoding_name (CrCodec codec);
CrCodec cr_codec_from_encoding_name (const gchar *name);

/* Signed distance a - b of 16-bit sequence numbers (RFC 3550 appendix A.1). */
static inline gint16
cr_seq_distance (guint16 a, guint16 b)
{
  return (gint16)(guint16)(a - b);
}

/* Signed distance a - b of 32-bit RTP timestamps. */
static inline gint32
cr_rtp_time_distance (guint32 a, guint32 b)
{
  return (gint32)(a - b);
}

/* The extended sequence number nearest to `reference` whose low 16 bits are `seq`. */
static inline guint64
cr_seq_extend (guint64 reference, guint16 seq)
{
  return reference + (gint64)cr_seq_distance (seq, (guint16)reference);
}

G_END_DECLS
