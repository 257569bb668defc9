// SPDX-License-Identifier: Apache-2.0
//
// Who is signed in on this browser. The session itself is a cookie that no script can read; here is only what
// the server says about it.
import { Subject } from '../shared/subject.js';
import { ask, signedOut } from './api.js';

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {string} login
 * @property {'coordinator' | 'school' | 'teacher' | 'assistant' | 'supervisor' | 'auditor'} role
 * @property {string | null} school_id
 * @property {string | null} teacher_id
 * @property {{ id: string, name: string } | undefined} school
 * @property {boolean} must_change
 */

/** A server that is starting is asked again this soon. */
const AGAIN_MS = 2000;
const ME = '/api/v1/me';

export class Session extends Subject {
  /** 'none': this relay keeps no accounts. @type {'asking' | 'unreachable' | 'none' | 'out' | 'in'} */
  state = 'asking';
  /** @type {Person | null} */
  person = null;
  /** The password was typed on this page: whoever has another page is brought there. */
  isFresh = false;

  constructor() {
    super();
    signedOut.subscribe(() => this.#become(null));
  }

  /** Finds out, however long the server takes to be there. */
  async begin() {
    for (;;) {
      try {
        this.#become(await ask('GET', ME, { isSigningIn: true }));
        return;
      } catch (/** @type {any} */ problem) {
        if (problem.status >= 400 && problem.status < 500) {
          this.#become(null);
          return;
        }
        if (problem.code === 'unavailable') {
          this.state = 'none';
          this.changed();
          return;
        }
        this.state = 'unreachable';
        this.changed();
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  /** @param {string} login @param {string} password */
  async signIn(login, password) {
    await ask('POST', '/api/v1/sign-in', { json: { login, password }, isSigningIn: true });
    this.isFresh = true;
    await this.begin();
  }

  async signOut() {
    await ask('POST', '/api/v1/sign-out').catch(() => null);
    this.#become(null);
  }

  /** @param {string} old @param {string} next */
  async changePassword(old, next) {
    await ask('PUT', `${ME}/password`, { json: { old, new: next } });
    await this.begin();
  }

  /** @param {Person | null} person */
  #become(person) {
    this.person = person;
    if (!person) this.isFresh = false;
    this.state = person ? 'in' : 'out';
    this.changed();
  }
}
