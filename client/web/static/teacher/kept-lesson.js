// SPDX-License-Identifier: Apache-2.0
//
// A lesson that is on survives its page: what a page needs to go on is kept in the browser, so that a reload, a closed
// tab or a crash loses nothing. A lock that only a living page can hold tells the lost lesson from one that another tab
// is giving just now.
import { recall, remember } from '../shared/memory.js';

/**
 * @typedef {object} Kept
 * @property {string} lesson
 * @property {number} begunAtMs wall clock
 * @property {number} seenAtMs wall clock: the page was alive then
 * @property {boolean} isSharing
 * @property {boolean} isMuted
 * @property {boolean} isMusic
 */

const NAME = 'teaching';
/** A computer that crashed is up again within this; after it the lesson is begun by hand, as on another day. */
const KEPT_MS = 15 * 60 * 1000;
/** The page that was reloaded may still be on its way out. */
const UNLOADING_MS = 1500;
const LOOK_EVERY_MS = 100;

/** @returns {Kept | null} the lesson that was on in this browser a short while ago */
export function keptLesson() {
  try {
    const kept = JSON.parse(recall(NAME) ?? 'null');
    const ageMs = Date.now() - kept?.seenAtMs;
    return typeof kept?.lesson === 'string' && Math.abs(ageMs) < KEPT_MS ? kept : null;
  } catch {
    return null;
  }
}

/** @param {Omit<Kept, 'seenAtMs'>} lesson */
export function keepLesson(lesson) {
  remember(NAME, JSON.stringify({ ...lesson, seenAtMs: Date.now() }));
}

/** @param {string} lesson */
export function forgetLesson(lesson) {
  if (keptLesson()?.lesson === lesson) remember(NAME, null);
}

/** Held by the page that gives a lesson for as long as it does. */
export class TeachingLock {
  /** @type {() => void} */
  #release = () => {};

  /** @param {string} lesson from another page too, which has been told to stop */
  hold(lesson) {
    const held = () => new Promise((resolve) => (this.#release = () => resolve(undefined)));
    // It rejects when another page takes it in turn.
    navigator.locks?.request(lockName(lesson), { steal: true }, held).catch(() => {});
  }

  release() {
    this.#release();
  }
}

/** @param {string} lesson */
const lockName = (lesson) => `classrelay.teaching.${lesson}`;

/** @param {string} lesson @returns {Promise<boolean>} no living page of this browser gives it */
export async function isLessonLost(lesson) {
  const deadline = Date.now() + UNLOADING_MS;
  do {
    const { held = [] } = (await navigator.locks?.query()) ?? {};
    if (!held.some(({ name }) => name === lockName(lesson))) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  } while (Date.now() < deadline);
  return false;
}
