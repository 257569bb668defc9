// SPDX-License-Identifier: Apache-2.0
//
// One lesson: who, where, when, what was changed about it and who knows of it, and what can still be changed.
import { useEffect, useState } from 'preact/hooks';
import { ask } from './api.js';
import { wallClock } from './dates.js';
import { Dialog } from './dialog.js';
import { changeTags, lessonName, LessonState, lessonTime, listeningText } from './lesson-words.js';
import { AcknowledgedMark, noticeText } from './notices.js';
import { ProblemText } from './problem-text.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { useSubject } from '../shared/subject.js';

/** @typedef {import('../shared/language.js').WordKey} WordKey */

/** @type {Record<string, WordKey>} */
const CHANGE_WORDS = { move: 'changeMove', cancel: 'changeCancel', staff: 'changeStaff', add: 'changeAdd' };

/**
 * @param {object} props
 * @param {any} props.page
 * @param {any} props.lesson
 * @param {boolean} props.canEdit
 * @param {(what: 'move' | 'staff' | 'cancel' | 'add' | 'course') => void} props.onWish
 * @param {() => void} props.onDone
 * @param {() => void} props.onClose
 */
export function LessonDialog({ page, lesson, canEdit, onWish, onDone, onClose }) {
  const { notices } = page;
  useSubject(notices);
  const about = notices.about(lesson.id, lesson.course_id);
  const isOpenToChange = canEdit && lesson.state === 'scheduled';
  const buttons = html`${isOpenToChange &&
    html`<button type="button" onClick=${() => onWish('move')}>${t('changeMove')}</button>
      <button type="button" onClick=${() => onWish('staff')}>${t('changeStaff')}</button>
      <button type="button" onClick=${() => onWish('cancel')}>${t('changeCancel')}</button>`}
  ${canEdit &&
  html`<button type="button" onClick=${() => onWish('add')}>${t('changeAdd')}</button>
    <button type="button" onClick=${() => onWish('course')}>${t('courseEdit')}</button>`}`;
  return html`<${Dialog} title=${lesson.title || lessonName(lesson)} onClose=${onClose} extra=${buttons} isWide>
    <p class="lesson-facts">
      <${LessonState} lesson=${lesson} /> ${changeTags(lesson).map((tag) => html`<span class="lesson-tag">${tag}</span> `)}
      ${lessonName(lesson)} · ${lessonTime(lesson)}
    </p>
    <dl class="facts">
      <dt>${t('courseTeacher')}</dt>
      <dd>${lesson.teacher_name}</dd>
      <dt>${t('courseHost')}</dt>
      <dd>${lesson.host_school_name} · ${lesson.host_classroom_name}</dd>
      <dt>${t('courseClasses')}</dt>
      <dd>
        <ul class="plain">
          ${lesson.classes.map((/** @type {any} */ one) => html`<li>${listeningText(one)}</li>`)}
        </ul>
      </dd>
      ${lesson.reason && html`<dt>${t('changeReason')}</dt><dd>${lesson.reason}</dd>`}
    </dl>
    ${canEdit && html`<${Changes} page=${page} lesson=${lesson} canWithdraw=${isWithdrawable(lesson)} onDone=${onDone} />`}
    ${about.length > 0 &&
    html`<h3>${t('officeNotices')}</h3>
      <ul class="plain">
        ${about.map((/** @type {any} */ notice) => html`<li><${AcknowledgedMark} notice=${notice} /> ${noticeText(notice)}</li>`)}
      </ul>`}
  <//>`;
}

/** A cancelled lesson has no bell to wait for. @param {any} lesson */
const isWithdrawable = (lesson) => lesson.state === 'scheduled' || lesson.state === 'cancelled';

/** @param {{ page: any, lesson: any, canWithdraw: boolean, onDone: () => void }} props */
function Changes({ page, lesson, canWithdraw, onDone }) {
  const path = `/api/v1/lessons/${encodeURIComponent(lesson.id)}/changes`;
  const [changes, setChanges] = useState(/** @type {any[]} */ ([]));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const hasChanges = lesson.change_id !== null || lesson.staff_change_id !== null || lesson.version > 1;
  useEffect(() => {
    if (hasChanges) ask('GET', path).then((answer) => setChanges(answer.items), setProblem);
  }, [lesson.id, lesson.version]);
  const withdraw = async (/** @type {any} */ change) => {
    try {
      await ask('DELETE', `${path}/${encodeURIComponent(change.id)}`, { version: lesson.version });
      onDone();
    } catch (error) {
      setProblem(error);
    }
  };
  if (changes.length === 0) return html`<${ProblemText} problem=${problem} />`;
  return html`<h3>${t('changeAll')}</h3>
    <ul class="plain change-list">
      ${changes.map((change) => {
        const at = wallClock(Date.parse(change.created_at) / 1000, page.directory.zone);
        return html`<li>
          <span class=${change.withdrawn_at ? 'is-withdrawn' : ''}>
            ${t(CHANGE_WORDS[change.kind])} ${change.new_date ?? ''}
            ${change.new_period ? t('officePeriodN', { n: change.new_period }) : ''}
            ${change.new_teacher_id ? page.directory.nameOf(change.new_teacher_id) : ''} ${change.reason}
          </span>
          <span class="hint"> ${at.date} ${at.clock}${change.withdrawn_at ? ` · ${t('changeWithdrawn')}` : ''}</span>
          ${canWithdraw &&
          !change.withdrawn_at &&
          html` <button type="button" onClick=${() => withdraw(change)}>${t('changeWithdraw')}</button>`}
        </li>`;
      })}
    </ul>
    <${ProblemText} problem=${problem} />`;
}
