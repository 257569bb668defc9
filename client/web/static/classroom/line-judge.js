// SPDX-License-Identifier: Apache-2.0
//
// Decides from plain figures whether a classroom's line is good, slow or broken, and since when. Time is an
// argument, so that it can be tested without waiting.

/** @typedef {import('../shared/parts.js').Condition} Condition */

/** A gap of this length is seen by everybody in the room, so it is named. */
const BROKEN_MS = 3000;
/** The first connection gets a little longer before it is called broken. */
const FIRST_MS = 6000;
/** Loss is looked at over the last seconds: one bad second is not a bad line. */
const WINDOW_SECONDS = 5;
/** From here on pictures freeze and voices break up. */
const SLOW_LOSS_FRACTION = 0.05;

export class LineJudge {
  /** @type {Condition} */
  condition = 'waiting';
  /** When the outage began; meaningful while the condition is broken. */
  brokenSinceMs;
  #begunMs;
  /** @type {{ packets: number, lost: number, freezes: number }[]} */
  #seconds = [];

  /** @param {number} nowMs */
  constructor(nowMs) {
    this.#begunMs = nowMs;
    this.brokenSinceMs = nowMs;
  }

  /** @param {{ packets: number, lost: number, freezes: number }} second */
  addSecond(second) {
    this.#seconds = [...this.#seconds, second].slice(-WINDOW_SECONDS);
  }

  /**
   * @param {object} facts
   * @param {number} facts.nowMs
   * @param {number} facts.lastPacketMs
   * @param {boolean} facts.isConnected
   * @param {boolean} facts.isFirstAttempt
   * @param {boolean} facts.isReachable the relay answers requests
   * @param {boolean} facts.isExpecting some source flows, as far as the relay has said
   * @returns {Condition}
   */
  judge({ nowMs, lastPacketMs, isConnected, isFirstAttempt, isReachable, isExpecting }) {
    const silentMs = nowMs - lastPacketMs;
    let isBroken;
    if (isFirstAttempt) isBroken = nowMs - this.#begunMs > FIRST_MS;
    else if (!isConnected) isBroken = true;
    else isBroken = silentMs > BROKEN_MS && !isReachable;

    if (isBroken) {
      // With no packet ever, the page's own start is the honest beginning.
      if (this.condition !== 'broken') this.brokenSinceMs = Math.max(this.#begunMs, Math.min(nowMs, lastPacketMs));
      this.condition = 'broken';
    } else if (!isConnected || !isExpecting) {
      this.condition = 'waiting';
    } else {
      this.condition = this.#isSlow(silentMs) ? 'slow' : 'good';
    }
    return this.condition;
  }

  /** @param {number} silentMs */
  #isSlow(silentMs) {
    let packets = 0;
    let lost = 0;
    let freezes = 0;
    for (const second of this.#seconds) {
      packets += second.packets;
      lost += second.lost;
      freezes += second.freezes;
    }
    const isLossy = packets + lost > 0 && lost / (packets + lost) > SLOW_LOSS_FRACTION;
    return isLossy || freezes > 1 || silentMs > BROKEN_MS;
  }
}
