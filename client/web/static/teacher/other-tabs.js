// SPDX-License-Identifier: Apache-2.0
//
// Two pages of one browser must not fight over one lesson: the page that begins says so, and the others stop.
// Pages on other computers are noticed through the relay instead.

export class OtherTabs {
  /** @type {BroadcastChannel | null} */
  #channel = null;

  /**
   * @param {string} lesson
   * @param {() => void} onOtherBegan another tab began to teach this lesson
   */
  constructor(lesson, onOtherBegan) {
    if (typeof BroadcastChannel === 'undefined') return;
    this.#channel = new BroadcastChannel(`classrelay.teaching.${lesson}`);
    this.#channel.onmessage = () => onOtherBegan();
  }

  announce() {
    this.#channel?.postMessage('began');
  }
}
