/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 6 of the path: the packets of one stream that may still be asked for, one history for all viewers. It
 * answers their NACKs, and a joiner is served from its last keyframe. A packet is parsed once, when it comes
 * in; what the egress of each viewer needs is kept beside the bytes.
 *
 *    floor            keyframe                      newest
 *      |  ...   hole     |      ...        hole       |
 *      +-----------------+----------------------------+
 *        <= 4 s, <= 4 MiB; without a keyframe 2 s
 */
#pragma once

#include "rtc/media-types.h"
#include <gst/gst.h>

G_BEGIN_DECLS

/* A keyframe is kept this long: beyond it a joiner would have to swallow more than a slow line carries. */
#define CR_HISTORY_KEYFRAME_US (4 * G_USEC_PER_SEC)
#define CR_HISTORY_MAX_BYTES   (4 * 1024 * 1024)
/* NACKs are answered for this long: three resends over a satellite's 600 ms. */
#define CR_HISTORY_NACK_US (2 * G_USEC_PER_SEC)

#define CR_HISTORY_NO_SEQ G_MAXUINT64

/* Packets that came from another worker in one allocation, which goes with the last of them (feed.h). */
typedef struct {
  guint n_used;
} CrPacketBlock;

/* One source packet. Reference counted, not atomically: [media] only. */
typedef struct {
  guint64 seq;             /* of the source, extended */
  const guint8 *payload;   /* descriptor included */
  guint16 payload_bytes;   /* without padding, the source's or ours */
  guint8 descriptor_bytes; /* VP8 payload descriptor; 0 otherwise */
  guint8 tl0picidx;
  guint32 timestamp_rtp; /* of the source */
  guint32 picture_id;    /* VP8, extended beyond the 7 or 15 bits of the source */
  guint marker : 1;
  guint starts_keyframe : 1;      /* or may: an SPS */
  guint has_keyframe_picture : 1; /* does: the first slice of an IDR, a VP8 key frame */
  guint has_parameter_sets : 1;   /* H.264: SPS in this packet */
  guint has_picture_id : 1;
  guint picture_id_is_long : 1; /* 15 bits in the source */
  guint has_tl0picidx : 1;
  guint starts_epoch : 1;         /* the source's sequence numbers jumped here */
  guint capture_is_estimated : 1; /* no sender report has told it yet */
  guint primary_only : 1;         /* RED whose redundancy is from before the stream: not to be passed on */
  guint padding_bytes : 8;        /* to be sent after the payload; see slot.h */
  guint padding_is_final : 1;     /* it has been decided, or the packet has left without */
  gint64 capture_ns;              /* since 1900, this machine's wall clock */
  gint64 arrival_us;              /* monotonic */

  /* private */
  guint ref_count;
  CrPacketBlock *block; /* it lies in, and its bytes too; NULL: they are in `buffer` */
  GstBuffer *buffer;
  GstMapInfo map; /* of a block only `data` and `size` */
} CrHistoryPacket;

/* Maps and references `buffer`; `map.data` is then the packet. NULL when it cannot be read. */
CrHistoryPacket *cr_history_packet_new (GstBuffer *buffer);
CrHistoryPacket *cr_history_packet_ref (CrHistoryPacket *packet);
void cr_history_packet_unref (CrHistoryPacket *packet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrHistoryPacket, cr_history_packet_unref)

typedef struct CrHistory CrHistory;

CrHistory *cr_history_new (CrMediaKind kind);
void cr_history_free (CrHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrHistory, cr_history_free)

/* Gives `packet` its extended sequence number and keeps it (its own reference). FALSE when it was there
 * before, or is so old that it might have been: each source sequence number is accepted once, which is what
 * keeps an SRTP index from being used for two packets. A source that jumps starts an epoch. */
gboolean cr_history_insert (CrHistory *history, CrHistoryPacket *packet,
                            guint16 seq) G_GNUC_WARN_UNUSED_RESULT;

/* A packet that another history has accepted: it keeps the sequence number that it got there. */
gboolean cr_history_insert_at (CrHistory *history, CrHistoryPacket *packet) G_GNUC_WARN_UNUSED_RESULT;

/* One packet of the block is used no more. */
void cr_packet_block_release (CrPacketBlock *block);

/* The packet, or NULL: a hole, or not kept any more. */
CrHistoryPacket *cr_history_get (const CrHistory *history, guint64 seq);

/* Highest sequence number so far; CR_HISTORY_NO_SEQ before the first. */
guint64 cr_history_get_newest (const CrHistory *history);

/* Where the last keyframe that is still kept begins; CR_HISTORY_NO_SEQ when there is none. */
guint64 cr_history_get_keyframe (const CrHistory *history);

/* Payload bytes from `seq` to the newest, holes not counted. */
gsize cr_history_get_bytes_from (const CrHistory *history, guint64 seq);

/* Lets go of what is too old or too much. */
void cr_history_evict (CrHistory *history, gint64 now_us);

/* Lets go of everything; sequence numbers stay used. */
void cr_history_clear (CrHistory *history);

G_END_DECLS
