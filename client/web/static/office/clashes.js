// SPDX-License-Identifier: Apache-2.0
//
// Lessons that clash although nobody planned them so: bell times, busy times, an exam week or the term were edited, and
// somebody decided that the edit stands. Listed until each lesson is moved, cancelled or given to somebody else.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

/** Of one school's whole exam week these, and how many more there are. */
const SHOWN = 6;

/** How many lessons, whatever each clashes with. @param {any[]} conflicts */
export const lessonsOf = (conflicts) => new Set(conflicts.map(({ lesson_id: id }) => id)).size;

/**
 * @param {{ conflicts: any[], hint: string, onOpen?: (conflict: any) => void }} props
 */
export function ClashList({ conflicts, hint, onOpen }) {
  const n = lessonsOf(conflicts);
  return html`<div class="conflict-panel has-conflicts clash-list">
    <p>
      <span class="mark mark-slow"><span aria-hidden="true">▲</span> ${t('clashLessons', { n })}</span> ${hint}
    </p>
    <ul>
      ${conflicts.slice(0, SHOWN).map(
        (one) => html`<li>
          <span>${one.lesson_title && html`<b>${one.lesson_title}</b> `}${one.sentence}</span>
          ${onOpen &&
          html`<button type="button" aria-label="${t('clashOpen')} ${one.sentence}" onClick=${() => onOpen(one)}>${t('clashOpen')}</button>`}
        </li>`,
      )}
      ${conflicts.length > SHOWN && html`<li>${t('conflictMore', { n: conflicts.length - SHOWN })}</li>`}
    </ul>
  </div>`;
}
