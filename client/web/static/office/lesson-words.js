// SPDX-License-Identifier: Apache-2.0
//
// How a lesson is told: its state as shape and word, what was changed about it, its place and time in a line.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { shortDate } from './dates.js';
import { classText, gradeText, weekdayText } from './directory.js';

/** @typedef {import('../shared/language.js').WordKey} WordKey */

/** @type {Record<string, { shape: string, word: WordKey, mark: string }>} */
const STATES = {
  scheduled: { shape: '○', word: 'lessonScheduled', mark: 'waiting' },
  open: { shape: '◐', word: 'lessonOpen', mark: 'news' },
  live: { shape: '●', word: 'lessonLive', mark: 'good' },
  ended: { shape: '■', word: 'lessonEnded', mark: 'waiting' },
  cancelled: { shape: '✕', word: 'lessonCancelled', mark: 'broken' },
};

/** @param {any} lesson */
export const stateShape = (lesson) => STATES[lesson.state].shape;
/** @param {any} lesson */
export const stateWord = (lesson) => t(STATES[lesson.state].word);

/** @param {{ lesson: any }} props */
export function LessonState({ lesson }) {
  const { shape, word, mark } = STATES[lesson.state];
  return html`<span class="mark mark-${mark}"><span aria-hidden="true">${shape}</span> ${t(word)}</span>`;
}

/** 调, 补, 代: what makes this lesson differ from the weekly rule. @param {any} lesson @returns {string[]} */
export function changeTags(lesson) {
  const tags = [];
  if (lesson.origin === 'moved') tags.push(t('tagMoved'));
  if (lesson.origin === 'added') tags.push(t('tagAdded'));
  if (lesson.origin === 'makeup') tags.push(t('tagMakeup'));
  if (lesson.staff_change_id) tags.push(t('tagStaff'));
  return tags;
}

/** @param {any} lesson */
export const lessonName = (lesson) => `${lesson.subject} ${t('officeGradeN', { grade: gradeText(lesson.grade) })}`;

/** @param {any} lesson @returns {string} */
export function lessonTime(lesson) {
  const clock = lesson.start ? `${lesson.start}–${lesson.end}` : t('lessonNoBell');
  const period = lesson.period_name || t('officePeriodN', { n: lesson.period });
  return `${shortDate(lesson.date)} ${weekdayText(lesson.weekday)} ${period} ${clock}`;
}

/** @param {any} one of a lesson's classes @returns {string} */
export const listeningText = (one) => `${one.school_name} ${classText(one)} · ${one.classroom_name}`;
