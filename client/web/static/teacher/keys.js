// SPDX-License-Identifier: Apache-2.0
//
// The teacher's keyboard. Every action of the lesson has a key; keys are left alone while somebody types, chooses or
// answers a dialog, and together with Ctrl, Alt or the system's key.
import { useEffect } from 'preact/hooks';

/** @typedef {import('./teacher-lesson.js').TeacherLesson} Lesson */
/** @typedef {import('./number-entry.js').NumberEntry} NumberEntry */
/** @typedef {'health' | 'devices' | 'end' | 'keys'} DialogName */

/**
 * @param {Lesson} lesson
 * @param {NumberEntry} entry
 * @param {(dialog: DialogName) => void} open
 * @returns {Record<string, () => void>} by key, letters small
 */
function actionsOf(lesson, entry, open) {
  const { control } = lesson;
  /** @type {Record<string, () => void>} */
  const always = {
    m: () => lesson.toggleMute(),
    s: () => void (lesson.screen ? lesson.stopSharing() : lesson.share()),
    w: () => lesson.screen && void lesson.share(),
    y: () => void lesson.room.music.toggle(),
    l: () => open('health'),
    '?': () => open('keys'),
  };
  if (!lesson.isLive) {
    for (const { number } of lesson.room.cameras.list) always[number] = () => void lesson.room.cameras.use(number);
    return always;
  }
  return {
    ...always,
    n: () => control.giveToNextHand(),
    d: () => control.toggleAdding(),
    c: () => void control.toggleCall(),
    g: () => open('devices'),
    e: () => open('end'),
    backspace: () => entry.erase(),
    escape: () => {
      if (entry.digits !== '') entry.clear();
      else control.takeBack();
    },
  };
}

/**
 * @param {Lesson} lesson
 * @param {NumberEntry} entry
 * @param {(dialog: DialogName) => void} open
 */
export function useKeys(lesson, entry, open) {
  useEffect(() => {
    const onKey = (/** @type {KeyboardEvent} */ event) => {
      const isBusy = event.target instanceof Element && event.target.closest('input, select, textarea, dialog');
      if (isBusy || event.defaultPrevented || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
      // A Chinese keyboard has a question mark of its own.
      const key = event.key === '？' ? '?' : event.key.toLowerCase();
      if (lesson.isLive && /^[0-9]$/.test(key)) {
        entry.add(key);
      } else if (key === 'enter') {
        // Otherwise it presses the button that has the focus.
        if (entry.digits === '') return;
        entry.take(event.shiftKey);
      } else {
        const actions = actionsOf(lesson, entry, open);
        if (!Object.hasOwn(actions, key)) return;
        actions[key]();
      }
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [lesson, entry]);
}
