// SPDX-License-Identifier: Apache-2.0
//
// The week as a table for paper: what a school pins to the wall. Rows are the clock times that occur, columns the
// days; nothing depends on colour.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { shortDate, weekdayOf } from './dates.js';
import { classText } from './directory.js';
import { changeTags, lessonName } from './lesson-words.js';

/** @param {any} lesson @param {string | undefined} schoolId whose classes are named; all without */
function PrintedLesson(lesson, schoolId) {
  const mine = lesson.classes.filter((/** @type {any} */ one) => !schoolId || one.school_id === schoolId);
  const tags = changeTags(lesson);
  const isCancelled = lesson.state === 'cancelled';
  return html`<div class="printed-lesson ${isCancelled ? 'is-cancelled' : ''}">
    <strong>${lessonName(lesson)}</strong> ${tags.map((tag) => html`<span class="lesson-tag">${tag}</span>`)}
    ${isCancelled && html`<span class="lesson-tag">${t('lessonCancelled')}</span>`}
    <div>${lesson.teacher_name} · ${lesson.host_school_name}</div>
    ${schoolId &&
    mine.map((/** @type {any} */ one) => html`<div>${classText(one)} · ${one.classroom_name}</div>`)}
  </div>`;
}

/**
 * @param {object} props
 * @param {string} props.title
 * @param {string[]} props.dates
 * @param {any[]} props.lessons
 * @param {(date: string) => { text: string, note: string }} props.header
 * @param {string} [props.schoolId]
 */
export function WeekPrint({ title, dates, lessons, header, schoolId }) {
  const withBell = lessons.filter((lesson) => lesson.start);
  const clocks = [...new Set(withBell.map((lesson) => `${lesson.start}–${lesson.end}`))].sort();
  return html`<section class="week-print" aria-hidden="true">
    <h1>${title}</h1>
    <table>
      <thead>
        <tr>
          <th></th>
          ${dates.map((date) => html`<th>${header(date).text}<br /><small>${header(date).note || shortDate(date)}</small></th>`)}
        </tr>
      </thead>
      <tbody>
        ${clocks.map(
          (clock) => html`<tr>
            <th>${clock}</th>
            ${dates.map(
              (date) => html`<td data-weekday=${weekdayOf(date)}>
                ${withBell
                  .filter((lesson) => lesson.date === date && `${lesson.start}–${lesson.end}` === clock)
                  .map((lesson) => PrintedLesson(lesson, schoolId))}
              </td>`,
            )}
          </tr>`,
        )}
      </tbody>
    </table>
    <footer>${t('weekPrintFoot')}</footer>
  </section>`;
}
