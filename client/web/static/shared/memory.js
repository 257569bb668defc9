// SPDX-License-Identifier: Apache-2.0
//
// What a browser keeps for us: choices that outlive the page (language, devices) and things that end with
// the tab (the pass code, whether this tab is teaching). A browser that keeps nothing, as a private window
// may, costs the convenience and nothing else.

const prefix = 'classrelay.';

/**
 * @param {() => Storage} storage asking for it may already be refused
 * @param {string} name
 */
function read(storage, name) {
  try {
    return storage().getItem(prefix + name);
  } catch {
    return null;
  }
}

/**
 * @param {() => Storage} storage
 * @param {string} name
 * @param {string | null} value null removes it
 */
function write(storage, name, value) {
  try {
    if (value === null) storage().removeItem(prefix + name);
    else storage().setItem(prefix + name, value);
  } catch {
    // Storage is full or forbidden: the page works without.
  }
}

/** @param {string} name */
export const recall = (name) => read(() => localStorage, name);
/** @param {string} name @param {string | null} value */
export const remember = (name, value) => write(() => localStorage, name, value);
/** @param {string} name */
export const recallForTab = (name) => read(() => sessionStorage, name);
/** @param {string} name @param {string | null} value */
export const rememberForTab = (name, value) => write(() => sessionStorage, name, value);
