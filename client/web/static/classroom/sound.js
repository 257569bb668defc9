// SPDX-License-Identifier: Apache-2.0
//
// The sound of a classroom: one audio element for each slot, apart from the pictures, so that a picture that
// does not come never holds the voice back. A browser that refuses to play without a gesture is asked again
// at the first press of the one big button; a kiosk is set up so that this never shows.
import { Subject } from '../shared/subject.js';

/** @typedef {import('../media/whep.js').AudioSlot} AudioSlot */

export class Sound extends Subject {
  /** The browser wants a press before it lets anything be heard. */
  isRefused = false;
  /** @type {Map<AudioSlot, HTMLAudioElement>} */
  #elements = new Map();

  /** @param {AudioSlot} slot @param {MediaStreamTrack} track */
  play(slot, track) {
    let element = this.#elements.get(slot);
    if (!element) {
      element = document.createElement('audio');
      element.dataset.slot = slot;
      document.body.append(element);
      this.#elements.set(slot, element);
    }
    element.srcObject = new MediaStream([track]);
    void this.#start(element);
  }

  silence() {
    for (const element of this.#elements.values()) element.remove();
    this.#elements.clear();
  }

  /** Called from a click or a key. */
  async allow() {
    this.isRefused = false;
    this.changed();
    await Promise.all([...this.#elements.values()].map((element) => this.#start(element)));
  }

  /** @param {HTMLAudioElement} element */
  async #start(element) {
    try {
      await element.play();
    } catch (error) {
      // AbortError only says that a newer track took the place of this one.
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || this.isRefused) return;
      this.isRefused = true;
      this.changed();
    }
  }
}
