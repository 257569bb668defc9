// SPDX-License-Identifier: Apache-2.0
//
// The keys of a classroom's page. A presenter's remote control sends those of slide programs (F5 starts a show, B
// blacks it out, Esc ends it), and children press anything: none may reload or leave the page. Space and the
// presenter's black-out key raise the hand, the page keys turn pages while the line is cut, M mutes.

/** @typedef {'hand' | 'mute' | 'back' | 'forward' | 'nothing'} KeyMeaning */

const NEVER = ['F5', 'Escape', 'BrowserBack', 'BrowserForward', 'BrowserRefresh', 'BrowserHome', 'BrowserSearch'];
/** With Ctrl or ⌘: reload, print, save, open, close, history, find, view the source. */
const NEVER_WITH_CONTROL = ['r', 'p', 's', 'o', 'w', 'n', 't', 'h', 'j', 'f', 'g', 'u', 'd', 'F5'];
const NEVER_WITH_ALT = ['ArrowLeft', 'ArrowRight', 'Home'];
const NEVER_UNLESS_TYPING = ['w', 'W', ',', 'Backspace'];
/** @type {Record<string, KeyMeaning>} */
const MEANINGS = { b: 'hand', '.': 'hand', ' ': 'hand', m: 'mute', PageUp: 'back', PageDown: 'forward' };

/**
 * @param {{ key: string, altKey: boolean, ctrlKey: boolean, metaKey: boolean }} event
 * @param {{ isTyping: boolean, isOnButton: boolean, isFullScreen: boolean }} where
 * @returns {KeyMeaning | null} null: the browser's own, such as Tab, Enter and the letters in a field
 */
export function meaningOf({ key, altKey, ctrlKey, metaKey }, { isTyping, isOnButton, isFullScreen }) {
  if (NEVER.includes(key)) return 'nothing';
  if (key === 'F11') return isFullScreen ? 'nothing' : null;
  if (altKey) return NEVER_WITH_ALT.includes(key) ? 'nothing' : null;
  if (ctrlKey || metaKey) {
    const isCopying = isTyping && !['r', 'w', 'n', 't'].includes(key.toLowerCase());
    return !isCopying && NEVER_WITH_CONTROL.includes(key.length === 1 ? key.toLowerCase() : key) ? 'nothing' : null;
  }
  if (isTyping && key.length === 1) return null;
  if (isTyping && key === 'Backspace') return null;
  // Space presses the button that somebody went to by keyboard.
  if (key === ' ' && isOnButton) return null;
  if (NEVER_UNLESS_TYPING.includes(key)) return 'nothing';
  return MEANINGS[key.length === 1 ? key.toLowerCase() : key] ?? null;
}

/** @returns {boolean} a whole screen, by kiosk, F11 or this page */
const isFullScreen = () => matchMedia('(display-mode: fullscreen)').matches || document.fullscreenElement !== null;

/** @param {KeyboardEvent} event */
function whereIs({ target }) {
  const element = target instanceof Element ? target : null;
  return {
    isTyping: (element?.closest('input, select, textarea') ?? null) !== null,
    isOnButton: element?.closest('button:focus-visible, a:focus-visible') !== null && element !== null,
    isFullScreen: isFullScreen(),
  };
}

export class ClassroomKeys {
  /** What the keys do now; without a lesson, nothing. @type {((meaning: KeyMeaning) => void) | null} */
  onKey = null;

  listen() {
    const options = { capture: true };
    addEventListener(
      'keydown',
      (event) => {
        const meaning = meaningOf(event, whereIs(event));
        if (meaning === null) return;
        event.preventDefault();
        // A key that is held down raises one hand.
        if (!event.repeat) this.onKey?.(meaning);
      },
      options,
    );
    // Space on a button acts when it is let go.
    addEventListener(
      'keyup',
      (event) => {
        if (event.key === ' ' && meaningOf(event, whereIs(event)) === 'hand') event.preventDefault();
      },
      options,
    );
    // A file that is dropped here would be opened in place of the page.
    for (const name of ['dragover', 'drop']) addEventListener(name, (event) => event.preventDefault(), options);
    // A button that was clicked does not keep the space bar from the hand.
    addEventListener('click', (event) => {
      if (event.detail > 0 && document.activeElement instanceof HTMLButtonElement) document.activeElement.blur();
    });
  }
}
