// SPDX-License-Identifier: Apache-2.0
//
// The week's timetable by school, teacher or classroom: choosing whose and which week, drawing it, printing it, and
// opening a lesson. What can be changed from here is the coordinator's and is handed in.
import { useEffect, useState } from 'preact/hooks';
import { dayHeader, daysShown, hoursShown, lessonContent, lessonLabel, weekEvents } from './week-events.js';
import { ask, askAll, withQuery } from './api.js';
import { addDays, daysBetween, mondayOf, today, wallClock } from './dates.js';
import { lastDayOf } from './directory.js';
import { lessonName, lessonTime } from './lesson-words.js';
import { LongSelect } from './long-list.js';
import { ProblemText } from './problem-text.js';
import { WeekCalendar, weekDates } from './week-calendar.js';
import { WeekPrint } from './week-print.js';
import { html } from '../shared/html.js';
import { language, t } from '../shared/language.js';
import { Subject, useSubject } from '../shared/subject.js';

/** @typedef {'all' | 'school' | 'teacher' | 'classroom'} ViewKind */

/** What is shown, read again after each change. */
export class Week extends Subject {
  monday = '';
  /** @type {ViewKind} */
  view = 'school';
  id = '';
  /** @type {any[]} */
  lessons = [];
  /** @type {any[]} */
  busy = [];
  /** @type {any} */
  problem = null;
  /** The lesson that is to be solved once it is there; empty: none. */
  wantedId = '';
  /** Grows with every answer, so that what is derived is derived once. */
  edition = 0;
  #directory;
  #asked = 0;

  /** @param {import('./directory.js').Directory} directory */
  constructor(directory) {
    super();
    this.#directory = directory;
  }

  /** The week of today where that lies within the term, else its first. */
  begin() {
    const { term, zone } = this.#directory;
    if (!term) return;
    const date = today(zone);
    if (this.monday === '') this.monday = date < term.first_monday || date > lastDayOf(term) ? term.first_monday : mondayOf(date);
    if (this.id === '' && this.view === 'school') this.id = this.#directory.lists.schools[0]?.id ?? '';
    void this.load();
  }

  /** @param {Partial<{ monday: string, view: ViewKind, id: string, wantedId: string }>} values */
  choose(values) {
    Object.assign(this, values);
    this.changed();
    void this.load();
  }

  /** @returns {number} week of the term, from 1 */
  get number() {
    const { term } = this.#directory;
    return term ? Math.floor(daysBetween(term.first_monday, this.monday) / 7) + 1 : 0;
  }

  /** The school whose busy times are hatched. */
  get schoolId() {
    if (this.view === 'school') return this.id;
    return this.view === 'all' ? '' : (this.#directory.get(this.id)?.school_id ?? '');
  }

  async load() {
    if (this.monday === '' || (this.view !== 'all' && this.id === '')) return;
    const asked = ++this.#asked;
    const { monday, view, id, schoolId } = this;
    const values = { from: monday, to: addDays(monday, 6), view, id: view === 'all' ? '' : id, term_id: this.#directory.term.id };
    try {
      const [lessons, busy] = await Promise.all([
        ask('GET', withQuery('/api/v1/lessons', values)),
        schoolId ? askAll('/api/v1/busy', { school_id: schoolId }) : [],
      ]);
      if (asked !== this.#asked) return;
      this.lessons = lessons.items;
      this.busy = busy;
      this.problem = null;
    } catch (problem) {
      if (asked !== this.#asked) return;
      this.problem = problem;
    }
    this.edition++;
    this.changed();
  }
}

/** @param {{ page: any, week: Week }} props */
function WhoseChooser({ page, week }) {
  const { directory } = page;
  /** @type {Record<string, any[]>} */
  const lists = {
    school: directory.lists.schools,
    teacher: directory.lists.teachers,
    classroom: directory.lists.classrooms,
  };
  const onView = (/** @type {any} */ event) => {
    const view = event.target.value;
    week.choose({ view, id: lists[view]?.[0]?.id ?? '' });
  };
  const label = (/** @type {any} */ one) => (one.school_id ? `${directory.schoolNameOf(one)} · ${one.name}` : one.name);
  return html`<label class="inline-field"
      >${t('weekBy')}
      <select id="week-view" value=${week.view} onChange=${onView}>
        <option value="school" selected=${week.view === 'school'}>${t('weekBySchool')}</option>
        <option value="teacher" selected=${week.view === 'teacher'}>${t('weekByTeacher')}</option>
        <option value="classroom" selected=${week.view === 'classroom'}>${t('weekByClassroom')}</option>
        <option value="all" selected=${week.view === 'all'}>${t('weekByAll')}</option>
      </select></label
    >
    ${week.view !== 'all' &&
    html`<${LongSelect}
      key=${week.view}
      id="week-whose"
      label=${t('weekWhose')}
      items=${lists[week.view]}
      textOf=${label}
      value=${week.id}
      onValue=${(/** @type {string} */ id) => week.choose({ id })}
    />`}`;
}

/** @param {{ page: any, week: Week }} props */
function WeekChooser({ page, week }) {
  const { directory } = page;
  const { term, zone } = directory;
  const go = (/** @type {number} */ days) => week.choose({ monday: addDays(week.monday, days) });
  return html`<div class="week-chooser">
    <button type="button" aria-label=${t('weekBefore')} onClick=${() => go(-7)}>‹</button>
    <select
      id="week-number"
      aria-label=${t('weekWhich')}
      value=${week.monday}
      onChange=${(/** @type {any} */ event) => week.choose({ monday: event.target.value })}
    >
      ${Array.from({ length: term.n_weeks }, (_, i) => {
        const monday = addDays(term.first_monday, i * 7);
        return html`<option value=${monday} selected=${monday === week.monday}>${t('weekN', { n: i + 1 })} · ${monday}</option>`;
      })}
      ${(week.number < 1 || week.number > term.n_weeks) && html`<option value=${week.monday} selected>${week.monday}</option>`}
    </select>
    <button type="button" aria-label=${t('weekAfter')} onClick=${() => go(7)}>›</button>
    <button type="button" onClick=${() => week.choose({ monday: mondayOf(today(zone)) })}>${t('weekToday')}</button>
  </div>`;
}

/** @param {any} page @param {Week} week */
function titleOf(page, week) {
  const name = week.view === 'all' ? '' : page.directory.nameOf(week.id);
  return t('weekPrintTitle', { name, term: page.directory.term.name, n: week.number });
}

/** The events stay the same objects as long as nothing new has come: the calendar is drawn anew with others. */
function useEvents(/** @type {any} */ page, /** @type {Week} */ week, /** @type {boolean} */ canEdit, /** @type {boolean} */ isHeld) {
  const { term } = page.directory;
  const key = `${week.edition} ${language.code} ${page.notices.items.length} ${page.notices.unread.length}`;
  const [kept, setKept] = useState({ key: '', events: /** @type {any[]} */ ([]) });
  useEffect(() => {
    const { monday, lessons, busy } = week;
    // News waits while a lesson is being dragged: drawing anew would take it out of the hand.
    if (monday === '' || isHeld || kept.key === key) return;
    setKept({ key, events: weekEvents({ monday, term, lessons, busy, canEdit }) });
  }, [key, isHeld]);
  return kept.events;
}

/**
 * @param {object} props
 * @param {any} props.page
 * @param {Week} props.week
 * @param {boolean} props.canEdit
 * @param {boolean} [props.isOneSchool] a school's own page does not choose whose
 * @param {any} [props.buttons]
 * @param {(lesson: any) => void} props.onOpen
 * @param {any} [props.drag]
 * @param {boolean} [props.isDragging]
 * @param {any} [props.aside]
 */
export function WeekTimetable({ page, week, canEdit, isOneSchool, buttons, onOpen, drag, isDragging, aside }) {
  useSubject(week);
  useSubject(page.notices);
  const { term, zone } = page.directory;
  const events = useEvents(page, week, canEdit, isDragging === true);
  useEffect(() => week.begin(), [term?.id]);
  if (!term) return html`<p class="hint">${t('weekNoTerm')}</p>`;
  if (week.monday === '') return html`<p class="hint" role="status">${t('officeLoading')}</p>`;

  const days = daysShown(week.monday, week.lessons, term);
  const hours = hoursShown(week.lessons);
  const now = wallClock(Date.now() / 1000, zone);
  const header = dayHeader(term);
  const unplaced = week.lessons.filter((lesson) => !lesson.start);
  const known = (/** @type {any} */ lesson) => acknowledgedText(page.notices, lesson);
  return html`<div class="week-screen">
      <div class="week-toolbar">
        ${!isOneSchool && html`<${WhoseChooser} page=${page} week=${week} />`}
        <${WeekChooser} page=${page} week=${week} />
        <span class="spring"></span>
        ${buttons}
        <button type="button" onClick=${() => print()}>${t('weekPrint')}</button>
      </div>
      <${ProblemText} problem=${week.problem} />
      ${unplaced.length > 0 &&
      html`<p class="notice">
        <span
          >▲ ${t('weekUnplaced')}
          ${unplaced.map(
            (lesson) => html` <button type="button" onClick=${() => onOpen(lesson)}>${lessonName(lesson)} ${lessonTime(lesson)}</button>`,
          )}</span
        >
      </p>`}
      <${WeekCalendar}
        monday=${week.monday}
        days=${days}
        events=${events}
        from=${hours.from}
        to=${hours.to}
        now="${now.date}T${now.clock}"
        header=${header}
        content=${(/** @type {any} */ event) => lessonContent(event, known)}
        label=${lessonLabel}
        onOpen=${(/** @type {any} */ event) => onOpen(event.extendedProps.lesson)}
        drag=${drag}
      />
      <${Legend} />
      ${aside}
    </div>
    <${WeekPrint}
      title=${titleOf(page, week)}
      dates=${weekDates(week.monday).filter((_, i) => days.includes(i + 1))}
      lessons=${week.lessons}
      header=${header}
      schoolId=${week.view === 'school' ? week.id : undefined}
    />`;
}

/** @param {any} notices @param {any} lesson @returns {string} 已知晓 3/5 of the newest change; empty without one */
function acknowledgedText(notices, lesson) {
  const notice = notices.items.find((/** @type {any} */ one) => one.lesson_id === lesson.id);
  if (!notice) return '';
  const done = notice.recipients.filter((/** @type {any} */ one) => one.acknowledged_at !== null).length;
  return t('noticeAcknowledged', { n: done, all: notice.recipients.length });
}

function Legend() {
  return html`<p class="week-legend hint">
    <span>○ ${t('lessonScheduled')}</span> <span>◐ ${t('lessonOpen')}</span> <span>● ${t('lessonLive')}</span>
    <span>■ ${t('lessonEnded')}</span> <span>✕ ${t('lessonCancelled')}</span>
    <span><i class="legend-box hatching-holiday"></i> ${t('weekHoliday')}</span>
    <span><i class="legend-box hatching-exam"></i> ${t('busyExam')}</span>
    <span><i class="legend-box hatching-closure"></i> ${t('busyClosure')}</span>
    <span><i class="legend-box hatching-busy"></i> ${t('busyBusy')}</span>
  </p>`;
}
