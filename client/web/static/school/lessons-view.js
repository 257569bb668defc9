// SPDX-License-Identifier: Apache-2.0
//
// A school's lessons of today and of the rest of the week, for whoever stands in the classroom: which class, where,
// when, with whom, and whether the screen there is connected; above them the notices that wait.
import { useEffect } from 'preact/hooks';
import { addDays, mondayOf, shortDate, today, weekdayOf } from '../office/dates.js';
import { classText, weekdayText } from '../office/directory.js';
import { changeTags, lessonName, LessonState } from '../office/lesson-words.js';
import { foremost, NoticeRow } from '../office/notices.js';
import { ProblemText } from '../office/problem-text.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { StateMark } from '../shared/parts.js';
import { useSubject } from '../shared/subject.js';

const LAST_WEEKDAY = 7;

/** What to ask for: this week's lessons of a school, from today. @param {string} schoolId @param {string} date */
export const restOfWeek = (schoolId, date) => ({
  to: addDays(mondayOf(date), LAST_WEEKDAY - 1),
  view: 'school',
  id: schoolId,
});

/** @param {any[]} lessons @returns {Map<string, any[]>} by date, each day by the clock */
function byDay(lessons) {
  const days = new Map();
  const sorted = [...lessons].sort((a, b) => `${a.date} ${a.start}`.localeCompare(`${b.date} ${b.start}`));
  for (const lesson of sorted) days.set(lesson.date, [...(days.get(lesson.date) ?? []), lesson]);
  return days;
}

/** @param {string} date */
const dayText = (date) => t('lessonsDay', { date: shortDate(date), weekday: weekdayText(weekdayOf(date)) });

/** @param {{ page: any }} props */
export function LessonsView({ page }) {
  const { day, notices, directory, session } = page;
  useSubject(day);
  useSubject(notices);
  useEffect(() => {
    day.begin();
    return () => day.end();
  }, []);
  const date = today(directory.zone);
  const days = byDay(day.lessons);
  const later = [...days.keys()].filter((one) => one > date);
  const list = (/** @type {string} */ one) =>
    html`<ul class="own-lessons">
      ${days
        .get(one)
        ?.map((lesson) => html`<${OwnLesson} key=${lesson.id} lesson=${lesson} facts=${day.facts.get(lesson.id)} schoolId=${session.person.school_id} />`)}
    </ul>`;
  return html`<section class="now" aria-label=${t('lessonsOwn')}>
    <${WaitingNotices} notices=${notices} directory=${directory} />
    <${ProblemText} problem=${day.problem} />
    <h2>${t('lessonsToday')} <span class="count">${dayText(date)}</span></h2>
    ${day.isLoaded && !days.has(date) && html`<p class="hint">${t('lessonsNothing')}</p>`} ${days.has(date) && list(date)}
    ${later.map((one) => html`<h2 key=${one}>${dayText(one)}</h2>${list(one)}`)}
    ${day.isLoaded && later.length === 0 && html`<p class="hint">${t('lessonsWeekNothing')}</p>`}
  </section>`;
}

/** @param {{ notices: any, directory: any }} props */
function WaitingNotices({ notices, directory }) {
  const { mine } = notices;
  if (mine.length === 0) return null;
  return html`<section aria-labelledby="lessons-notices">
    <h2 id="lessons-notices">${t('lessonsUnread')} <a href="#notices">${t('nowAll', { n: mine.length })}</a></h2>
    <ul class="notice-list">
      ${foremost(mine).map(
        (/** @type {any} */ one) => html`<${NoticeRow} key=${one.id} notice=${one} directory=${directory} notices=${notices} isOwn />`,
      )}
    </ul>
  </section>`;
}

/** Whether the classroom's own screen takes part; nothing while the lesson does not run. @param {{ facts: any, roomId: string }} props */
function Screen({ facts, roomId }) {
  const room = facts?.classrooms?.find((/** @type {any} */ one) => one.id === roomId);
  if (!room) return null;
  if (room.present) return html`<${StateMark} condition="good">${t('screenOn')}<//>`;
  return html`<${StateMark} condition="slow">${t('screenOff')}<//> <a href="#screen">${t('screenHow')}</a>`;
}

/** @param {{ lesson: any, facts: any, schoolId: string }} props */
function OwnLesson({ lesson, facts, schoolId }) {
  const own = lesson.classes.filter((/** @type {any} */ one) => one.school_id === schoolId);
  const isHost = lesson.host_school_id === schoolId;
  return html`<li class="own-lesson" data-state=${lesson.state}>
    <span class="now-clock">${lesson.start ? `${lesson.start}–${lesson.end}` : '—'}</span>
    <${LessonState} lesson=${lesson} />
    <span class="own-what">
      <b>${lessonName(lesson)}</b> ${lesson.title} ${changeTags(lesson).map((tag) => html`<span class="lesson-tag">${tag}</span> `)}<br />
      <span class="hint">${lesson.teacher_name} · ${lesson.host_school_name}</span>
    </span>
    <ul class="own-places">
      ${isHost && html`<li>${t('lessonsHosted')} · ${lesson.host_classroom_name}</li>`}
      ${own.map(
        (/** @type {any} */ one) =>
          html`<li>${classText(one)} · ${one.classroom_name} <${Screen} facts=${facts} roomId=${one.classroom_id} /></li>`,
      )}
    </ul>
  </li>`;
}
