// SPDX-License-Identifier: Apache-2.0
//
// Something that changes and says so. The state of a page lives in a few of these, outside the components;
// useSubject() draws a component anew when one of them changes. Nothing is said about what changed.
import { useLayoutEffect, useReducer } from 'preact/hooks';

export class Subject {
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /**
   * @param {() => void} listener
   * @returns {() => void} ends the subscription
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  changed() {
    for (const listener of [...this.#listeners]) listener();
  }
}

/**
 * @template {Subject} T
 * @param {T} subject
 * @returns {T}
 */
export function useSubject(subject) {
  const [, draw] = useReducer((/** @type {number} */ n) => n + 1, 0);
  // A layout effect subscribes before anything else can happen, so that no change is missed.
  useLayoutEffect(() => subject.subscribe(() => draw(undefined)), [subject]);
  return subject;
}
