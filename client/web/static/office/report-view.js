// SPDX-License-Identifier: Apache-2.0
//
// What became of the term's lessons: in all, week by week, by course and by school. What went wrong most is on top.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { Subject, useSubject } from '../shared/subject.js';
import { ask, withQuery } from './api.js';
import { daysBetween, today } from './dates.js';
import { lessonName } from './lesson-words.js';
import { ProblemText } from './problem-text.js';
import { OUTCOMES, WeekBars, WeekNumbers } from './week-bars.js';

/** @typedef {import('../shared/language.js').WordKey} WordKey */
/** What the figure is of: the course or school with its name; null: everything. @typedef {{ query: Record<string, string>, name: string } | null} Only */

const PATH = '/api/v1/reports/lessons';

export class Report extends Subject {
  /** Of all lessons, for the tables. @type {any} */
  all = null;
  /** Of what was chosen, for the figure. @type {any} */
  shown = null;
  /** @type {Only} */
  only = null;
  /** @type {any} */
  problem = null;
  #directory;

  /** @param {import('./directory.js').Directory} directory */
  constructor(directory) {
    super();
    this.#directory = directory;
  }

  async load() {
    const term = this.#directory.term;
    if (!term) return;
    await this.#keep(async () => {
      this.all = await ask('GET', withQuery(PATH, { term_id: term.id }));
      if (this.only) await this.#show(this.only);
      else this.shown = this.all;
    });
  }

  /** @param {Only} only */
  async choose(only) {
    await this.#keep(async () => {
      if (only) await this.#show(only);
      else this.shown = this.all;
      this.only = only;
    });
  }

  /** @param {{ query: Record<string, string> }} only */
  async #show({ query }) {
    this.shown = await ask('GET', withQuery(PATH, { term_id: this.#directory.term.id, ...query }));
  }

  /** @param {() => Promise<void>} work */
  async #keep(work) {
    try {
      await work();
      this.problem = null;
    } catch (problem) {
      this.problem = problem;
    }
    this.changed();
  }
}

/** @param {any} a @param {any} b */
const worstFirst = (a, b) => b.missed - a.missed || b.cancelled - a.cancelled || b.planned - a.planned;

/** @param {any} page */
function TermChooser({ page }) {
  const { directory, report } = page;
  const { terms } = directory.lists;
  if (terms.length < 2) return null;
  const choose = (/** @type {any} */ event) => {
    directory.chooseTerm(event.target.value);
    report.only = null;
    void report.load();
  };
  return html`<select id="report-term" aria-label=${t('officeTerm')} value=${directory.term.id} onChange=${choose}>
    ${terms.map((/** @type {any} */ one) => html`<option value=${one.id} selected=${one.id === directory.term.id}>${one.name}</option>`)}
  </select>`;
}

/** @param {{ total: any }} props */
function Counters({ total }) {
  return html`<ul class="counters" aria-label=${t('reportTitle')}>
    <li><b>${total.planned}</b> ${t('reportPlanned')}</li>
    ${OUTCOMES.map(
      ({ name, word }) => html`<li><i class="bar-part bar-${name}" aria-hidden="true"></i> <b>${total[name]}</b> ${t(word)}</li>`,
    )}
  </ul>`;
}

/** @param {{ page: any }} props */
export function ReportView({ page }) {
  const { report, directory } = page;
  useSubject(report);
  const [isBySchool, setIsBySchool] = useState(false);
  const { term, zone } = directory;
  useEffect(() => void report.load(), [term?.id]);
  if (!term) return html`<p class="hint">${t('weekNoTerm')}</p>`;
  const { all, shown, only } = report;
  const week = Math.floor(daysBetween(term.first_monday, today(zone)) / 7) + 1;
  const tab = (/** @type {boolean} */ bySchool, /** @type {WordKey} */ word) =>
    html`<button type="button" aria-pressed=${isBySchool === bySchool} onClick=${() => setIsBySchool(bySchool)}>${t(word)}</button>`;
  return html`<section class="records" aria-labelledby="report-title">
    <header class="records-header">
      <h2 id="report-title">${t('reportTitle')} <span class="count">${term.name}</span></h2>
      <${TermChooser} page=${page} />
    </header>
    <${ProblemText} problem=${report.problem} />
    ${shown &&
    html`<div class="report-card">
      ${only &&
      html`<p class="report-only">
        ${t('reportOf', { name: only.name })} <button type="button" onClick=${() => report.choose(null)}>${t('reportAll')}</button>
      </p>`}
      <${Counters} total=${shown.total} />
      <${WeekBars} weeks=${shown.weeks} now=${week} />
      <${WeekNumbers} weeks=${shown.weeks} />
      <p class="hint">${t('reportHint')}</p>
    </div>`}
    ${all &&
    html`<div class="parts">${tab(false, 'reportByCourse')} ${tab(true, 'reportBySchool')}</div>
      ${all.courses.length === 0 && html`<p class="hint">${t('reportNothing')}</p>`}
      ${all.courses.length > 0 && html`<${Rows} report=${report} isBySchool=${isBySchool} />`}`}
  </section>`;
}

/** @param {any} row of a course or a school @returns {{ query: Record<string, string>, name: string, cells: string[] }} */
function told(row) {
  if (row.course_id === undefined) {
    return { query: { school_id: row.school_id }, name: row.school_name, cells: [row.district ?? ''] };
  }
  return {
    query: { course_id: row.course_id },
    name: `${lessonName(row)} ${row.title ?? ''}`,
    cells: [row.teacher_name ?? '—', row.host_school_name ?? '—'],
  };
}

/** @param {{ report: Report, isBySchool: boolean }} props */
function Rows({ report, isBySchool }) {
  const rows = [...(isBySchool ? report.all.schools : report.all.courses)].sort(worstFirst);
  /** @type {WordKey[]} */
  const heads = isBySchool ? ['schoolName', 'schoolDistrict'] : ['reportCourse', 'courseTeacher', 'schoolName'];
  const show = (/** @type {any} */ only) => {
    void report.choose(only);
    document.querySelector('#report-title')?.scrollIntoView({ block: 'start' });
  };
  return html`<div class="table-scroll">
    <table class="report-table">
      <thead>
        <tr>
          ${heads.map((word) => html`<th scope="col">${t(word)}</th>`)}
          <th scope="col">${t('reportPlanned')}</th>
          ${OUTCOMES.map(({ word }) => html`<th scope="col">${t(word)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => {
          const { query, name, cells } = told(row);
          return html`<tr key=${row.course_id ?? row.school_id}>
            <td>
              <button type="button" class="plain-button" title=${t('reportShow', { name })} onClick=${() => show({ query, name })}>
                ${name}
              </button>
            </td>
            ${cells.map((cell) => html`<td>${cell}</td>`)}
            <td class="number">${row.planned}</td>
            ${OUTCOMES.map(({ name: outcome }) => html`<td class="number ${row[outcome] > 0 ? `has-${outcome}` : ''}">${row[outcome]}</td>`)}
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}
