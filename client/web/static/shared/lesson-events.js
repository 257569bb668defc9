// SPDX-License-Identifier: Apache-2.0
//
// How the lesson stands, as the relay tells it: one document, kept up to date by a stream of events, and the page's
// measure of whether the relay can be reached at all. However many pages of a browser show the same lesson, one of
// them reads (it holds a lock) and tells the others over a channel; where a browser lacks either, or the reader has
// gone silent, a page reads for itself. The boot id in the document gives a restarted relay away.
import { readEvents } from './event-stream.js';
import { mergeEvent } from './lesson-document.js';
import { askRelay, line } from './line-probe.js';
import { Subject } from './subject.js';

/** @typedef {import('./access.js').Access} Access */
/** @typedef {import('./lesson-document.js').LessonFacts} LessonFacts */
/** @typedef {{ code?: string, title?: string, detail?: string }} Problem */
/** @typedef {{ ok: boolean, status: number, problem: Problem | null, answer: any }} Outcome status 0: no answer */

/** Nobody is bothered by a relay that is down; the sooner it is found again, the better. Drawn at random from here
 * down to half, so that classrooms that lost it together do not return together. */
const AGAIN_MS = 500;
/** A stream that the relay ended by itself, as when it is restarted. */
const RESUME_MS = 150;
/** After a refusal somebody has to do something first. */
const REFUSED_AGAIN_MS = 5000;
/** Over a line with a second of delay an answer still comes within this. */
const TIMEOUT_MS = 4000;
/** An action is written to the relay's disk before it is answered. */
const ACT_TIMEOUT_MS = 8000;
/** Whoever pressed something hears of a dead line soon. */
const ACT_PATIENCE_MS = 2000;
/** The reader passes on every heartbeat (5 s), or says that it is trying; longer, and it is gone or frozen. */
const READER_SILENT_MS = 13000;
/** A page that has just been opened waits less: the reader answers at once. */
const READER_ANSWERS_MS = 1000;

/** Between the pages of one browser, the same lesson seen with the same rights. @param {Access} access */
async function sharingKey(access) {
  let who = 'joined';
  if (!access.isJoined) {
    // A code of its own, typed or the demo's: its digest tells it from others and gives nothing away.
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(access.token));
    who = [...new Uint8Array(digest.slice(0, 8))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  return `classrelay-events/${access.right}/${who}/${access.lesson}`;
}

export class LessonEvents extends Subject {
  /** @type {LessonFacts | null} as last told; kept while the relay cannot be reached */
  facts = null;
  isReachable = true;
  /** How far the relay's clock is ahead of this computer's, which may be minutes wrong. */
  aheadMs = 0;
  /** Called when the relay's boot id changed, or when it answers again after silence. */
  onRelayRestarted = () => {};
  onRelayReachable = () => {};
  #access;
  #isStopped = false;
  #isReading = false;
  #lastId = '';
  /** Ends the stream or the wait that is under way. */
  #attempt = new AbortController();
  #stopping = new AbortController();
  /** @type {BroadcastChannel | null} */
  #channel = null;
  /** @type {number | undefined} */
  #readerTimer;
  /** @type {Promise<void> | null} */
  #asking = null;

  /** @param {Access} access */
  constructor(access) {
    super();
    this.#access = access;
  }

  /** Runs until stop(). Never rejects. */
  async run() {
    addEventListener('online', this.#onOnline);
    if (!navigator.locks || typeof BroadcastChannel !== 'function' || !crypto.subtle) {
      await this.#read();
      return;
    }
    const key = await sharingKey(this.#access);
    if (this.#isStopped) return;
    this.#channel = new BroadcastChannel(key);
    this.#channel.onmessage = ({ data }) => this.#onMessage(data);
    const { signal } = this.#stopping;
    this.#awaitReader(READER_ANSWERS_MS);
    this.#channel.postMessage('how does it stand?');
    await navigator.locks.request(key, { signal }, () => this.#read()).catch(() => {});
  }

  stop() {
    if (this.#isStopped) return;
    this.#isStopped = true;
    removeEventListener('online', this.#onOnline);
    clearTimeout(this.#readerTimer);
    this.#stopping.abort();
    this.#attempt.abort();
    this.#channel?.close();
    this.#channel = null;
  }

  /** Asks now, apart from the stream; callers who come while an answer is under way share it. */
  ask() {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** The computer slept or its network changed: the stream may be dead without knowing. */
  restart() {
    line.doubt(Infinity);
    this.#attempt.abort();
  }

  /**
   * An action of this page's person: a POST below the lesson.
   * @param {string} path such as 'hand'
   * @param {object | Blob} body a picture goes as it is, the rest as JSON
   * @returns {Promise<Outcome>}
   */
  async act(path, body) {
    const { token } = this.#access;
    let outcome = await this.#post(path, body);
    if (outcome.status === 401 && (await this.#access.renew(token))) outcome = await this.#post(path, body);
    return outcome;
  }

  /** @param {string} path @param {object | Blob} body @returns {Promise<Outcome>} */
  async #post(path, body) {
    const isPicture = body instanceof Blob;
    try {
      const request = {
        method: 'POST',
        headers: { ...this.#authorization, 'Content-Type': isPicture ? body.type : 'application/json' },
        body: isPicture ? body : JSON.stringify(body),
      };
      const limits = { timeoutMs: ACT_TIMEOUT_MS, patienceMs: ACT_PATIENCE_MS };
      const response = await askRelay(`${this.#url}/${path}`, request, limits);
      const answer = await response.json().catch(() => null);
      return { ok: response.ok, status: response.status, problem: response.ok ? null : answer, answer };
    } catch {
      return { ok: false, status: 0, problem: null, answer: null };
    }
  }

  get #url() {
    return `/api/v1/lessons/${encodeURIComponent(this.#access.lesson)}`;
  }

  get #authorization() {
    return { Authorization: `Bearer ${this.#access.token}` };
  }

  #onOnline = () => this.restart();

  /** Reads the stream, again and again. */
  async #read() {
    clearTimeout(this.#readerTimer);
    if (this.#isReading) {
      // It already reads for itself; the lock is kept for as long.
      await new Promise((resolve) => this.#stopping.signal.addEventListener('abort', resolve));
      return;
    }
    this.#isReading = true;
    while (!this.#isStopped) {
      this.#attempt = new AbortController();
      const waitMs = await this.#readOnce(this.#attempt.signal);
      if (this.#isStopped) return;
      if (waitMs > 0) await this.#pause(waitMs * (0.5 + 0.5 * Math.random()));
    }
  }

  /** @param {number} ms ended early by restart() and stop() */
  #pause(ms) {
    const { signal } = (this.#attempt = new AbortController());
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve(undefined);
      });
    });
  }

  /**
   * One stream, until it ends.
   * @param {AbortSignal} signal
   * @returns {Promise<number>} how long to wait before the next, in milliseconds
   */
  async #readOnce(signal) {
    const { token } = this.#access;
    const outcome = await readEvents({
      url: `/events/${encodeURIComponent(this.#access.lesson)}`,
      headers: this.#lastId === '' ? this.#authorization : { ...this.#authorization, 'Last-Event-ID': this.#lastId },
      signal,
      onOpen: (aheadMs) => this.#onOpen(aheadMs),
      onEvent: (event) => this.#onEvent(event),
      onAlive: () => this.#channel?.postMessage('alive'),
    });
    if (this.#isStopped) return 0;
    if (outcome === 'ended') return RESUME_MS;
    if (outcome === 'dead') {
      this.#become(false);
      return 0;
    }
    if (outcome === 'broken') {
      // What could not be understood must not be resumed from.
      if (signal.aborted) return 0;
      this.#become(false);
      return AGAIN_MS;
    }
    const isAnswer = outcome < 500;
    this.#become(isAnswer);
    if (!isAnswer) return AGAIN_MS;
    return (await this.#access.renew(token)) ? RESUME_MS : REFUSED_AGAIN_MS;
  }

  /** @param {number} aheadMs */
  #onOpen(aheadMs) {
    this.aheadMs = aheadMs;
    this.#access.hasWorked = true;
    this.#become(true);
  }

  /** @param {import('./event-parser.js').ServerEvent} event */
  #onEvent({ id, name, data }) {
    let part;
    try {
      part = JSON.parse(data);
    } catch {
      this.#lastId = '';
      return;
    }
    this.#lastId = id;
    this.#take({ facts: mergeEvent(this.facts, name, part), isReachable: true, aheadMs: this.aheadMs });
    this.#tell();
  }

  /** @param {boolean} isReachable */
  #become(isReachable) {
    if (this.isReachable !== isReachable) this.#take({ facts: this.facts, isReachable, aheadMs: this.aheadMs });
    this.#tell();
  }

  /** @param {{ facts: LessonFacts | null, isReachable: boolean, aheadMs: number }} news */
  #take({ facts, isReachable, aheadMs }) {
    const wasReachable = this.isReachable;
    const bootId = this.facts?.boot_id;
    this.facts = facts;
    this.isReachable = isReachable;
    this.aheadMs = aheadMs;
    if (this.#isStopped) return;
    this.changed();
    if (bootId !== undefined && this.facts?.boot_id !== bootId) this.onRelayRestarted();
    else if (!wasReachable && this.isReachable) this.onRelayReachable();
  }

  #tell() {
    const { facts, isReachable, aheadMs } = this;
    if (this.#isReading) this.#channel?.postMessage({ facts, isReachable, aheadMs });
  }

  /** @param {any} message */
  #onMessage(message) {
    if (this.#isReading) {
      if (message === 'how does it stand?') this.#tell();
      return;
    }
    if (message === 'how does it stand?') return;
    this.#awaitReader(READER_SILENT_MS);
    if (message === 'alive') line.heard();
    else this.#take({ ...message, facts: message.facts ?? this.facts });
  }

  /** @param {number} ms */
  #awaitReader(ms) {
    clearTimeout(this.#readerTimer);
    this.#readerTimer = setTimeout(() => void this.#read(), ms);
  }

  async #ask() {
    const { token } = this.#access;
    let status = await this.#fetchDocument();
    if ([401, 403, 404].includes(status) && !this.#isStopped && (await this.#access.renew(token))) {
      status = await this.#fetchDocument();
    }
    if (this.#isStopped) return;
    const isReachable = status > 0 && status < 500;
    // The stream over the same line is as dead as this; one that was waiting need not wait longer.
    if (isReachable !== this.isReachable) this.#attempt.abort();
    this.#become(isReachable);
  }

  /** @returns {Promise<number>} the status, 0 when there was no answer */
  async #fetchDocument() {
    try {
      const limits = { timeoutMs: TIMEOUT_MS, patienceMs: TIMEOUT_MS };
      const response = await askRelay(this.#url, { headers: this.#authorization }, limits);
      if (response.ok) {
        this.#access.hasWorked = true;
        this.#take({ facts: await response.json(), isReachable: true, aheadMs: this.aheadMs });
      }
      return response.status;
    } catch {
      return 0;
    }
  }
}
