// SPDX-License-Identifier: Apache-2.0
//
// Asking beforehand: what would clash, and where everybody involved is free. A form asks while it is being filled
// in, a drag while it is on its way; nothing is changed by asking.
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../office/api.js';
import { shortDate } from '../office/dates.js';
import { weekdayText } from '../office/directory.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

/** Typing is not answered letter by letter. */
const PAUSE_MS = 250;

/**
 * @typedef {object} Answer
 * @property {any[]} conflicts
 * @property {any[]} free_periods
 */

/** @param {unknown} question @returns {Promise<Answer>} */
export const askConflicts = (question) => ask('POST', '/api/v1/conflicts', { json: question });

/**
 * @param {any} question null while there is nothing to ask
 * @returns {{ answer: Answer | null, isAsking: boolean, problem: any }}
 */
export function useConflicts(question) {
  const [state, setState] = useState(/** @type {any} */ ({ answer: null, problem: null, asked: '' }));
  const key = question === null ? '' : JSON.stringify(question);
  useEffect(() => {
    if (key === '') {
      setState({ answer: null, problem: null, asked: '' });
      return undefined;
    }
    let isCurrent = true;
    const timer = setTimeout(() => {
      askConflicts(JSON.parse(key)).then(
        (answer) => isCurrent && setState({ answer, problem: null, asked: key }),
        (problem) => isCurrent && setState({ answer: null, problem, asked: key }),
      );
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [key]);
  const isAsking = key !== '' && state.asked !== key;
  return { answer: isAsking || key === '' ? null : state.answer, isAsking, problem: state.problem };
}

/** @param {any} free @returns {string} */
export function freePeriodText(free) {
  const day = free.date ? `${shortDate(free.date)} ${weekdayText(free.weekday)}` : weekdayText(free.weekday);
  return `${day} ${free.period_name || t('officePeriodN', { n: free.period })} ${free.start}–${free.end}`;
}

/**
 * @param {{ answer: Answer | null, isAsking: boolean, problem: any, onPick?: (free: any) => void }} props
 */
export function ConflictPanel({ answer, isAsking, problem, onPick }) {
  if (problem) return html`<p class="problem" role="alert">✕ ${problem.message}</p>`;
  if (isAsking) return html`<p class="conflict-panel" role="status">… ${t('conflictAsking')}</p>`;
  if (!answer) return null;
  const clashes = answer.conflicts.length > 0;
  return html`<div class="conflict-panel ${clashes ? 'has-conflicts' : 'is-free'}" role="status">
    <p>
      ${clashes
        ? html`<span class="mark mark-broken"><span aria-hidden="true">✕</span> ${t('conflictFound')}</span>`
        : html`<span class="mark mark-good"><span aria-hidden="true">●</span> ${t('conflictNone')}</span>`}
    </p>
    ${clashes &&
    html`<ul>
      ${answer.conflicts.slice(0, 6).map((one) => html`<li>${one.sentence}</li>`)}
      ${answer.conflicts.length > 6 && html`<li>${t('conflictMore', { n: answer.conflicts.length - 6 })}</li>`}
    </ul>`}
    ${clashes && answer.free_periods.length === 0 && html`<p>${t('conflictNoFree')}</p>`}
    ${clashes &&
    answer.free_periods.length > 0 &&
    html`<p class="free-title">${t('conflictFree')}</p>
      <div class="free-periods">
        ${answer.free_periods.map((free) =>
          onPick
            ? html`<button type="button" onClick=${() => onPick(free)}>○ ${freePeriodText(free)}</button>`
            : html`<span class="free-period">○ ${freePeriodText(free)}</span>`,
        )}
      </div>`}
  </div>`;
}
