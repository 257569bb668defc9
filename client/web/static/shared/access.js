// SPDX-License-Identifier: Apache-2.0
//
// Which lesson this page is for, and the code that opens it. A demo on this machine hands both out by itself; who
// has signed in or is a paired device is given one when joining a lesson; or a form asks for a pass code. The answer
// is kept for the tab. The code travels in the Authorization header and never in an address.
import { askRelay } from './line-probe.js';
import { recallForTab, rememberForTab } from './memory.js';
import { Subject } from './subject.js';

/** @typedef {'teacher' | 'viewer'} Right */
/** @typedef {'asking-demo' | 'form' | 'open'} AccessState */

/** A relay that is starting answers within this; longer, and the page asks again. */
const DEMO_TIMEOUT_MS = 5000;
const DEMO_AGAIN_MS = 1000;

/**
 * In the demo a page is a mere viewer, or the classroom that its address names: /classroom?number=18. That is a place in
 * the roster and no secret.
 * @param {{ viewer_token: string, classroom_tokens?: string[] }} demo
 */
function classroomTokenOf(demo) {
  const number = Number(new URLSearchParams(location.search).get('number'));
  return demo.classroom_tokens?.[number - 1] ?? demo.viewer_token;
}

export class Access extends Subject {
  /** @type {AccessState} */
  state = 'asking-demo';
  lesson = '';
  token = '';
  isDemo = false;
  /** The form is shown because what was typed was refused. */
  wasRefused = false;
  /** The relay has taken this code before, so a refusal now is the relay's trouble and not a typing error. */
  hasWorked = false;
  /** The relay did not answer at all. */
  isUnreachable = false;
  /** The code came from joining, and joining again gives another. */
  isJoined = false;
  /**
   * Joins a lesson: its code, null when that is refused (it is over, or no longer for this person or device).
   * Throws when there is no answer.
   * @type {((lesson: string) => Promise<string | null>) | null}
   */
  joiner = null;
  #right;
  /** @type {{ lesson: string, done: Promise<boolean> } | null} */
  #joining = null;

  /** @param {Right} right */
  constructor(right) {
    super();
    this.#right = right;
  }

  get right() {
    return this.#right;
  }

  /** Takes what the tab remembers; otherwise finds out whether this is a demo, or shows the form. */
  async begin() {
    this.#recall();
    if (this.lesson !== '' && this.token !== '') {
      this.state = 'open';
      this.changed();
      return;
    }
    for (;;) {
      const demo = await this.#askDemo();
      if (demo === 'unreachable') {
        this.isUnreachable = true;
        this.changed();
        await new Promise((resolve) => setTimeout(resolve, DEMO_AGAIN_MS));
        continue;
      }
      this.isUnreachable = false;
      if (demo === 'none') this.state = 'form';
      this.changed();
      return;
    }
  }

  /** Asked twice at once, it joins once. @param {string} lesson @returns {Promise<boolean>} */
  join(lesson) {
    if (this.#joining?.lesson !== lesson) {
      const joining = { lesson, done: this.#join(lesson) };
      const over = () => {
        if (this.#joining === joining) this.#joining = null;
      };
      this.#joining = joining;
      joining.done.then(over, over);
    }
    return this.#joining.done;
  }

  /** @param {string} lesson */
  async #join(lesson) {
    const token = (await this.joiner?.(lesson)) ?? null;
    if (token === null) return false;
    this.enter(lesson, token, true);
    return true;
  }

  /** Leaves the lesson, for the page that joins the next. */
  close() {
    for (const name of ['lesson', 'token', 'joined']) rememberForTab(`${this.#right}.${name}`, null);
    this.lesson = '';
    this.token = '';
    this.isJoined = false;
    this.hasWorked = false;
    this.state = 'form';
    this.changed();
  }

  /** @param {string} lesson @param {string} token @param {boolean} [isJoined] */
  enter(lesson, token, isJoined = false) {
    this.isJoined = isJoined;
    rememberForTab(`${this.#right}.joined`, isJoined ? 'yes' : null);
    this.lesson = lesson.trim();
    this.token = token.trim();
    rememberForTab(`${this.#right}.lesson`, this.lesson);
    rememberForTab(`${this.#right}.token`, this.token);
    this.wasRefused = false;
    this.state = 'open';
    this.changed();
  }

  /**
   * The relay refused the code. A demo that was started again has new ones, which are fetched; a typed one
   * is asked for again, unless it has been good before: an unattended classroom then just keeps trying.
   * @param {string} refused the code that was refused
   * @returns {Promise<boolean>} true when there is another code to try
   */
  async renew(refused) {
    if (this.token !== refused) return true; // somebody else on this page was quicker
    if (this.isDemo) return (await this.#askDemo()) === 'demo' && this.token !== refused;
    if (this.isJoined) return this.#joinAgain();
    if (this.hasWorked) return false;
    rememberForTab(`${this.#right}.token`, null);
    this.token = '';
    this.wasRefused = true;
    this.state = 'form';
    this.changed();
    return false;
  }

  async #joinAgain() {
    try {
      if (await this.join(this.lesson)) return true;
      this.close();
    } catch {
      // The relay does not answer: the code may be good yet.
    }
    return false;
  }

  #recall() {
    this.isJoined = recallForTab(`${this.#right}.joined`) === 'yes';
    this.lesson = recallForTab(`${this.#right}.lesson`) ?? '';
    this.token = recallForTab(`${this.#right}.token`) ?? '';
  }

  /** @returns {Promise<'demo' | 'none' | 'unreachable'>} */
  async #askDemo() {
    try {
      const response = await askRelay('/demo.json', {}, { timeoutMs: DEMO_TIMEOUT_MS, patienceMs: DEMO_TIMEOUT_MS });
      if (response.status >= 500) return 'unreachable';
      if (!response.ok) return 'none';
      const demo = await response.json();
      this.lesson = demo.lesson;
      this.token = this.#right === 'teacher' ? demo.teacher_token : classroomTokenOf(demo);
      this.isDemo = true;
      this.state = 'open';
      return 'demo';
    } catch {
      return 'unreachable';
    }
  }
}
