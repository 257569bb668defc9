// SPDX-License-Identifier: Apache-2.0
//
// A week's lessons, holidays and busy times as the calendar draws them, and what stands in the head of each day.
import { addDays, shortDate, weekdayOf } from './dates.js';
import { weekdayShort } from './directory.js';
import { changeTags, lessonName, stateShape, stateWord } from './lesson-words.js';
import { weekDates } from './week-calendar.js';
import { t } from '../shared/language.js';

/** Schools teach within these hours; lessons outside of them widen the day. */
const EARLIEST_HOUR = 8;
const LATEST_HOUR = 17;

/** @param {any} term @param {string} date */
const holidayOn = (term, date) => term?.holidays?.find((/** @type {any} */ one) => one.date === date);
/** @param {any} term @param {string} date */
const makeupOn = (term, date) => term?.makeups?.find((/** @type {any} */ one) => one.date === date);

/** Weekdays that have something on them; Saturday and Sunday are left out otherwise. */
export function daysShown(/** @type {string} */ monday, /** @type {any[]} */ lessons, /** @type {any} */ term) {
  return weekDates(monday)
    .filter((date) => weekdayOf(date) <= 5 || makeupOn(term, date) || lessons.some((one) => one.date === date))
    .map(weekdayOf);
}

/** @param {any} term @returns {(date: string) => { text: string, note: string, isSpecial: boolean }} */
export function dayHeader(term) {
  return (date) => {
    const makeup = makeupOn(term, date);
    const holiday = holidayOn(term, date);
    const weekday = weekdayShort(weekdayOf(date));
    if (makeup) {
      const follows = weekdayShort(weekdayOf(makeup.follows_date));
      return { text: t('weekMakeup', { day: weekday, follows }), note: shortDate(date), isSpecial: true };
    }
    if (holiday) {
      return { text: weekday, note: `${shortDate(date)} ${t('weekHoliday')} ${holiday.name ?? ''}`, isSpecial: true };
    }
    return { text: weekday, note: shortDate(date), isSpecial: false };
  };
}

/** @param {any[]} lessons @returns {{ from: string, to: string }} whole hours */
export function hoursShown(lessons) {
  let from = EARLIEST_HOUR;
  let to = LATEST_HOUR;
  for (const { start, end } of lessons) {
    if (!start) continue;
    from = Math.min(from, Number(start.slice(0, 2)));
    to = Math.max(to, Number(end.slice(0, 2)) + (end.endsWith(':00') ? 0 : 1));
  }
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return { from: `${two(from)}:00`, to: `${two(to)}:00` };
}

/** @param {any} lesson @param {boolean} canEdit */
function lessonEvent(lesson, canEdit) {
  return {
    id: lesson.id,
    title: lessonName(lesson),
    start: `${lesson.date}T${lesson.start}:00`,
    end: `${lesson.date}T${lesson.end}:00`,
    startEditable: canEdit && lesson.state === 'scheduled',
    classNames: ['lesson', `lesson-${lesson.state}`, `lesson-kind-${lesson.kind}`],
    extendedProps: { lesson },
  };
}

/** @param {string} date @param {any} one a busy time */
const appliesOn = (date, one) =>
  one.from_date <= date && date <= one.to_date && (!one.weekday || one.weekday === weekdayOf(date));

/** @param {string} monday @param {any} term @param {any[]} busy */
function hatchings(monday, term, busy) {
  const events = [];
  for (const date of weekDates(monday)) {
    if (holidayOn(term, date)) {
      events.push(hatching('holiday', date, '00:00', null, holidayOn(term, date).name ?? t('weekHoliday')));
    }
    for (const one of busy.filter((each) => appliesOn(date, each))) {
      events.push(hatching(one.kind, date, one.start ?? '00:00', one.end ?? null, one.reason));
    }
  }
  return events;
}

/** @param {string} kind @param {string} date @param {string} start @param {string | null} end @param {string} title */
function hatching(kind, date, start, end, title) {
  return {
    title,
    start: `${date}T${start}:00`,
    end: end ? `${date}T${end}:00` : `${addDays(date, 1)}T00:00:00`,
    display: 'background',
    classNames: ['hatching', `hatching-${kind}`],
  };
}

/** @param {{ monday: string, term: any, lessons: any[], busy: any[], canEdit: boolean }} week */
export function weekEvents({ monday, term, lessons, busy, canEdit }) {
  const drawn = lessons.filter((lesson) => lesson.start).map((lesson) => lessonEvent(lesson, canEdit));
  return [...hatchings(monday, term, busy), ...drawn];
}

/** @param {string} tag @param {string} className @param {string} text */
function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** @param {any} event @param {(lesson: any) => string} acknowledged @returns {Node[]} */
export function lessonContent(event, acknowledged) {
  const { lesson } = event.extendedProps;
  const line = element('div', 'lesson-line', '');
  line.append(element('span', 'lesson-shape', stateShape(lesson)), ` ${lessonName(lesson)} `);
  for (const tag of changeTags(lesson)) line.append(element('span', 'lesson-tag', tag));
  // 40 minutes are two lines high: of a changed lesson it matters more who knows than where it comes from.
  const about = acknowledged(lesson) || lesson.host_school_name;
  return [line, element('div', 'lesson-who', `${lesson.teacher_name} · ${about}`)];
}

/** @param {any} event */
export function lessonLabel(event) {
  const { lesson } = event.extendedProps;
  const tags = changeTags(lesson).join(' ');
  return `${lessonName(lesson)} ${lesson.start}–${lesson.end} ${lesson.teacher_name} ${stateWord(lesson)} ${tags}`;
}
