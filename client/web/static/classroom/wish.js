// SPDX-License-Identifier: Apache-2.0
//
// Something that a person pressed, on its way to the relay: sent again until the relay has it, for as long as somebody
// may still be waiting for it. The last press counts.

/** @typedef {import('../shared/lesson-events.js').LessonEvents} LessonEvents */

/** What was pressed and did not arrive is sent again after this, and forgotten after so long: nobody waits for it. */
const AGAIN_MS = 1000;
const FORGET_MS = 60000;

export class Wish {
  /** @type {boolean | null} null: nothing is on its way */
  wanted = null;
  refusedMs = -Infinity;
  #sinceMs = 0;
  #sentMs = -Infinity;
  #isSending = false;
  #events;
  #path;
  #bodyOf;
  /** @type {() => void} */
  #changed;

  /**
   * @param {LessonEvents} events
   * @param {string} path
   * @param {(wanted: boolean) => object} bodyOf
   * @param {() => void} changed
   */
  constructor(events, path, bodyOf, changed) {
    this.#events = events;
    this.#path = path;
    this.#bodyOf = bodyOf;
    this.#changed = changed;
  }

  /** @param {boolean} wanted */
  set(wanted) {
    this.wanted = wanted;
    this.refusedMs = -Infinity;
    this.#sinceMs = performance.now();
    this.#sentMs = -Infinity;
    this.follow();
    this.#changed();
  }

  follow() {
    const nowMs = performance.now();
    if (this.wanted === null || this.#isSending || nowMs - this.#sentMs < AGAIN_MS) return;
    if (nowMs - this.#sinceMs > FORGET_MS) this.wanted = null;
    else void this.#send(this.wanted);
  }

  /** @param {boolean} wanted */
  async #send(wanted) {
    this.#isSending = true;
    const { ok, status } = await this.#events.act(this.#path, this.#bodyOf(wanted));
    this.#isSending = false;
    this.#sentMs = performance.now();
    const isRefused = !ok && status >= 400 && status < 500;
    if (isRefused) this.refusedMs = this.#sentMs;
    // It may have been pressed again meanwhile.
    if (this.wanted === wanted && (ok || isRefused)) this.wanted = null;
    this.#changed();
    if (this.wanted !== null && this.wanted !== wanted) {
      this.#sentMs = -Infinity;
      this.follow();
    }
  }
}
