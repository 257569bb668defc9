// SPDX-License-Identifier: Apache-2.0
//
// The four single changes of a lesson: moved (调课), given to another teacher (代课), cancelled (停课), added (补课).
// Each says what clashes before it is saved, and offers what is free.
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../office/api.js';
import { weekdayText } from '../office/directory.js';
import { weekdayOf } from '../office/dates.js';
import { Dialog } from '../office/dialog.js';
import { lessonName, lessonTime } from '../office/lesson-words.js';
import { LongSelect } from '../office/long-list.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { useSubject } from '../shared/subject.js';
import { ConflictPanel, useConflicts } from './conflicts.js';

/** @param {any} lesson @param {string} what */
const pathOf = (lesson, what) => `/api/v1/lessons/${encodeURIComponent(lesson.id)}/${what}`;

/** @param {{ value: string, onValue: (value: string) => void }} props */
function ReasonField({ value, onValue }) {
  return html`<div class="field is-whole">
    <label for="change-reason">${t('changeReason')}</label>
    <input id="change-reason" value=${value} onInput=${(/** @type {any} */ event) => onValue(event.target.value)} />
  </div>`;
}

/**
 * Date and period of the host school's bells.
 * @param {{ page: any, schoolId: string, date: string, period: number, onTarget: (date: string, period: number) => void }} props
 */
function TargetFields({ page, schoolId, date, period, onTarget }) {
  const { bells } = page;
  useSubject(bells);
  useEffect(() => void bells.load(schoolId), [schoolId]);
  const periods = bells.periods(schoolId, date);
  return html`<div class="field">
      <label for="change-date">${t('changeDate')}</label>
      <input
        id="change-date"
        type="date"
        required
        value=${date}
        onInput=${(/** @type {any} */ event) => event.target.value && onTarget(event.target.value, period)}
      />
      <p class="hint">${weekdayText(weekdayOf(date))}</p>
    </div>
    <div class="field">
      <label for="change-period">${t('changePeriod')}</label>
      <select
        id="change-period"
        required
        value=${period}
        onChange=${(/** @type {any} */ event) => onTarget(date, Number(event.target.value))}
      >
        ${periods.every((/** @type {any} */ one) => one.period !== period) &&
        html`<option value=${period} selected>${t('officePeriodN', { n: period })}</option>`}
        ${periods.map(
          (/** @type {any} */ one) =>
            html`<option value=${one.period} selected=${one.period === period}>
              ${one.name || t('officePeriodN', { n: one.period })} ${one.start}–${one.end}
            </option>`,
        )}
      </select>
    </div>`;
}

/** @param {any} asked what useConflicts() gives */
const isRefused = (asked) => asked.isAsking || (asked.answer?.conflicts.length ?? 0) > 0;

/**
 * @param {{ page: any, lesson: any, target?: { date: string, period: any }, isClash?: boolean, onDone: () => void,
 *   onClose: () => void }} props `isClash`: where it is it cannot stay
 */
export function MoveDialog({ page, lesson, target, isClash, onDone, onClose }) {
  const [date, setDate] = useState(target?.date ?? lesson.date);
  const [period, setPeriod] = useState(target?.period.period ?? lesson.period);
  const [reason, setReason] = useState('');
  const isElsewhere = date !== lesson.date || period !== lesson.period;
  const change = { kind: 'move', lesson_id: lesson.id, new_date: date, new_period: period };
  const asked = useConflicts(isElsewhere || isClash ? { change } : null);
  const onTarget = (/** @type {string} */ newDate, /** @type {number} */ newPeriod) => {
    setDate(newDate);
    setPeriod(newPeriod);
  };
  const save = async () => {
    const json = { new_date: date, new_period: period, reason };
    await ask('POST', pathOf(lesson, 'move'), { json, version: lesson.version });
    onDone();
  };
  return html`<${Dialog}
    title="${t('changeMove')} · ${lessonName(lesson)}"
    onClose=${onClose}
    onSave=${save}
    saveLabel=${t('changeMoveYes')}
    isSaveOff=${!isElsewhere || isRefused(asked)}
  >
    <p>${t('changeNow', { when: lessonTime(lesson), who: lesson.teacher_name })}</p>
    <div class="field-grid">
      <${TargetFields} page=${page} schoolId=${lesson.host_school_id} date=${date} period=${period} onTarget=${onTarget} />
      <${ReasonField} value=${reason} onValue=${setReason} />
    </div>
    <${ConflictPanel}
      ...${elsewhere(asked, lesson)}
      onPick=${(/** @type {any} */ free) => onTarget(free.date, free.period)}
    />
  <//>`;
}

/** Where the lesson is already is no place to move it to. @param {any} asked @param {any} lesson */
function elsewhere(asked, lesson) {
  if (!asked.answer) return asked;
  const isElsewhere = (/** @type {any} */ free) => free.date !== lesson.date || free.period !== lesson.period;
  return { ...asked, answer: { ...asked.answer, free_periods: asked.answer.free_periods.filter(isElsewhere) } };
}

/** @param {{ page: any, value: string, onValue: (id: string) => void, besides?: string }} props */
export function TeacherSelect({ page, value, onValue, besides }) {
  const { directory } = page;
  const teachers = directory.lists.teachers.filter((/** @type {any} */ one) => one.id !== besides);
  return html`<${LongSelect}
    id="change-teacher"
    items=${teachers}
    textOf=${(/** @type {any} */ one) => `${one.name} · ${directory.schoolNameOf(one)} (${one.code})`}
    value=${value}
    onValue=${onValue}
    none="—"
    isRequired
  />`;
}

/** @param {{ page: any, lesson: any, onDone: () => void, onClose: () => void }} props */
export function SubstituteDialog({ page, lesson, onDone, onClose }) {
  const [teacherId, setTeacherId] = useState('');
  const [reason, setReason] = useState('');
  const change = { kind: 'staff', lesson_id: lesson.id, new_teacher_id: teacherId };
  const asked = useConflicts(teacherId ? { change } : null);
  const save = async () => {
    const json = { teacher_id: teacherId, reason };
    await ask('POST', pathOf(lesson, 'substitute'), { json, version: lesson.version });
    onDone();
  };
  return html`<${Dialog}
    title="${t('changeStaff')} · ${lessonName(lesson)}"
    onClose=${onClose}
    onSave=${save}
    saveLabel=${t('changeStaffYes')}
    isSaveOff=${!teacherId || isRefused(asked)}
  >
    <p>${t('changeNow', { when: lessonTime(lesson), who: lesson.teacher_name })}</p>
    <div class="field-grid">
      <div class="field is-whole">
        <label for="change-teacher">${t('changeTeacher')}</label>
        <${TeacherSelect} page=${page} value=${teacherId} onValue=${setTeacherId} besides=${lesson.teacher_id} />
      </div>
      <${ReasonField} value=${reason} onValue=${setReason} />
    </div>
    <${ConflictPanel} answer=${asked.answer} isAsking=${asked.isAsking} problem=${asked.problem} />
  <//>`;
}

/** @param {{ lesson: any, onDone: () => void, onClose: () => void }} props */
export function CancelDialog({ lesson, onDone, onClose }) {
  const [reason, setReason] = useState('');
  const save = async () => {
    await ask('POST', pathOf(lesson, 'cancel'), { json: { reason }, version: lesson.version });
    onDone();
  };
  return html`<${Dialog}
    title="${t('changeCancel')} · ${lessonName(lesson)}"
    onClose=${onClose}
    onSave=${save}
    saveLabel=${t('changeCancelYes')}
    isDanger
  >
    <p>${t('changeNow', { when: lessonTime(lesson), who: lesson.teacher_name })}</p>
    <p>${t('changeCancelHint')}</p>
    <${ReasonField} value=${reason} onValue=${setReason} />
  <//>`;
}

/** @param {{ page: any, course: any, date: string, onDone: () => void, onClose: () => void }} props */
export function AddLessonDialog({ page, course, date: firstDate, onDone, onClose }) {
  const schoolId = page.directory.get(course.host_classroom_id)?.school_id;
  const [date, setDate] = useState(firstDate);
  const [period, setPeriod] = useState(course.period);
  const [reason, setReason] = useState('');
  const asked = useConflicts({ change: { kind: 'add', course_id: course.id, new_date: date, new_period: period } });
  const onTarget = (/** @type {string} */ newDate, /** @type {number} */ newPeriod) => {
    setDate(newDate);
    setPeriod(newPeriod);
  };
  const save = async () => {
    await ask('POST', '/api/v1/lessons', { json: { course_id: course.id, date, period, reason } });
    onDone();
  };
  return html`<${Dialog}
    title="${t('changeAdd')} · ${lessonName(course)}"
    onClose=${onClose}
    onSave=${save}
    saveLabel=${t('changeAddYes')}
    isSaveOff=${isRefused(asked)}
  >
    <div class="field-grid">
      <${TargetFields} page=${page} schoolId=${schoolId} date=${date} period=${period} onTarget=${onTarget} />
      <${ReasonField} value=${reason} onValue=${setReason} />
    </div>
    <${ConflictPanel} ...${asked} onPick=${(/** @type {any} */ free) => onTarget(free.date, free.period)} />
  <//>`;
}
