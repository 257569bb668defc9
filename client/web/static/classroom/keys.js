// SPDX-License-Identifier: Apache-2.0
//
// A presenter's remote control sends the keys of slide programs (F5 starts a show, B blacks it out, Esc ends
// it). On a classroom's page they must do nothing: above all not reload or leave it.

const SWALLOWED = ['F5', 'Escape', 'PageUp', 'PageDown'].concat(
  ['BrowserBack', 'BrowserForward', 'BrowserRefresh', 'BrowserHome'], // remotes with a second row of buttons
);
const SWALLOWED_UNLESS_TYPING = ['b', 'B', 'w', 'W', '.', ',', 'Backspace'];

/** @param {KeyboardEvent} event */
function isSwallowed(event) {
  const isTyping = event.target instanceof Element && event.target.closest('input, select, textarea') !== null;
  if (event.altKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) return true;
  if (SWALLOWED.includes(event.key)) return true;
  if (event.ctrlKey || event.metaKey) return false;
  return !isTyping && SWALLOWED_UNLESS_TYPING.includes(event.key);
}

export function swallowPresenterKeys() {
  addEventListener(
    'keydown',
    (event) => {
      if (isSwallowed(event)) event.preventDefault();
    },
    { capture: true },
  );
}
