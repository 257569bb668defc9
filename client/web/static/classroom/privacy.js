// SPDX-License-Identifier: Apache-2.0
//
// When a classroom's camera and microphone may be open at all. Children are in the room: nothing is captured before
// their lesson, and nothing after it. Pure.

/** The previous period's children may still be in the room before: they are not to be seen by anybody. */
const OPENS_BEFORE_BELL_S = 180;

/**
 * May the room be seen now? A lesson of the timetable is open long before its bell.
 * @param {import('../shared/lesson-document.js').LessonFacts | null} facts
 * @param {number} relayNowMs
 */
export function mayCapture(facts, relayNowMs) {
  if (facts === null || facts.state === 'ended') return false;
  // After the bell only for as long as the teacher goes on: others come into the room.
  const isTeaching = facts.publishers.camera || facts.publishers.screen;
  if (relayNowMs / 1000 >= (facts.ends_at ?? Infinity) && !isTeaching) return false;
  return facts.state === 'live' || relayNowMs / 1000 >= (facts.starts_at ?? -Infinity) - OPENS_BEFORE_BELL_S;
}
