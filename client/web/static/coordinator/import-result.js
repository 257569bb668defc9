// SPDX-License-Identifier: Apache-2.0
//
// What an import would do or has done: how much, of a calendar which events, which lessons then clash; or everything
// that is wrong with the file, by line.
import { weekdayOf } from '../office/dates.js';
import { weekdayText } from '../office/directory.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { ClashList } from '../office/clashes.js';

/** More rows than this are counted, not shown. */
const SHOWN_ERRORS = 100;

/** The column as the file is headed. One that the file lacks has a heading and no number. @param {any} error */
function columnText(error) {
  const heading = error.column_heading ?? '';
  if (error.column > 0) return `${error.column} ${heading}`;
  return heading || t(error.code === 'event' ? 'importEvent' : 'importWholeRow');
}

/** @param {{ result: any }} props */
export function ImportResult({ result }) {
  return result.errors.length > 0 ? html`<${Errors} errors=${result.errors} />` : html`<${Outcome} result=${result} />`;
}

/** @param {{ result: any }} props */
function Outcome({ result }) {
  const { events, conflicts = [] } = result;
  const counts = { n: result.n_rows, created: result.n_created, updated: result.n_updated, same: result.n_unchanged };
  return html`<div class="import-result" role="status">
    <p class="notice is-news">
      <span
        >● ${t(result.dry_run ? 'importTried' : 'importDone', counts)}
        ${events && result.n_skipped > 0 && html` ${t('importSkipped', { n: result.n_skipped })}`}</span
      >
    </p>
    ${conflicts.length > 0 && html`<${ClashList} conflicts=${conflicts} hint=${t(result.dry_run ? 'clashImportHint' : 'clashSavedHint')} />`}
    ${events && result.dry_run && html`<${Preview} events=${events} n=${result.n_rows} />`}
  </div>`;
}

/** The first of a calendar's events, so that a wrong file or school is seen before it is imported. @param {{ events: any[], n: number }} props */
function Preview({ events, n }) {
  return html`<div class="table-scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">${t('importLine')}</th>
          <th scope="col">${t('busyDays')}</th>
          <th scope="col">${t('courseWeekday')}</th>
          <th scope="col">${t('busyClock')}</th>
          <th scope="col">${t('busyReason')}</th>
        </tr>
      </thead>
      <tbody>
        ${events.map(
          (one) => html`<tr>
            <td class="number">${one.line}</td>
            <td>${one.date}</td>
            <td>${weekdayText(weekdayOf(one.date))}</td>
            <td>${one.start}–${one.end}</td>
            <td>${one.summary}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${n > events.length && html`<p class="hint">${t('conflictMore', { n: n - events.length })}</p>`}
  </div>`;
}

/** @param {{ errors: any[] }} props */
function Errors({ errors }) {
  return html`<div class="import-result" role="status">
    <p><span class="mark mark-broken">✕ ${t('importErrors', { n: errors.length })}</span></p>
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">${t('importLine')}</th>
            <th scope="col">${t('importColumn')}</th>
            <th scope="col">${t('importValue')}</th>
            <th scope="col">${t('importWhy')}</th>
          </tr>
        </thead>
        <tbody>
          ${errors.slice(0, SHOWN_ERRORS).map(
            (/** @type {any} */ one) => html`<tr>
              <td class="number">${one.line}</td>
              <td>${columnText(one)}</td>
              <td>${one.value ?? ''}</td>
              <td>${one.message}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </div>`;
}
