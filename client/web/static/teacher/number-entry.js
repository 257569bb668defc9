// SPDX-License-Identifier: Apache-2.0
//
// A classroom's number, as it is typed: shown large at once, taken with Enter, forgotten with Esc or after a while.
// Where there are several cameras a lone 1 to 4 that is left standing for a moment chooses a camera instead.
import { Subject } from '../shared/subject.js';

/** @typedef {import('../shared/lesson-document.js').ClassroomRow} ClassroomRow */

/** Somebody who types a number and Enter needs less. */
const CAMERA_MS = 800;
/** Whoever looks up from the keyboard has still time to decide. */
const FORGET_MS = 6000;
/** Rosters have two digits. */
const MOST_DIGITS = 2;

export class NumberEntry extends Subject {
  digits = '';
  #control;
  #cameras;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {import('./class-control.js').ClassControl} control
   * @param {import('./cameras.js').Cameras} cameras
   */
  constructor(control, cameras) {
    super();
    this.#control = control;
    this.#cameras = cameras;
  }

  /** @returns {ClassroomRow | undefined} the classroom of that number */
  get row() {
    return this.digits === '' ? undefined : this.#control.rowOfNumber(Number(this.digits));
  }

  get isAdding() {
    return this.#control.isAdding;
  }

  /** Left alone, it chooses a camera. */
  get isCameraKey() {
    const { list } = this.#cameras;
    return list.length > 1 && list.some(({ number }) => String(number) === this.digits);
  }

  /** @param {string} digit */
  add(digit) {
    this.#become((this.digits + digit).slice(-MOST_DIGITS));
  }

  erase() {
    this.#become(this.digits.slice(0, -1));
  }

  clear() {
    this.#become('');
  }

  /** @param {boolean} isAdding beside the one that has the floor */
  take(isAdding) {
    const { row } = this;
    this.clear();
    if (row) this.#control.give(row.id, isAdding || this.#control.isAdding);
  }

  /** @param {string} digits */
  #become(digits) {
    clearTimeout(this.#timer);
    this.digits = digits;
    if (digits !== '') this.#timer = setTimeout(() => this.#onLeftAlone(), this.isCameraKey ? CAMERA_MS : FORGET_MS);
    this.changed();
  }

  #onLeftAlone() {
    const camera = this.isCameraKey ? Number(this.digits) : 0;
    this.clear();
    if (camera > 0) void this.#cameras.use(camera);
  }
}
