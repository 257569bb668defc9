// SPDX-License-Identifier: Apache-2.0
//
// Asks the relay every two seconds how the lesson stands: who is sending, how many classrooms listen, and the
// boot id, by which a restarted relay is noticed at once. Also the page's measure of whether the relay can be
// reached at all.
import { Subject } from './subject.js';

/** @typedef {import('./access.js').Access} Access */
/**
 * @typedef {object} LessonFacts
 * @property {string} id
 * @property {string} title
 * @property {string} state
 * @property {string} boot_id
 * @property {{ camera: boolean, screen: boolean }} publishers
 * @property {number} viewers
 * @property {number} [closes_at] of a lesson of the timetable: seconds since 1970, by the relay's clock
 * @property {boolean} [may_extend]
 */

/** A restarted relay is to be noticed well within the 5 s in which everybody must be back. */
const EVERY_MS = 2000;
/** Nobody is bothered by a relay that is down; the sooner it is found again, the better. */
const EVERY_WHILE_AWAY_MS = 500;
/** Over a line with a second of delay an answer still comes within this. */
const TIMEOUT_MS = 4000;

export class LessonWatch extends Subject {
  /** @type {LessonFacts | null} the last answer; kept while the relay cannot be reached */
  facts = null;
  isReachable = true;
  /** How far the relay's clock is ahead of this computer's, which may be minutes wrong. */
  aheadMs = 0;
  /** Called when the relay's boot id changed, or when it answers again after silence. */
  onRelayRestarted = () => {};
  onRelayReachable = () => {};
  #access;
  #isStopped = false;
  /** @type {Promise<void> | null} */
  #asking = null;

  /** @param {Access} access */
  constructor(access) {
    super();
    this.#access = access;
  }

  async run() {
    while (!this.#isStopped) {
      await this.ask();
      // Drawn at random, so that classrooms that lost the relay together do not stay in step.
      const everyMs = (this.isReachable ? EVERY_MS : EVERY_WHILE_AWAY_MS) * (0.75 + 0.25 * Math.random());
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  stop() {
    this.#isStopped = true;
  }

  /** Asks now; callers who come while an answer is under way share it. */
  ask() {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask() {
    const wasReachable = this.isReachable;
    const bootId = this.facts?.boot_id;
    const { token } = this.#access;
    let status = await this.#fetch();
    const isRefused = [401, 403, 404].includes(status);
    if (isRefused && !this.#isStopped && (await this.#access.renew(token))) status = await this.#fetch();
    this.isReachable = status > 0 && status < 500;
    if (this.#isStopped) return;
    this.changed();
    if (bootId !== undefined && this.facts?.boot_id !== bootId) this.onRelayRestarted();
    else if (!wasReachable && this.isReachable) this.onRelayReachable();
  }

  /** @returns {Promise<number>} the status, 0 when there was no answer */
  async #fetch() {
    try {
      const response = await fetch(`/api/v1/lessons/${encodeURIComponent(this.#access.lesson)}`, {
        cache: 'no-store',
        headers: { Authorization: `Bearer ${this.#access.token}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.ok) {
        this.facts = await response.json();
        this.aheadMs = (Date.parse(response.headers.get('Date') ?? '') || Date.now()) - Date.now();
        this.#access.hasWorked = true;
      }
      return response.status;
    } catch {
      return 0;
    }
  }
}
