// SPDX-License-Identifier: Apache-2.0
//
// The coordinator's week: the timetable with everything that can be done to it.
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../office/api.js';
import { today } from '../office/dates.js';
import { ProblemText } from '../office/problem-text.js';
import { WeekTimetable } from '../office/week.js';
import { weekdayText } from '../office/directory.js';
import { weekdayOf } from '../office/dates.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { useSubject } from '../shared/subject.js';
import { AddLessonDialog, CancelDialog, MoveDialog, SubstituteDialog } from './change-dialogs.js';
import { freePeriodText } from './conflicts.js';
import { CourseDialog } from './course-dialog.js';
import { LessonDialog } from '../office/lesson-dialog.js';

/** @typedef {{ what: string, lesson?: any, course?: any, target?: any, isClash?: boolean }} Wish */

/** @param {{ page: any }} props */
export function WeekView({ page }) {
  const { week, drag, notices } = page;
  useSubject(drag);
  useSubject(week);
  const [wish, setWish] = useState(/** @type {Wish | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const close = () => setWish(null);
  const done = () => {
    void week.load();
    void notices.load();
  };
  useEffect(() => {
    drag.onDropped = (/** @type {any} */ lesson, /** @type {any} */ target) => setWish({ what: 'move', lesson, target });
  }, []);
  useEffect(() => {
    const lesson = week.lessons.find((/** @type {any} */ one) => one.id === week.wantedId);
    if (!lesson) return;
    week.wantedId = '';
    setWish({ what: 'move', lesson, isClash: true });
  }, [week.edition]);
  const onWish = async (/** @type {string} */ what, /** @type {any} */ lesson) => {
    if (what !== 'add' && what !== 'course') {
      setWish({ what, lesson });
      return;
    }
    try {
      const course = await ask('GET', `/api/v1/courses/${encodeURIComponent(lesson.course_id)}`);
      setWish({ what, lesson, course });
    } catch (error) {
      setProblem(error);
      close();
    }
  };
  const dragging = {
    onStart: (/** @type {any} */ event, /** @type {any} */ calendar) => drag.start(event, calendar, week.monday),
    onOver: (/** @type {any} */ _event, /** @type {string} */ date, /** @type {string} */ clock) => drag.over(date, clock),
    onStop: (/** @type {any} */ _event, /** @type {boolean} */ isInside) => drag.stop(isInside),
  };
  const buttons = html`<button type="button" class="primary" onClick=${() => setWish({ what: 'course' })}>
    ＋ ${t('courseNew')}
  </button>`;
  return html`<${ProblemText} problem=${problem} />
    <${WeekTimetable}
      page=${page}
      week=${week}
      canEdit
      buttons=${buttons}
      drag=${dragging}
      isDragging=${drag.lesson !== null}
      onOpen=${(/** @type {any} */ lesson) => setWish({ what: 'lesson', lesson })}
      aside=${html`<${DragPanel} drag=${drag} />`}
    />
    ${wish && html`<${WishDialog} page=${page} wish=${wish} onWish=${onWish} onDone=${done} onClose=${close} />`}`;
}

/** @param {{ page: any, wish: Wish, onWish: (what: string, lesson: any) => void, onDone: () => void, onClose: () => void }} props */
function WishDialog({ page, wish, onWish, onDone, onClose }) {
  const { what, lesson, course, target, isClash } = wish;
  const common = { page, lesson, onDone, onClose };
  const closing = () => {
    onDone();
    onClose();
  };
  if (what === 'move') return html`<${MoveDialog} ...${common} target=${target} isClash=${isClash} />`;
  if (what === 'staff') return html`<${SubstituteDialog} ...${common} />`;
  if (what === 'cancel') return html`<${CancelDialog} ...${common} />`;
  if (what === 'course') return html`<${CourseDialog} page=${page} course=${course} onDone=${onDone} onClose=${onClose} />`;
  if (what === 'add') {
    const date = lesson?.date ?? today(page.directory.zone);
    return html`<${AddLessonDialog} page=${page} course=${course} date=${date} onDone=${onDone} onClose=${onClose} />`;
  }
  return html`<${LessonDialog}
    page=${page}
    lesson=${lesson}
    canEdit
    onWish=${(/** @type {string} */ next) => onWish(next, lesson)}
    onDone=${closing}
    onClose=${onClose}
  />`;
}

/** @param {{ date: string, period: import('../office/bell-book.js').Period }} target @returns {string} */
function targetText({ date, period }) {
  const name = period.name || t('officePeriodN', { n: period.period });
  return `${date} ${weekdayText(weekdayOf(date))} ${name} ${period.start}–${period.end}`;
}

/** What lies under the lesson on its way. @param {{ drag: import('./drag.js').LessonDrag }} props */
function DragPanel({ drag }) {
  useSubject(drag);
  const { lesson, target, answer, free } = drag;
  if (!lesson) return null;
  return html`<div class="drag-panel" role="status">
    ${target &&
    html`<p>
      <strong>${targetText(target)}</strong>
      ${!answer && html` … ${t('conflictAsking')}`}
      ${answer && answer.conflicts.length === 0 && html` <span class="mark mark-good">● ${t('conflictNone')}</span>`}
      ${answer && answer.conflicts.length > 0 && html` <span class="mark mark-broken">✕ ${t('conflictFound')}</span> ${answer.conflicts[0].sentence}`}
    </p>`}
    <p class="hint">${t('conflictFree')} ${free.slice(0, 4).map((one) => html`<span class="free-period">○ ${freePeriodText(one)}</span> `)}</p>
  </div>`;
}
