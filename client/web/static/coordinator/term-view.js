// SPDX-License-Identifier: Apache-2.0
//
// The term on one page: every day of every week, with holidays and the make-up days (调休) that follow another day's
// timetable. Pressing a day says what it is.
import { useState } from 'preact/hooks';
import { ask } from '../office/api.js';
import { addDays, shortDate, today, weekdayOf } from '../office/dates.js';
import { lastDayOf, weekdayShort, weekdayText } from '../office/directory.js';
import { Dialog } from '../office/dialog.js';
import { Records } from '../office/records.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

/** @type {import('../office/fields.js').Field[]} */
const TERM_FIELDS = [
  { name: 'name', label: 'termName', isRequired: true },
  { name: 'first_monday', label: 'termFirstMonday', type: 'date', isRequired: true, hint: 'termFirstMondayHint' },
  { name: 'n_weeks', label: 'termWeeks', type: 'number', min: 1, max: 60, isRequired: true, initial: 20 },
  { name: 'time_zone', label: 'termZone', isRequired: true, initial: 'Asia/Shanghai' },
];

/** @param {{ page: any }} props */
export function TermView({ page }) {
  const { directory } = page;
  const { term } = directory;
  const choose = (/** @type {any} */ item) =>
    html`<button
      type="button"
      aria-pressed=${item.id === term?.id}
      aria-label="${t('termShow')} ${item.name}"
      onClick=${() => directory.chooseTerm(item.id)}
    >
      ${t('termShow')}
    </button>`;
  return html`<${Records}
      id="terms"
      title="officeTerms"
      path="/api/v1/terms"
      items=${directory.lists.terms}
      nameOf=${(/** @type {any} */ one) => one.name}
      onChanged=${() => directory.load('terms')}
      actions=${choose}
      emptyHint="weekNoTerm"
      columns=${[
        { label: 'termName', cell: (/** @type {any} */ one) => one.name },
        { label: 'termFirstMonday', cell: (/** @type {any} */ one) => one.first_monday },
        { label: 'termLastDay', cell: lastDayOf },
        { label: 'termWeeks', cell: (/** @type {any} */ one) => one.n_weeks, isNumber: true },
      ]}
      fields=${TERM_FIELDS}
    />
    ${term && html`<${TermCalendar} page=${page} term=${term} />`}`;
}

/** @param {{ page: any, term: any }} props */
function TermCalendar({ page, term }) {
  const [date, setDate] = useState('');
  const holidays = new Map(term.holidays.map((/** @type {any} */ one) => [one.date, one]));
  const makeups = new Map(term.makeups.map((/** @type {any} */ one) => [one.date, one]));
  const todayDate = today(term.time_zone);
  const cell = (/** @type {string} */ day) => {
    const holiday = holidays.get(day);
    const makeup = makeups.get(day);
    const kind = makeup ? 'makeup' : holiday ? 'holiday' : weekdayOf(day) > 5 ? 'weekend' : 'teaching';
    let note = '';
    if (makeup) note = t('termFollows', { day: weekdayShort(weekdayOf(makeup.follows_date)) });
    else if (holiday) note = `${t('weekHoliday')} ${holiday.name ?? ''}`;
    return html`<td class="term-${kind} ${day === todayDate ? 'is-today' : ''}">
      <button type="button" data-date=${day} aria-label="${day} ${weekdayText(weekdayOf(day))} ${note}" onClick=${() => setDate(day)}>
        <span>${shortDate(day)}</span><small>${note}</small>
      </button>
    </td>`;
  };
  return html`<section class="term" aria-labelledby="term-title">
    <h2 id="term-title">${term.name}</h2>
    <p class="hint">${t('termHint')}</p>
    <table class="term-table">
      <thead>
        <tr>
          <th scope="col">${t('termWeek')}</th>
          ${[1, 2, 3, 4, 5, 6, 7].map((day) => html`<th scope="col">${weekdayText(day)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${Array.from(
          { length: term.n_weeks },
          (_, week) => html`<tr>
            <th scope="row">${week + 1}</th>
            ${Array.from({ length: 7 }, (__, day) => cell(addDays(term.first_monday, week * 7 + day)))}
          </tr>`,
        )}
      </tbody>
    </table>
    ${date && html`<${DayDialog} page=${page} term=${term} date=${date} onClose=${() => setDate('')} />`}
  </section>`;
}

/** @param {{ page: any, term: any, date: string, onClose: () => void }} props */
function DayDialog({ page, term, date, onClose }) {
  const holiday = term.holidays.find((/** @type {any} */ one) => one.date === date);
  const makeup = term.makeups.find((/** @type {any} */ one) => one.date === date);
  const [kind, setKind] = useState(makeup ? 'makeup' : holiday ? 'holiday' : 'usual');
  const [name, setName] = useState(makeup?.name ?? holiday?.name ?? '');
  const [follows, setFollows] = useState(makeup?.follows_date ?? '');
  const save = async (/** @type {string} */ confirm) => {
    const others = (/** @type {any[]} */ list) => list.filter((one) => one.date !== date);
    const holidays = others(term.holidays);
    const makeups = others(term.makeups);
    if (kind === 'holiday') holidays.push({ date, name });
    if (kind === 'makeup') makeups.push({ date, follows_date: follows, name });
    const json = { holidays, makeups };
    await ask('PATCH', `/api/v1/terms/${encodeURIComponent(term.id)}`, { json, version: term.version, confirm });
    await page.directory.load('terms');
  };
  const choice = (/** @type {string} */ value, /** @type {any} */ label) =>
    html`<label class="check-label"
      ><input type="radio" name="day-kind" value=${value} checked=${kind === value} onChange=${() => setKind(value)} /> ${t(label)}</label
    >`;
  return html`<${Dialog} title="${date} ${weekdayText(weekdayOf(date))}" onClose=${onClose} onSave=${save}>
    <div role="radiogroup" class="radio-group" aria-label=${t('termDayKind')}>
      ${choice('usual', 'termUsual')} ${choice('holiday', 'termHoliday')} ${choice('makeup', 'termMakeup')}
    </div>
    ${kind === 'makeup' &&
    html`<div class="field">
      <label for="day-follows">${t('termFollowsDate')}</label>
      <input
        id="day-follows"
        type="date"
        required
        min=${term.first_monday}
        max=${lastDayOf(term)}
        value=${follows}
        onInput=${(/** @type {any} */ event) => setFollows(event.target.value)}
      />
      <p class="hint">${follows ? weekdayText(weekdayOf(follows)) : t('termFollowsHint')}</p>
    </div>`}
    ${kind !== 'usual' &&
    html`<div class="field">
      <label for="day-name">${t('termDayName')}</label>
      <input id="day-name" value=${name} onInput=${(/** @type {any} */ event) => setName(event.target.value)} />
    </div>`}
  <//>`;
}
