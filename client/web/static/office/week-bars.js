// SPDX-License-Identifier: Apache-2.0
//
// A term's weeks as bars: as high as was planned, filled by what became of it. Told apart by pattern as well as by
// colour; the same figures are in a table below it.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

/** From the bottom up. @type {{ name: string, word: import('../shared/language.js').WordKey }[]} */
export const OUTCOMES = [
  { name: 'held', word: 'reportHeld' },
  { name: 'running', word: 'reportRunning' },
  { name: 'missed', word: 'reportMissed' },
  { name: 'cancelled', word: 'reportCancelled' },
  { name: 'ahead', word: 'reportAhead' },
];

/** @param {any} week */
const weekWords = (week) =>
  t('reportWeekWords', { n: week.week, planned: week.planned, held: week.held, missed: week.missed, cancelled: week.cancelled });

/** @param {{ weeks: any[], now: number }} props `now`: this week's number */
export function WeekBars({ weeks, now }) {
  const most = Math.max(1, ...weeks.map((week) => week.planned));
  const percent = (/** @type {number} */ n) => ({ height: `${(100 * n) / most}%` });
  return html`<figure class="week-bars-figure">
    <figcaption class="week-bars-legend">
      <b>${t('reportByWeek')}</b>
      ${OUTCOMES.map(({ name, word }) => html`<span><i class="bar-part bar-${name}"></i> ${t(word)}</span>`)}
    </figcaption>
    <div class="week-bars" role="img" aria-label=${t('reportByWeek')}>
      ${weeks.map(
        (week) => html`<div class="week-bar ${week.week === now ? 'is-now' : ''}" title=${weekWords(week)}>
          <span class="week-bar-space">
            ${[...OUTCOMES].reverse().map(({ name }) => html`<i class="bar-part bar-${name}" style=${percent(week[name])}></i>`)}
          </span>
          <span class="week-bar-number">${week.week}</span>
        </div>`,
      )}
    </div>
  </figure>`;
}

/** @param {{ weeks: any[] }} props */
export function WeekNumbers({ weeks }) {
  return html`<details class="week-numbers">
    <summary>${t('reportWeeksTable')}</summary>
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">${t('reportWeek')}</th>
            <th scope="col">${t('reportPlanned')}</th>
            ${OUTCOMES.map(({ word }) => html`<th scope="col">${t(word)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${weeks.map(
            (week) => html`<tr key=${week.week}>
              <th scope="row">${t('reportWeekN', { n: week.week, monday: week.monday })}</th>
              <td class="number">${week.planned}</td>
              ${OUTCOMES.map(({ name }) => html`<td class="number">${week[name]}</td>`)}
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}
