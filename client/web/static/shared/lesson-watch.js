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
 */

/** A restarted relay is to be noticed well within the 5 s in which everybody must be back. */
const EVERY_MS = 2000;
/** Over a line with a second of delay an answer still comes within this. */
const TIMEOUT_MS = 4000;

export class LessonWatch extends Subject {
  /** @type {LessonFacts | null} the last answer; kept while the relay cannot be reached */
  facts = null;
  isReachable = true;
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
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
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
    let status = 0;
    try {
      const response = await fetch(`/api/v1/lessons/${encodeURIComponent(this.#access.lesson)}`, {
        cache: 'no-store',
        headers: { Authorization: `Bearer ${this.#access.token}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      status = response.status;
      if (response.ok) {
        this.facts = await response.json();
        this.#access.hasWorked = true;
      }
      this.isReachable = status < 500;
    } catch {
      this.isReachable = false;
    }
    if (this.#isStopped) return;
    if ([401, 403, 404].includes(status)) await this.#access.renew();
    this.changed();
    if (bootId !== undefined && this.facts?.boot_id !== bootId) this.onRelayRestarted();
    else if (!wasReachable && this.isReachable) this.onRelayReachable();
  }
}
