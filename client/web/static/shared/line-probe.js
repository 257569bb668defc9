// SPDX-License-Identifier: Apache-2.0
//
// Whether the line to the relay lives, asked before a request and without one. A request into a dead line leaves a
// connection attempt in the browser's pool even after it was aborted; later requests wait for it, and the system
// repeats its SYN ever more rarely, so that a line that was cut for a minute would come back half a minute late. A
// WebSocket that is closed while it connects does take its attempt with it. Any end of it by itself is an answer: the
// relay refuses the upgrade, and where nobody listens a request fails at once as well.

/** The relay sends a heartbeat every 5 s; whatever came within one of them, delayed, needs no asking. */
const HEARD_LATELY_MS = 7000;
/** What came just now outweighs signs that are seconds old, as those of a media path are. */
const HEARD_NOW_MS = 2000;
/** A new attempt sends its SYN at once, an old one after 1, 3, 7 s: young attempts find the line sooner. */
const ATTEMPT_MS = 2500;
const LONGEST_ATTEMPT_MS = 6000;
/** An answer takes round trips for TCP, TLS and the refusal, and some of them may be repeated. */
const ATTEMPT_ROUNDS = 4;
/** Chromium holds a WebSocket back after others failed, by up to 5 s × 2^min(failures, 16) / 65536, where failures of
 * the last two to four minutes count. An attempt lives longer by that, and the next does not wait for its end. */
const MOST_HELD_BACK_MS = 5000;
const MOST_FAILURES = 16;
const FAILURES_COUNT_MS = 240000;
/** A network that swallows WebSockets must not keep a page from asking: they are tried once while the line is good. */
const TRIAL_MS = 6000;
const TRIAL_AGAIN_MS = 60000;
/** Classrooms that lost the line together do not return in one moment. */
const SPREAD_MS = 200;

/** HTTP/2: Chromium pings a connection that was silent for 10 s when a request is made on it, and closes it when that
 * is not answered for 10 s more. Otherwise the first requests after an outage would go into the old connection. */
const SHAKE_AFTER_MS = 11000;
const SHAKE_MS = 500;

/** What of a WebSocket is used. @typedef {Pick<WebSocket, 'onopen' | 'onerror' | 'onclose' | 'close'>} Socket */

export class LineProbe {
  #open;
  #nowMs;
  #heardMs;
  #isDoubted = false;
  /** WebSockets are answered here. */
  #isTrusted = false;
  #triedMs = -Infinity;
  #attemptMs = ATTEMPT_MS;
  /** When attempts were begun: none of them ever succeeds in the browser's eyes. @type {number[]} */
  #begunMs = [];
  /** What ends each attempt under way. @type {Set<() => void>} */
  #attempts = new Set();
  /** @type {Set<() => void>} */
  #waiting = new Set();
  #isLooking = false;
  /** @type {number | undefined} */
  #timer;
  #shake;
  #isShaken = false;

  /**
   * @param {() => Socket} open may throw
   * @param {() => number} [nowMs]
   * @param {() => void} [shake] called once in each outage: makes the browser find out that its connection is dead
   */
  constructor(open, nowMs = () => performance.now(), shake = () => {}) {
    this.#open = open;
    this.#shake = shake;
    this.#nowMs = nowMs;
    this.#heardMs = nowMs(); // the page itself has just come
  }

  /** Nothing speaks against the line. */
  get isSure() {
    return !this.#isDoubted && this.#nowMs() - this.#heardMs < HEARD_LATELY_MS;
  }

  get isDoubted() {
    return this.#isDoubted;
  }

  /** Something came from the relay, or a request failed without waiting. */
  heard() {
    this.#isDoubted = false;
    this.#heardMs = this.#nowMs();
    this.#isLooking = this.#isShaken = false;
    clearTimeout(this.#timer);
    for (const end of this.#attempts) end();
    for (const resolve of this.#waiting) resolve();
    if (!this.#isTrusted && this.#nowMs() - this.#triedMs > TRIAL_AGAIN_MS) this.#try();
  }

  /**
   * The line looks dead: the next request is preceded by a probe.
   * @param {number} [silentSinceMs] since when, which says nothing where something else came later; Infinity: for certain
   */
  doubt(silentSinceMs = this.#nowMs() - HEARD_NOW_MS) {
    if (this.#heardMs <= silentSinceMs) this.#isDoubted = true;
  }

  /** The network has changed: what is under way may be lost, and a new attempt may get through. */
  hurry() {
    if (this.#isLooking) this.#look();
  }

  /**
   * Looking goes on after the time is up, until the line is back.
   * @param {number} ms
   * @returns {Promise<boolean>} a request will be answered, or fail by itself
   */
  reachableWithin(ms) {
    if (this.isSure || !this.#isTrusted) return Promise.resolve(true);
    return new Promise((resolve) => {
      /** @param {boolean} isReachable */
      const finish = (isReachable) => {
        clearTimeout(timer);
        this.#waiting.delete(onHeard);
        resolve(isReachable);
      };
      const onHeard = () => finish(true);
      const timer = setTimeout(() => finish(false), ms);
      this.#waiting.add(onHeard);
      if (!this.#isLooking) this.#look();
    });
  }

  /** Begins an attempt now and others later, until one is answered. */
  #look() {
    const isFirst = !this.#isLooking;
    this.#isLooking = true;
    if (!this.#isShaken && this.#nowMs() - this.#heardMs > SHAKE_AFTER_MS) {
      this.#isShaken = true;
      this.#shake();
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), this.#attemptMs);
    const onAnswer = () => {
      clearTimeout(this.#timer);
      if (isFirst) this.heard();
      else this.#timer = setTimeout(() => this.heard(), SPREAD_MS * Math.random());
    };
    const end = this.#attempt(this.#attemptMs + this.#heldBackMs(), onAnswer);
    this.#attempts.add(end);
  }

  /** The first of all, while the line is good: is there an answer, and how long does it take? */
  #try() {
    const begunMs = (this.#triedMs = this.#nowMs());
    this.#attempt(TRIAL_MS, () => {
      this.#isTrusted = true;
      const longMs = ATTEMPT_ROUNDS * (this.#nowMs() - begunMs);
      this.#attemptMs = Math.min(LONGEST_ATTEMPT_MS, Math.max(ATTEMPT_MS, longMs));
    });
  }

  /**
   * @param {number} lifeMs
   * @param {() => void} onAnswer never called from within
   * @returns {() => void} ends it
   */
  #attempt(lifeMs, onAnswer) {
    this.#begunMs.push(this.#nowMs());
    /** @type {Socket | null} */
    let socket = null;
    const end = () => {
      clearTimeout(timer);
      this.#attempts.delete(end);
      if (socket === null) return;
      socket.onopen = socket.onerror = socket.onclose = null;
      socket.close();
      socket = null;
    };
    const timer = setTimeout(end, lifeMs);
    try {
      socket = this.#open();
      socket.onopen = socket.onerror = socket.onclose = () => {
        end();
        onAnswer();
      };
    } catch {
      // No WebSockets here: requests are made without asking, as a trial that is never answered has it.
    }
    return end;
  }

  /** The longest for which the browser may hold back the attempt that begins now. */
  #heldBackMs() {
    const nowMs = this.#nowMs();
    this.#begunMs = this.#begunMs.filter((begunMs) => nowMs - begunMs < FAILURES_COUNT_MS);
    return MOST_HELD_BACK_MS * 2 ** (Math.min(MOST_FAILURES, this.#begunMs.length + 1) - MOST_FAILURES);
  }
}

/** A request on the one connection that all share; over HTTP/1.1 it would leave an attempt behind. */
function shakeConnection() {
  const [page] = performance.getEntriesByType('navigation');
  if (!(page instanceof PerformanceNavigationTiming) || page.nextHopProtocol !== 'h2') return;
  fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(SHAKE_MS) }).catch(() => {});
}

/** This page's. */
export const line = new LineProbe(
  () => new WebSocket(new URL('/healthz', location.href.replace(/^http/, 'ws'))),
  () => performance.now(),
  shakeConnection,
);
globalThis.addEventListener?.('online', () => {
  line.doubt(Infinity);
  line.hurry();
});

/**
 * A request to the relay, made once the line is not in doubt.
 * @param {string} url
 * @param {RequestInit} request
 * @param {{ timeoutMs: number, patienceMs: number }} limits for the answer with its body; for the line before that
 * @returns {Promise<Response>} rejects as fetch does, with a TypeError where the line is dead
 */
export async function askRelay(url, request, { timeoutMs, patienceMs }) {
  if (!(await line.reachableWithin(patienceMs))) throw new TypeError('no line to the relay');
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { cache: 'no-store', ...request, signal });
    line.heard();
    return response;
  } catch (error) {
    if (signal.aborted) line.doubt();
    else line.heard(); // whatever failed by itself holds nothing up
    throw error;
  }
}
