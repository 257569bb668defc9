// SPDX-License-Identifier: Apache-2.0
//
// The bell times of schools, read when a form or a drag first needs them. A school has several schedules, one for
// each season; the date decides.
import { Subject } from '../shared/subject.js';
import { askAll } from './api.js';

/** @typedef {{ period: number, name?: string, start: string, end: string }} Period */

/** @param {any[]} schedules @param {string} date @returns {Period[]} */
export function periodsOn(schedules, date) {
  const schedule = schedules.find((one) => one.from_date <= date && date <= one.to_date);
  return schedule?.periods ?? [];
}

export class BellBook extends Subject {
  /** @type {Map<string, any[]>} */
  #bySchool = new Map();

  /** @param {string | undefined} schoolId */
  async load(schoolId) {
    if (!schoolId || this.#bySchool.has(schoolId)) return;
    this.#bySchool.set(schoolId, []);
    const schedules = await askAll('/api/v1/bells', { school_id: schoolId }).catch(() => null);
    if (schedules) this.#bySchool.set(schoolId, schedules);
    else this.#bySchool.delete(schoolId);
    this.changed();
  }

  /** After an edit: what was read is read again when it is needed. */
  forget() {
    this.#bySchool.clear();
    this.changed();
  }

  /** @param {string | undefined} schoolId @param {string} date @returns {Period[]} empty until it has been read */
  periods(schoolId, date) {
    return periodsOn((schoolId && this.#bySchool.get(schoolId)) || [], date);
  }

  /**
   * The period nearest to a clock time: where something dropped at that time belongs.
   * @param {string | undefined} schoolId @param {string} date @param {string} clock 'HH:MM'
   * @returns {Period | null}
   */
  nearest(schoolId, date, clock) {
    const minute = minuteOf(clock);
    let best = null;
    let bestDistance = Infinity;
    for (const period of this.periods(schoolId, date)) {
      const distance = Math.abs(minuteOf(period.start) - minute);
      if (distance < bestDistance) [best, bestDistance] = [period, distance];
    }
    return best;
  }
}

/** @param {string} clock */
function minuteOf(clock) {
  const [hours, minutes] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}
