// SPDX-License-Identifier: Apache-2.0
//
// What the relay says of a lesson: one document, which a snapshot brings whole and every other event changes in part.
// Pure; the merge returns a new document and leaves the old one alone.

/**
 * @typedef {object} ClassroomRow
 * @property {string} id
 * @property {number} number its place in the roster, from 1
 * @property {string} name
 * @property {boolean} present
 * @property {boolean} publishing
 * @property {number} hand place in the queue, 0 while it is down
 * @property {number | null} floor which of the two floor slots it has
 * @property {boolean} muted by the teacher
 * @property {number} turns how often it has had the floor today
 * @property {'good' | 'slow' | 'broken' | 'absent'} [condition] this and the rest: for the teacher and coordinators
 * @property {number} [loss] a fraction
 * @property {number} [rtt_ms]
 * @property {'udp' | 'tcp'} [transport]
 */
/** @typedef {{ classroom: string, code: string, text: string, at: number }} LessonNote */
/** @typedef {{ who: string, at: number }} LessonCall `who`: a classroom's key, or 'teacher' */
/** @typedef {{ classroom: string, x: number, y: number, width: number, height: number }} LessonTile in 1280×720 */
/**
 * @typedef {object} LessonFacts
 * @property {string} id
 * @property {string} title
 * @property {string} state
 * @property {string} boot_id
 * @property {{ camera: boolean, screen: boolean }} publishers
 * @property {number} viewers
 * @property {number | null} [starts_at] seconds since 1970, by the relay's clock; null of a lesson that no timetable has
 * @property {number | null} [ends_at] the same, as the next
 * @property {number | null} [closes_at]
 * @property {boolean} [may_extend]
 * @property {string | null} [phone] whom classrooms ring
 * @property {{ role: string, classroom: string | null, calling: boolean }} [you] `calling`: its classroom calls the coordinator
 * @property {ClassroomRow[]} [classrooms]
 * @property {string[]} [hands] keys, in the order in which they were raised
 * @property {(string | null)[]} [floor]
 * @property {{ number: number } | null} [slide]
 * @property {LessonNote[]} [notes] this and the rest: for the teacher and coordinators
 * @property {LessonCall[]} [calls]
 * @property {LessonTile[]} [tiles]
 */

/** @param {unknown} value @returns {value is Record<string, any>} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * @param {ClassroomRow[]} rows
 * @param {unknown} changes rows that changed; a member that is left out keeps its value
 */
function mergeRows(rows, changes) {
  /** @type {Map<string, any>} */
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const change of Array.isArray(changes) ? changes : []) {
    if (isObject(change) && typeof change.id === 'string') byId.set(change.id, { ...byId.get(change.id), ...change });
  }
  return [...byId.values()].sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
}

/**
 * @param {LessonFacts | null} facts
 * @param {string} name of the event
 * @param {unknown} part its data
 * @returns {LessonFacts | null} the document after the event; what makes no sense changes nothing
 */
export function mergeEvent(facts, name, part) {
  if (!isObject(part)) return facts;
  if (name === 'snapshot') return /** @type {LessonFacts} */ (part);
  if (facts === null) return null;
  const { classrooms, ...members } = part;
  const merged = { ...facts, ...members };
  if (classrooms !== undefined) merged.classrooms = mergeRows(facts.classrooms ?? [], classrooms);
  return merged;
}

/** @param {LessonFacts | null} facts @returns {ClassroomRow | null} the classroom that this page is */
export function ownRow(facts) {
  const key = facts?.you?.classroom ?? null;
  return (key !== null && facts?.classrooms?.find(({ id }) => id === key)) || null;
}
