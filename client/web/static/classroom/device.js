// SPDX-License-Identifier: Apache-2.0
//
// The classroom's computer as a paired device: until it is paired it shows a code and asks whether somebody has
// confirmed it (in the manner of RFC 8628); from then on it knows today's lessons and joins each by itself when it
// opens. A device whose pairing was revoked begins anew.
import { ask } from '../office/api.js';
import { askToday } from '../office/today-lessons.js';
import { recall, remember } from '../shared/memory.js';
import { Subject } from '../shared/subject.js';
import { joinerOf } from '../teacher/today.js';

/** A lesson is joined this long after it has opened, at most. */
const LOOK_EVERY_MS = 5000;
/** A relay that is down or has too many waiting is asked again. */
const AGAIN_MS = 5000;
const CREDENTIAL = 'device.credential';

const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {any} lesson */
const isRunning = (lesson) => lesson.state === 'open' || lesson.state === 'live';

export class Device extends Subject {
  /** 'none': this relay pairs no devices. @type {'starting' | 'none' | 'pairing' | 'paired'} */
  state = 'starting';
  userCode = '';
  /** @type {any} what the relay says of this device */
  me = null;
  /** @type {any[]} today's */
  lessons = [];
  isReachable = true;
  #access;
  #isStopped = false;

  /** @param {import('../shared/access.js').Access} access */
  constructor(access) {
    super();
    this.#access = access;
  }

  async run() {
    while (!this.#isStopped && this.state !== 'none') {
      const credential = recall(CREDENTIAL);
      if (credential === null) {
        await this.#pair();
      } else {
        await this.#look(credential);
        // Drawn at random, so that the classrooms of a district do not stay in step.
        await sleep(LOOK_EVERY_MS * (0.75 + 0.25 * Math.random()));
      }
    }
  }

  stop() {
    this.#isStopped = true;
  }

  /** One code, from asking for it until it is confirmed or has run out. */
  async #pair() {
    let codes;
    try {
      codes = await ask('POST', '/api/v1/pairing', { isSigningIn: true });
    } catch (/** @type {any} */ problem) {
      this.isReachable = problem.status > 0 && problem.status < 500;
      if (problem.code === 'unavailable' || problem.status === 404) this.state = 'none';
      this.changed();
      await sleep(AGAIN_MS);
      return;
    }
    this.isReachable = true;
    this.state = 'pairing';
    this.userCode = codes.user_code;
    this.changed();
    while (!this.#isStopped && (await this.#poll(codes.device_code))) await sleep(codes.interval * 1000);
  }

  /** @param {string} deviceCode @returns {Promise<boolean>} whether to ask again */
  async #poll(deviceCode) {
    try {
      const answer = await ask('POST', '/api/v1/pairing/poll', { json: { device_code: deviceCode }, isSigningIn: true });
      remember(CREDENTIAL, answer.credential);
      return false;
    } catch (/** @type {any} */ problem) {
      this.isReachable = problem.status > 0 && problem.status < 500;
      this.changed();
      return problem.code !== 'expired_token' && problem.status !== 404;
    }
  }

  /** @param {string} credential */
  async #look(credential) {
    this.#access.joiner = joinerOf(credential);
    try {
      this.me ??= await ask('GET', '/api/v1/me', { bearer: credential });
      this.lessons = await askToday('classroom', this.me.classroom.id, credential);
      this.state = 'paired';
      this.isReachable = true;
      await this.#follow();
    } catch (/** @type {any} */ problem) {
      if (problem.status === 401) this.#forget();
      this.isReachable = problem.status > 0 && problem.status < 500;
    }
    this.changed();
  }

  /** The lesson that runs is joined; one that is over is left. */
  async #follow() {
    const access = this.#access;
    const running = this.lessons.filter(isRunning);
    if (access.state === 'open') {
      if (!access.isJoined || running.some(({ id }) => id === access.lesson)) return;
      access.close();
    }
    if (running.length > 0) await access.join(running[0].id);
  }

  #forget() {
    remember(CREDENTIAL, null);
    this.me = null;
    this.lessons = [];
    this.state = 'starting';
    if (this.#access.isJoined) this.#access.close();
  }
}
