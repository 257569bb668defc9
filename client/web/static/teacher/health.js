// SPDX-License-Identifier: Apache-2.0
//
// How each classroom's line does, worst first: a strip that counts and names the worst, and a list with a sentence for
// each, in words a teacher can act on.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { StateMark } from '../shared/parts.js';
import { SmallDialog } from './small-dialog.js';

/** @typedef {import('../shared/lesson-document.js').ClassroomRow} Row */
/** @typedef {import('../shared/parts.js').Condition} Condition */
/** @typedef {import('../shared/language.js').WordKey} WordKey */

/** The worst first. @type {Condition[]} */
const WORST_FIRST = ['broken', 'slow', 'waiting', 'good'];
/** @type {Record<Condition, WordKey>} */
const WORDS = { good: 'stateGood', slow: 'stateSlow', broken: 'stateBroken', waiting: 'stateWaiting' };
/** @type {Record<Condition, WordKey>} */
const SENTENCES = { good: 'healthGood', slow: 'healthSlow', broken: 'healthBroken', waiting: 'healthAbsent' };
/** From here on a loss or a delay is worth a number. */
const LOSS_WORTH_SAYING = 0.01;
const DELAY_WORTH_SAYING_MS = 250;

/** @param {Row} row @returns {Condition} */
export function conditionOf({ condition, present }) {
  if (condition === 'absent') return 'waiting';
  return condition ?? (present ? 'good' : 'waiting');
}

/** @param {Row[]} rows @returns {Row[]} */
const worstFirst = (rows) =>
  [...rows].sort((a, b) => WORST_FIRST.indexOf(conditionOf(a)) - WORST_FIRST.indexOf(conditionOf(b)));

/** @param {Row} row @returns {string} */
export function healthSentence(row) {
  const condition = conditionOf(row);
  const parts = [];
  const isHere = condition === 'good' || condition === 'slow';
  if (isHere && (row.loss ?? 0) >= LOSS_WORTH_SAYING) parts.push(t('healthLoss', { n: Math.round((row.loss ?? 0) * 100) }));
  if (isHere && (row.rtt_ms ?? 0) >= DELAY_WORTH_SAYING_MS) {
    parts.push(t('healthDelay', { n: ((row.rtt_ms ?? 0) / 1000).toFixed(1) }));
  }
  parts.push(condition === 'good' && !row.publishing ? t('healthNoPicture') : t(SENTENCES[condition]));
  return parts.join(' ');
}

/** @param {{ rows: Row[], onOpen: () => void }} props */
export function HealthStrip({ rows, onOpen }) {
  const worst = worstFirst(rows).filter((row) => ['broken', 'slow'].includes(conditionOf(row)));
  return html`<section class="health" aria-label=${t('healthAll')}>
    <p class="health-counts">
      ${WORST_FIRST.map((condition) => [condition, rows.filter((row) => conditionOf(row) === condition).length])
        .filter(([, n]) => Number(n) > 0)
        .map(
          ([condition, n]) => html`<${StateMark} key=${condition} condition=${condition}>
            ${t('healthCount', { n, word: t(WORDS[/** @type {Condition} */ (condition)]) })}
          <//>`,
        )}
    </p>
    <ul class="health-worst">
      ${worst.map(
        (row) => html`<li key=${row.id} data-classroom=${row.id} title=${healthSentence(row)}>
          <${StateMark} condition=${conditionOf(row)}>${row.name}<//>
          <span class="unseen">${t(WORDS[conditionOf(row)])}. ${healthSentence(row)}</span>
        </li>`,
      )}
    </ul>
    <button type="button" aria-keyshortcuts="L" onClick=${onOpen}>${t('health')} <kbd aria-hidden="true">L</kbd></button>
  </section>`;
}

/** @param {{ rows: Row[], onClose: () => void }} props */
export function HealthDialog({ rows, onClose }) {
  return html`<${SmallDialog} title=${t('healthAll')} isWide onClose=${onClose}>
    <ul class="health-list">
      ${worstFirst(rows).map(
        (row) => html`<li key=${row.id}>
          <${StateMark} condition=${conditionOf(row)} />
          <b>${String(row.number).padStart(2, '0')} ${row.name}</b>
          <span>${healthSentence(row)}</span>
        </li>`,
      )}
    </ul>
  <//>`;
}
