// SPDX-License-Identifier: Apache-2.0
//
// The lessons of a day as they stand, asked for again every few seconds; of those that run also what the relay says.
import { Subject } from '../shared/subject.js';
import { ask, withQuery } from './api.js';
import { today } from './dates.js';

const EVERY_MS = 5000;
/** Running ones first, then what is still to come, then what is over. @type {Record<string, number>} */
const ORDER = { live: 0, open: 1, scheduled: 2, cancelled: 3, ended: 4 };

/** Today's lessons; other days, or those of one school, where `more` asks for them. */
export class DayLessons extends Subject {
  /** @type {any[]} */
  lessons = [];
  /** By lesson, what the relay says of a running one. @type {Map<string, any>} */
  facts = new Map();
  /** @type {any} */
  problem = null;
  isLoaded = false;
  #directory;
  #more;
  #timer = 0;

  /**
   * @param {import('./directory.js').Directory} directory
   * @param {(date: string) => Record<string, string>} [more] of the question, by today's date
   */
  constructor(directory, more = () => ({})) {
    super();
    this.#directory = directory;
    this.#more = more;
  }

  begin() {
    this.end();
    void this.load();
    this.#timer = setInterval(() => void this.load(), EVERY_MS);
  }

  end() {
    clearInterval(this.#timer);
  }

  async load() {
    const date = today(this.#directory.zone);
    try {
      const answer = await ask('GET', withQuery('/api/v1/lessons', { from: date, to: date, ...this.#more(date) }));
      this.lessons = answer.items.sort(
        (/** @type {any} */ a, /** @type {any} */ b) =>
          ORDER[a.state] - ORDER[b.state] || String(a.start).localeCompare(String(b.start)),
      );
      await this.#loadFacts();
      await this.loadMore();
      this.problem = null;
      this.isLoaded = true;
    } catch (problem) {
      this.problem = problem;
    }
    this.changed();
  }

  /** What goes with the lessons, for those who see more. */
  async loadMore() {}

  async #loadFacts() {
    const facts = new Map();
    const running = this.lessons.filter((lesson) => lesson.state === 'live' || lesson.state === 'open');
    await Promise.all(
      running.map(async (lesson) => {
        const fact = await ask('GET', `/api/v1/lessons/${encodeURIComponent(lesson.id)}`).catch(() => null);
        if (fact) facts.set(lesson.id, fact);
      }),
    );
    this.facts = facts;
  }
}
