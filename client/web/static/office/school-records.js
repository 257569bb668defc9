// SPDX-License-Identifier: Apache-2.0
//
// What belongs to one school and is entered by its office or by the coordinator: classes, bell times, busy times.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { ask, askAll } from './api.js';
import { AskDialog, Dialog } from './dialog.js';
import { classText, gradeText, lastDayOf, weekdayText } from './directory.js';
import { draftOf, Fields } from './fields.js';
import { ProblemText } from './problem-text.js';
import { changesOf, Records } from './records.js';

/** @typedef {import('./fields.js').Field} Field */
/** @typedef {import('../shared/language.js').WordKey} WordKey */

const numbers = (/** @type {number} */ n) => Array.from({ length: n }, (_, i) => i + 1);
export const gradeOptions = () => numbers(12).map((n) => ({ value: n, label: t('officeGradeN', { grade: gradeText(n) }) }));
const weekdayOptions = () => numbers(7).map((n) => ({ value: n, label: weekdayText(n) }));

/** A list of the server's that is asked for whenever the school is another one. @param {string} path @param {string} schoolId */
export function useSchoolList(path, schoolId) {
  const [items, setItems] = useState(/** @type {any[]} */ ([]));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const load = async () => {
    try {
      setItems(await askAll(path, { school_id: schoolId }));
      setProblem(null);
    } catch (error) {
      setProblem(error);
    }
  };
  useEffect(() => void load(), [path, schoolId]);
  return { items, problem, load };
}

/** @param {{ page: any, schoolId: string }} props */
export function ClassRecords({ page, schoolId }) {
  const { directory } = page;
  return html`<${Records}
    id="classes"
    title="officeClasses"
    path="/api/v1/classes"
    items=${directory.of('classes', schoolId)}
    fixed=${{ school_id: schoolId }}
    nameOf=${classText}
    onChanged=${() => directory.load('classes')}
    emptyHint="officeNothingYet"
    columns=${[
      { label: 'className', cell: classText },
      { label: 'classPupils', cell: (/** @type {any} */ one) => one.pupils, isNumber: true },
    ]}
    fields=${[
      { name: 'grade', label: 'courseGrade', type: 'select', isNumber: true, isRequired: true, options: gradeOptions },
      { name: 'number', label: 'classNumber', type: 'number', min: 1, isRequired: true, initial: 1 },
      { name: 'pupils', label: 'classPupils', type: 'number', min: 0, isRequired: true, initial: 0 },
    ]}
  />`;
}

/** @type {Record<string, WordKey>} */
const BUSY_WORDS = { busy: 'busyBusy', exam: 'busyExam', closure: 'busyClosure' };

/** @param {{ page: any, schoolId: string }} props */
export function BusyRecords({ page, schoolId }) {
  const { directory } = page;
  const { items, problem, load } = useSchoolList('/api/v1/busy', schoolId);
  const { term } = directory;
  const classes = directory.of('classes', schoolId);
  const whom = (/** @type {any} */ one) => {
    if (one.class_id) return classText(directory.get(one.class_id) ?? { grade: 0, number: 0 });
    return one.grade ? t('officeGradeN', { grade: gradeText(one.grade) }) : t('busyWholeSchool');
  };
  return html`<${ProblemText} problem=${problem} />
    <${Records}
      id="busy"
      title="officeBusy"
      path="/api/v1/busy"
      items=${items}
      fixed=${{ school_id: schoolId }}
      nameOf=${(/** @type {any} */ one) => one.reason}
      onChanged=${load}
      emptyHint="busyNone"
      columns=${[
        { label: 'busyKind', cell: (/** @type {any} */ one) => t(BUSY_WORDS[one.kind]) },
        { label: 'busyWhom', cell: whom },
        { label: 'busyDays', cell: (/** @type {any} */ one) => `${one.from_date} – ${one.to_date}` },
        { label: 'courseWeekday', cell: (/** @type {any} */ one) => (one.weekday ? weekdayText(one.weekday) : t('busyEveryDay')) },
        { label: 'busyClock', cell: (/** @type {any} */ one) => (one.start ? `${one.start}–${one.end}` : t('busyAllDay')) },
        { label: 'busyReason', cell: (/** @type {any} */ one) => one.reason },
      ]}
      fields=${[
        {
          name: 'kind',
          label: 'busyKind',
          type: 'select',
          isRequired: true,
          initial: 'busy',
          options: () => Object.keys(BUSY_WORDS).map((value) => ({ value, label: t(BUSY_WORDS[value]) })),
        },
        { name: 'reason', label: 'busyReason', isRequired: true },
        { name: 'grade', label: 'courseGrade', type: 'select', isNumber: true, options: gradeOptions, hint: 'busyGradeHint' },
        {
          name: 'class_id',
          label: 'className',
          type: 'select',
          options: () => classes.map((/** @type {any} */ one) => ({ value: one.id, label: classText(one) })),
        },
        { name: 'from_date', label: 'busyFrom', type: 'date', isRequired: true, initial: term?.first_monday },
        { name: 'to_date', label: 'busyTo', type: 'date', isRequired: true, initial: term ? lastDayOf(term) : null },
        { name: 'weekday', label: 'courseWeekday', type: 'select', isNumber: true, options: weekdayOptions, hint: 'busyWeekdayHint' },
        { name: 'start', label: 'busyStart', type: 'time', hint: 'busyClockHint' },
        { name: 'end', label: 'busyEnd', type: 'time' },
      ]}
    />`;
}

/** @type {Field[]} */
const BELL_FIELDS = [
  { name: 'name', label: 'bellsName', isRequired: true },
  { name: 'from_date', label: 'busyFrom', type: 'date', isRequired: true },
  { name: 'to_date', label: 'busyTo', type: 'date', isRequired: true },
];

/** A usual morning and afternoon, to begin with. */
const USUAL_PERIODS = [
  ['08:30', '09:10'],
  ['09:20', '10:00'],
  ['10:20', '11:00'],
  ['11:10', '11:50'],
  ['14:00', '14:40'],
  ['14:50', '15:30'],
].map(([start, end], i) => ({ period: i + 1, name: '', start, end }));

/** @param {{ page: any, schoolId: string }} props */
export function BellRecords({ page, schoolId }) {
  const { items, problem, load } = useSchoolList('/api/v1/bells', schoolId);
  const [edited, setEdited] = useState(/** @type {any} */ (null));
  const [removed, setRemoved] = useState(/** @type {any} */ (null));
  const changed = async () => {
    page.bells.forget();
    await load();
  };
  const remove = async (/** @type {string} */ confirm) => {
    await ask('DELETE', `/api/v1/bells/${encodeURIComponent(removed.id)}`, { version: removed.version, confirm });
    await changed();
  };
  return html`<section class="records" aria-labelledby="bells-title">
    <header class="records-header">
      <h2 id="bells-title">${t('officeBells')} <span class="count">${items.length}</span></h2>
      <button type="button" onClick=${() => setEdited({})}>＋ ${t('officeAdd')}</button>
    </header>
    <${ProblemText} problem=${problem} />
    ${items.length === 0 && html`<p class="hint">${t('officeNothingYet')}</p>`}
    <div class="bell-cards">
      ${items.map(
        (one) => html`<article class="bell-card" key=${one.id}>
          <h3>${one.name}</h3>
          <p class="hint">${one.from_date} – ${one.to_date}</p>
          <ol class="plain">
            ${one.periods.map(
              (/** @type {any} */ each) =>
                html`<li>${each.name || t('officePeriodN', { n: each.period })} <b>${each.start}–${each.end}</b></li>`,
            )}
          </ol>
          <p>
            <button type="button" onClick=${() => setEdited(one)} aria-label="${t('officeEdit')} ${one.name}">${t('officeEdit')}</button>
            <button type="button" onClick=${() => setRemoved(one)} aria-label="${t('officeRemove')} ${one.name}">
              ${t('officeRemove')}
            </button>
          </p>
        </article>`,
      )}
    </div>
    ${edited &&
    html`<${BellDialog}
      schoolId=${schoolId}
      before=${edited.id ? edited : undefined}
      term=${page.directory.term}
      onChanged=${changed}
      onClose=${() => setEdited(null)}
    />`}
    ${removed &&
    html`<${AskDialog}
      title=${t('officeRemoveAsk', { name: removed.name })}
      text=${t('officeRemoveHint')}
      yes=${t('officeRemove')}
      onYes=${remove}
      onClose=${() => setRemoved(null)}
    />`}
  </section>`;
}

/** @param {any} props */
function BellDialog({ schoolId, before, term, onChanged, onClose }) {
  const given = before ?? (term ? { from_date: term.first_monday, to_date: lastDayOf(term) } : {});
  const [draft, setDraft] = useState(() => draftOf(BELL_FIELDS, given));
  const [periods, setPeriods] = useState(/** @type {any[]} */ (before?.periods ?? USUAL_PERIODS));
  const set = (/** @type {number} */ i, /** @type {any} */ values) =>
    setPeriods(periods.map((one, at) => (at === i ? { ...one, ...values } : one)));
  const add = () => setPeriods([...periods, { period: periods.length + 1, name: '', start: '', end: '' }]);
  const save = async (/** @type {string} */ confirm) => {
    const json = { ...changesOf(BELL_FIELDS, draft, before), periods };
    if (before) await ask('PATCH', `/api/v1/bells/${encodeURIComponent(before.id)}`, { json, version: before.version, confirm });
    else await ask('POST', '/api/v1/bells', { json: { school_id: schoolId, ...json }, confirm });
    await onChanged();
  };
  return html`<${Dialog} title=${t('officeBells')} onClose=${onClose} onSave=${save} isWide>
    <div class="field-grid"><${Fields} fields=${BELL_FIELDS} draft=${draft} onDraft=${setDraft} prefix="bells" /></div>
    <table class="bell-table">
      <thead>
        <tr>
          <th scope="col">${t('coursePeriod')}</th>
          <th scope="col">${t('bellsPeriodName')}</th>
          <th scope="col">${t('busyStart')}</th>
          <th scope="col">${t('busyEnd')}</th>
        </tr>
      </thead>
      <tbody>
        ${periods.map(
          (one, i) => html`<tr key=${one.period}>
            <th scope="row">${one.period}</th>
            ${['name', 'start', 'end'].map(
              (name) => html`<td>
                <input
                  type=${name === 'name' ? 'text' : 'time'}
                  required=${name !== 'name'}
                  aria-label="${t('officePeriodN', { n: one.period })} ${t(
                    name === 'name' ? 'bellsPeriodName' : name === 'start' ? 'busyStart' : 'busyEnd',
                  )}"
                  value=${one[name] ?? ''}
                  onInput=${(/** @type {any} */ event) => set(i, { [name]: event.target.value })}
                />
              </td>`,
            )}
          </tr>`,
        )}
      </tbody>
    </table>
    <p>
      <button type="button" onClick=${add}>＋ ${t('bellsAddPeriod')}</button>
      ${periods.length > 1 &&
      html`<button type="button" onClick=${() => setPeriods(periods.slice(0, -1))}>${t('bellsRemovePeriod')}</button>`}
    </p>
  <//>`;
}

