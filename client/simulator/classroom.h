/* SPDX-License-Identifier: Apache-2.0
 *
 * One simulated classroom: joins a lesson by WHEP, receives, answers RTCP, and joins again by itself when the
 * session ends for whatever reason.
 *
 * Thread: the one of the default main context.
 */
#pragma once

#include "classroom-pipeline.h"
#include "ear.h"
#include "http-client.h"
#include "receiver.h"
#include "transport.h"

G_BEGIN_DECLS

typedef struct CrClassroom CrClassroom;

/* Strings and pointers outlive the classroom. */
typedef struct {
  CrHttpClient *http;
  const CrTransportShared *shared;
  CrTransportKind transport;
  const gchar *path; /* "/whep/demo" */
  const gchar *token;
  guint n_video, n_audio;
  CrCodec only_codec; /* CR_CODEC_NONE: whatever comes */
  gboolean red;
  gboolean decode;
  CrEar *ear; /* NULL: it does not listen for other classrooms */
  guint32 seed;
} CrClassroomConfig;

CrClassroom *cr_classroom_new (const CrClassroomConfig *config);

/* Without a word: as if the machine had lost power. */
void cr_classroom_free (CrClassroom *classroom);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrClassroom, cr_classroom_free)

/* Joins after `delay_ms`. A session there is forgotten. */
void cr_classroom_join (CrClassroom *classroom, guint delay_ms);

/* From the next attempt on; borrowed. */
void cr_classroom_set_token (CrClassroom *classroom, const gchar *token);

/* DELETE and close_notify. */
void cr_classroom_leave (CrClassroom *classroom);

/* Every CR_RECEIVER_TICK_US. `silence_matters`: nothing else would tell that the relay is gone. */
void cr_classroom_tick (CrClassroom *classroom, gint64 now_us, gboolean silence_matters);

/* Times are of the last join, from the POST on, microseconds; 0: not yet. */
typedef struct {
  gboolean connected;
  CrTransportKind transport;
  CrSrtpProfile profile;
  guint joins;    /* sessions that were connected */
  guint failures; /* attempts and sessions that ended by themselves */
  gint64 connect_us, first_packet_us, first_keyframe_us;
  gchar last_failure[96];
  CrReceiverStats media; /* of all sessions */
  gboolean decoding;
  CrClassroomPipelineStats decoded;
} CrClassroomStats;

void cr_classroom_get_stats (CrClassroom *classroom, CrClassroomStats *stats);

G_END_DECLS
