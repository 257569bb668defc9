// SPDX-License-Identifier: Apache-2.0
//
// What the class wants of the teacher: raised hands in their order, notes from the assistants, and who has not been
// asked yet. The first hand is the one obvious thing to press.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { conditionOf } from './health.js';

/** @typedef {import('./teacher-lesson.js').TeacherLesson} Lesson */
/** @typedef {import('./class-control.js').ClassControl} Control */
/** @typedef {import('../shared/language.js').WordKey} WordKey */

/** @type {Record<string, WordKey>} */
const NOTES = {
  'cannot-hear': 'noteCannotHear',
  'cannot-see': 'noteCannotSee',
  'slow-down': 'noteSlowDown',
  ready: 'noteReady',
};
/** What is older has been read or has passed; the newest stand on top. */
const NOTES_SHOWN = 3;

/** @param {{ control: Control }} props */
export function HandQueue({ control }) {
  const { hands } = control;
  return html`<section class="panel hands" aria-label=${t('hands')}>
    <h2>
      ${hands.length > 0 ? t('handsOf', { n: hands.length }) : t('hands')}
      ${hands.length > 0 && html`<small>${t('handsHint')}</small>`}
    </h2>
    ${hands.length === 0 && html`<p class="hint">${t('handsNone')}</p>`}
    <ol>
      ${hands.map(
        (row, index) => html`<li key=${row.id} data-classroom=${row.id}>
          <b class="hand-place">${index + 1}</b>
          <span class="hand-name">${row.name}</span>
          <span class="hand-turns">${t('tileTurns', { n: row.turns })}</span>
          <${GiveButton} control=${control} row=${row} isFirst=${index === 0} />
          <button
            type="button"
            class="quiet"
            aria-label=${t('handLowerOf', { name: row.name })}
            onClick=${() => control.lowerHand(row.id)}
          >
            ${t('handLower')}
          </button>
        </li>`,
      )}
    </ol>
  </section>`;
}

/** @param {{ control: Control, row: any, isFirst: boolean }} props */
function GiveButton({ control, row, isFirst }) {
  const isComing = control.coming.includes(row.id);
  return html`<button
    type="button"
    class="give ${isFirst ? 'primary big' : ''}"
    aria-label=${t('tileGive', { name: row.name })}
    aria-keyshortcuts=${isFirst ? 'N' : undefined}
    disabled=${isComing || control.floor.includes(row.id)}
    onClick=${(/** @type {MouseEvent} */ event) => control.give(row.id, event.shiftKey || control.isAdding)}
  >
    ${isComing ? t('tileComing') : t('handGive')} ${isFirst && html`<kbd aria-hidden="true">N</kbd>`}
  </button>`;
}

/** @param {{ lesson: Lesson }} props notes and calls, the newest on top; nothing while there are none */
export function Notes({ lesson }) {
  const { facts, aheadMs } = lesson.watch;
  const calls = (facts?.calls ?? []).map(({ who, at }) => ({
    who,
    at,
    words: who === 'teacher' ? ownCall(facts?.phone ?? '') : t('noteCalls'),
    isCall: true,
  }));
  const notes = (facts?.notes ?? []).map(({ classroom, code, text, at }) => ({
    who: classroom,
    at,
    words: [code in NOTES ? t(NOTES[code]) : '', text].filter(Boolean).join(' '),
    isCall: false,
  }));
  const shown = [...calls, ...notes.sort((a, b) => b.at - a.at)].slice(0, NOTES_SHOWN);
  if (shown.length === 0) return null;
  const nowS = (Date.now() + aheadMs) / 1000;
  return html`<section class="panel notes" aria-label=${t('notes')} aria-live="polite">
    <h2>${t('notes')}</h2>
    <ul>
      ${shown.map(
        ({ who, at, words, isCall }) => html`<li key="${who} ${at} ${words}" class=${isCall ? 'is-call' : ''}>
          ${who !== 'teacher' && html`<b>${lesson.control.nameOf(who)}</b>`} <span class="note-words">${words}</span> <small>${agoOf(nowS - at)}</small>
        </li>`,
      )}
    </ul>
  </section>`;
}

/** @param {string} phone the coordinator's, or '' @returns {string} */
const ownCall = (phone) => (phone ? t('callPhone', { phone }) : t('callMade'));

/** @param {number} passedS @returns {string} */
const agoOf = (passedS) => (passedS < 60 ? t('noteNow') : t('noteAgo', { n: Math.floor(passedS / 60) }));

/** @param {{ control: Control }} props who has not had the floor in this lesson; those that are here first */
export function NotCalled({ control }) {
  const rows = control.notCalled;
  const isHere = (/** @type {any} */ row) => conditionOf(row) !== 'waiting';
  const sorted = [...rows.filter(isHere), ...rows.filter((row) => !isHere(row))];
  if (control.rows.length === 0) return html`<div class="not-called"></div>`;
  if (rows.length === 0 || rows.length === control.rows.length) {
    return html`<div class="not-called">
      <p class="hint">${t(rows.length === 0 ? 'notCalledNone' : 'notCalledAll')}</p>
    </div>`;
  }
  return html`<section class="not-called" aria-label=${t('notCalled', { n: rows.length })}>
    <span class="not-called-word">${t('notCalled', { n: rows.length })}</span>
    <ul>
      ${sorted.map(
        (row) => html`<li key=${row.id} data-classroom=${row.id}>
          <button
            type="button"
            class="chip ${isHere(row) ? '' : 'is-away'}"
            aria-label=${t('tileGive', { name: row.name })}
            onClick=${(/** @type {MouseEvent} */ event) => control.give(row.id, event.shiftKey || control.isAdding)}
          >
            ${row.name}
          </button>
        </li>`,
      )}
    </ul>
  </section>`;
}
