/* SPDX-License-Identifier: Apache-2.0
 *
 * Who of the classrooms is seen and heard. A classroom's streams end in their tees; while its owner holds a
 * floor they are linked on to the sink's slots of that floor, the voice only where it is not muted. Taking a
 * floor away forgets everything that was ever sent in its slots, so that not one packet follows; giving it
 * begins with empty histories, so that nothing from before is shown. A viewer is kept from the floor that its
 * own classroom holds. Branches are told through their taps, behind what was purged and before what comes.
 *
 * Thread: [media].
 */
#include "lesson-branch.h"

static const CrSlot floor_slots[CR_N_FLOORS][2] = {
    {[CR_MEDIA_AUDIO] = CR_SLOT_FLOOR_AUDIO, [CR_MEDIA_VIDEO] = CR_SLOT_FLOOR},
    {[CR_MEDIA_AUDIO] = CR_SLOT_FLOOR2_AUDIO, [CR_MEDIA_VIDEO] = CR_SLOT_FLOOR2},
};

static gboolean
holds (const CrFloorHolder *floor, const gchar *owner)
{
  return owner != NULL && g_strcmp0 (floor->owner, owner) == 0;
}

/* Where a stream is to go now. */
static CrSlot
choose_slot (const CrLessonPeer *peer, const CrLessonStream *stream)
{
  if (peer->source != CR_SOURCE_CLASSROOM)
    return cr_source_slot (peer->source, stream->kind);
  for (guint i = 0; i < CR_N_FLOORS; i++) {
    const CrFloorHolder *floor = &peer->media->floors[i];

    if (holds (floor, peer->owner))
      return stream->kind == CR_MEDIA_AUDIO && !floor->with_voice ? CR_SLOT_NONE
                                                                  : floor_slots[i][stream->kind];
  }
  return CR_SLOT_NONE;
}

void
cr_lesson_floor_admit_stream (CrLessonPeer *peer, guint number)
{
  CrLessonStream *stream = &peer->streams[number];
  CrSlot slot = choose_slot (peer, stream);

  if (slot == stream->slot)
    return;
  cr_lesson_stream_unlink (stream);
  if (slot != CR_SLOT_NONE)
    cr_lesson_stream_link (peer, stream, slot);
}

guint32
cr_lesson_floor_get_blocked (const CrFloorHolder *floors, const gchar *owner)
{
  guint32 blocked = 0;

  for (guint i = 0; i < CR_N_FLOORS; i++) {
    if (holds (&floors[i], owner))
      blocked |= 1u << floor_slots[i][CR_MEDIA_AUDIO] | 1u << floor_slots[i][CR_MEDIA_VIDEO];
  }
  return blocked;
}

void
cr_lesson_floor_admit_viewer (CrLessonPeer *peer)
{
  CrFanout *fanout = cr_relay_sink_get_fanout (peer->media->sink);
  guint32 blocked = cr_lesson_floor_get_blocked (peer->media->floors, peer->owner);

  if (!peer->sees_wall)
    blocked |= 1u << CR_SLOT_WALL;
  cr_fanout_block_slots (fanout, cr_viewer_get_seat (peer->viewer), blocked);
}

static void
take_away (CrLessonMedia *media, const CrFloorHolder *now, guint floor)
{
  const CrFloorHolder *before = &media->floors[floor];
  gboolean same_owner = g_strcmp0 (before->owner, now->owner) == 0;

  if (!same_owner)
    cr_relay_sink_purge_slot (media->sink, floor_slots[floor][CR_MEDIA_VIDEO]);
  if (!same_owner || (before->with_voice && !now->with_voice))
    cr_relay_sink_purge_slot (media->sink, floor_slots[floor][CR_MEDIA_AUDIO]);
}

static void
admit_streams (CrLessonPeer *peer)
{
  for (guint i = 0; i < G_N_ELEMENTS (peer->streams); i++) {
    CrLessonStream *stream = &peer->streams[i];
    CrSlot before = stream->slot;

    if (stream->tee == NULL)
      continue;
    cr_lesson_floor_admit_stream (peer, i);
    /* What came before is not shown, so that the next picture is to be a whole one. */
    if (stream->slot != before && stream->slot != CR_SLOT_NONE)
      cr_publisher_request_keyframe (cr_relay_src_get_publisher (peer->src), i);
  }
}

/* First nothing of the old goes out any more, then viewers are kept from what they may not get, then the new
 * is let in. */
void
cr_lesson_floor_set (CrLessonMedia *media, const CrFloorHolder holders[CR_N_FLOORS])
{
  GHashTableIter iter;
  CrLessonPeer *peer;

  for (guint i = 0; i < CR_N_FLOORS; i++)
    take_away (media, &holders[i], i);
  cr_lesson_floors_clear (media->floors);
  cr_lesson_floors_copy (media->floors, holders);
  for (guint i = 0; i < media->branches->len; i++)
    cr_lesson_branch_set_floor (g_ptr_array_index (media->branches, i), holders);

  g_hash_table_iter_init (&iter, media->peers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&peer)) {
    if (peer->viewer != NULL)
      cr_lesson_floor_admit_viewer (peer);
  }
  g_hash_table_iter_init (&iter, media->peers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&peer)) {
    if (peer->src != NULL)
      admit_streams (peer);
  }
}

void
cr_lesson_floors_copy (CrFloorHolder *floors, const CrFloorHolder *from)
{
  for (guint i = 0; i < CR_N_FLOORS; i++)
    floors[i] = (CrFloorHolder){g_strdup (from[i].owner), from[i].with_voice};
}

void
cr_lesson_floors_clear (CrFloorHolder *floors)
{
  for (guint i = 0; i < CR_N_FLOORS; i++) {
    g_free ((gchar *)floors[i].owner);
    floors[i] = (CrFloorHolder){0};
  }
}
