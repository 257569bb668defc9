// SPDX-License-Identifier: Apache-2.0
//
// A lesson on its way to another time. As soon as it is taken up, the periods that are free for everybody are
// drawn into the week; over each period what clashes there is asked and shown, before it is let go. Letting go
// changes nothing yet: it opens the form for moving, which says the same and asks for the reason.
import { ask, withQuery } from '../office/api.js';
import { addDays } from '../office/dates.js';
import { Subject } from '../shared/subject.js';
import { t } from '../shared/language.js';
import { askConflicts } from './conflicts.js';

/** A week has fewer periods than this. */
const MOST_FREE = 50;

export class LessonDrag extends Subject {
  /** @type {any} the lesson under way, null when none is */
  lesson = null;
  /** @type {{ date: string, period: import('../office/bell-book.js').Period } | null} */
  target = null;
  /** @type {any[]} */
  free = [];
  /** Called with the lesson and where it was let go. */
  onDropped = (/** @type {any} */ _lesson, /** @type {{ date: string, period: any }} */ _target) => {};
  #bells;
  /** @type {Map<string, any>} answers by date and period; absent while not asked */
  #answers = new Map();
  /** @type {any[]} */
  #drawn = [];

  /** @param {import('../office/bell-book.js').BellBook} bells */
  constructor(bells) {
    super();
    this.#bells = bells;
  }

  /** What is known of the place under the pointer. @returns {any} null while it is being asked */
  get answer() {
    return this.target ? (this.#answers.get(this.#key(this.target)) ?? null) : null;
  }

  /** @param {any} event @param {any} calendar @param {string} monday */
  start(event, calendar, monday) {
    this.lesson = event.extendedProps.lesson;
    this.target = null;
    this.free = [];
    this.#answers.clear();
    void this.#bells.load(this.lesson.host_school_id);
    void this.#drawFree(calendar, monday);
    this.changed();
  }

  /** @param {string} date @param {string} clock @returns {boolean} whether it may be let go here */
  over(date, clock) {
    const period = this.#bells.nearest(this.lesson?.host_school_id, date, clock);
    if (!this.lesson || !period) return true;
    const target = { date, period };
    if (!this.target || this.#key(target) !== this.#key(this.target)) {
      this.target = target;
      void this.#askAbout(target);
      this.changed();
    }
    const answer = this.#answers.get(this.#key(target));
    return !answer || answer.conflicts.length === 0;
  }

  /** @param {boolean} isInside */
  stop(isInside) {
    const { lesson, target } = this;
    this.lesson = null;
    this.target = null;
    for (const event of this.#drawn) event.remove();
    this.#drawn = [];
    this.changed();
    const isElsewhere = target && (target.date !== lesson.date || target.period.period !== lesson.period);
    if (isInside && isElsewhere) this.onDropped(lesson, target);
  }

  /** @param {{ date: string, period: any }} target */
  #key(target) {
    return `${target.date} ${target.period.period}`;
  }

  /** @param {{ date: string, period: any }} target */
  async #askAbout(target) {
    const key = this.#key(target);
    const { lesson } = this;
    if (this.#answers.has(key)) return;
    const change = {
      kind: 'move',
      lesson_id: lesson.id,
      new_date: target.date,
      new_period: target.period.period,
    };
    const answer = await askConflicts({ change }).catch(() => null);
    if (answer && this.lesson === lesson) {
      this.#answers.set(key, answer);
      this.changed();
    }
  }

  /** @param {any} calendar @param {string} monday */
  async #drawFree(calendar, monday) {
    const { lesson } = this;
    const values = { lesson: lesson.id, from: monday, to: addDays(monday, 6), limit: MOST_FREE };
    const answer = await ask('GET', withQuery('/api/v1/free-periods', values)).catch(() => ({ items: [] }));
    if (this.lesson !== lesson) return;
    this.free = answer.items.filter(
      (/** @type {any} */ one) => one.date !== lesson.date || one.period !== lesson.period,
    );
    this.#drawn = this.free.map((one) =>
      calendar.addEvent({
        title: t('conflictFreeShort'),
        start: `${one.date}T${one.start}:00`,
        end: `${one.date}T${one.end}:00`,
        display: 'background',
        classNames: ['hatching', 'slot-free'],
      }),
    );
    this.changed();
  }
}
