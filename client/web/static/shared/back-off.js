// SPDX-License-Identifier: Apache-2.0
//
// How long to wait before asking a relay again. The waits grow, so that a relay which is down is not
// hammered, and are drawn at random, so that 18 classrooms that lost it together do not return together.
// What the relay itself asks for in Retry-After is a lower bound.

/** The first wait is short because a restarted relay is back within a second or two. */
const FIRST_MS = 500;
/** A line that comes back must be noticed within 3 s: the longest wait, with its jitter, stays below that. */
const LONGEST_MS = 2000;
/** A relay that asks for more is overridden: a lesson lasts 40 minutes. */
const LONGEST_ASKED_MS = 30000;

export class BackOff {
  #failures = 0;
  #random;

  /** @param {() => number} [random] uniform in [0, 1) */
  constructor(random = Math.random) {
    this.#random = random;
  }

  reset() {
    this.#failures = 0;
  }

  /**
   * @param {number} [askedMs] what Retry-After said, or 0
   * @returns {number} milliseconds
   */
  next(askedMs = 0) {
    const ceilingMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures++, 10));
    const drawnMs = ceilingMs * (0.5 + 0.5 * this.#random());
    if (askedMs <= 0) return drawnMs;
    return Math.min(askedMs, LONGEST_ASKED_MS) + drawnMs;
  }
}

/**
 * @param {string | null} value a Retry-After header: seconds or an HTTP date (RFC 9110 §10.2.3)
 * @param {number} nowMs wall clock
 * @returns {number} milliseconds, 0 when absent or nonsense
 */
export function retryAfterMs(value, nowMs) {
  if (value === null) return 0;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? 0 : Math.max(0, atMs - nowMs);
}
