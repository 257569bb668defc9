// SPDX-License-Identifier: Apache-2.0
//
// The slides as sharp stills, which the teacher's page uploads one by one: kept in memory, so that a classroom whose
// line is cut can page through them, and one whose line has no room for the moving picture still sees the slide that
// is on. Fetched at a random moment, so that 18 classrooms do not ask at once; at once where it is needed.
import { askRelay } from '../shared/line-probe.js';
import { Subject } from '../shared/subject.js';

/** The relay keeps as many. */
const KEPT = 40;
/** A slide of 200 KiB to each of 18 classrooms, spread over this, is less than one of them watching. */
const SPREAD_MS = 6000;
const TIMEOUT_MS = 20000;
const PATIENCE_MS = 5000;

export class Stills extends Subject {
  /** Object URLs by slide number. @type {Map<number, string>} */
  #urls = new Map();
  /** @type {Map<number, number>} timers and fetches under way */
  #coming = new Map();
  /** @type {number | null} the slide that is on */
  #current = null;
  /** @type {number | null} the slide that is looked at, null for the one that is on */
  #looked = null;
  #isClosed = false;
  #access;

  /** @param {import('../shared/access.js').Access} access */
  constructor(access) {
    super();
    this.#access = access;
  }

  /** @returns {number[]} the numbers that are here, in order */
  get #numbers() {
    return [...this.#urls.keys()].sort((a, b) => a - b);
  }

  get hasPages() {
    return this.#urls.size > 0;
  }

  /** The number of the slide that is looked at. */
  get looked() {
    return this.#looked;
  }

  /** @returns {string | null} the picture of the slide that is looked at, else of the one that is on */
  get url() {
    const number = this.#looked ?? this.#current;
    return number === null ? null : (this.#urls.get(number) ?? null);
  }

  /** @param {number} step -1 or 1 */
  page(step) {
    const numbers = this.#numbers;
    const from = this.#looked ?? this.#current ?? Infinity;
    const next = step < 0 ? numbers.filter((number) => number < from).pop() : numbers.find((number) => number > from);
    if (next === undefined) return;
    this.#looked = next === this.#current ? null : next;
    this.changed();
  }

  /** Back to the slide that is on. */
  endPaging() {
    if (this.#looked === null) return;
    this.#looked = null;
    this.changed();
  }

  /**
   * @param {number | null} number of the slide that is on
   * @param {boolean} isUrgent it is wanted on the screen now
   */
  follow(number, isUrgent) {
    if (this.#current !== number) {
      this.#current = number;
      this.changed();
    }
    if (number === null || this.#urls.has(number)) return;
    const timer = this.#coming.get(number);
    if (timer !== undefined && !(isUrgent && timer !== 0)) return;
    clearTimeout(timer);
    if (isUrgent) void this.#fetch(number);
    else this.#coming.set(number, setTimeout(() => void this.#fetch(number), SPREAD_MS * Math.random()));
  }

  /** A relay that was restarted has no slides, and numbers those that come from the first again. */
  forget() {
    for (const timer of this.#coming.values()) clearTimeout(timer);
    this.#coming = new Map();
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
    this.#urls.clear();
    this.#current = this.#looked = null;
    this.changed();
  }

  close() {
    this.#isClosed = true;
    this.forget();
  }

  /** @param {number} number */
  async #fetch(number) {
    const coming = this.#coming;
    coming.set(number, 0);
    try {
      const url = `/api/v1/lessons/${encodeURIComponent(this.#access.lesson)}/slides/${number}`;
      const headers = { Authorization: `Bearer ${this.#access.token}` };
      const limits = { timeoutMs: TIMEOUT_MS, patienceMs: PATIENCE_MS };
      const response = await askRelay(url, { headers, cache: 'default' }, limits);
      const picture = response.ok ? await response.blob() : null;
      // What was forgotten meanwhile may be another slide's number now.
      if (picture !== null && coming === this.#coming) this.#keep(number, picture);
    } catch {
      // Asked for again with the next news while it is on.
    }
    coming.delete(number);
  }

  /** @param {number} number @param {Blob} picture */
  #keep(number, picture) {
    if (this.#isClosed) return;
    this.#urls.set(number, URL.createObjectURL(picture));
    for (const old of this.#numbers.slice(0, -KEPT)) {
      URL.revokeObjectURL(this.#urls.get(old) ?? '');
      this.#urls.delete(old);
    }
    this.changed();
  }
}
