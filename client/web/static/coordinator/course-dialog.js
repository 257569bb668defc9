// SPDX-License-Identifier: Apache-2.0
//
// Planning a course (排课) or editing one: what, who, where, which classes listen and where they sit, when. While it
// is filled in, the server says what clashes and which weekly periods suit everybody.
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../office/api.js';
import { classText, gradeText, weekdayText } from '../office/directory.js';
import { AskDialog, Dialog } from '../office/dialog.js';
import { draftOf, Fields } from '../office/fields.js';
import { LongSelect } from '../office/long-list.js';
import { changesOf } from '../office/records.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { useSubject } from '../shared/subject.js';
import { ConflictPanel, useConflicts } from './conflicts.js';

/** @typedef {import('../office/fields.js').Field} Field */

/** What one classroom needs: camera and slides at the quality that a township's line carries. */
const USUAL_KBPS = 2500;
const PERIODS = 12;
const numbers = (/** @type {number} */ n) => Array.from({ length: n }, (_, i) => i + 1);

/** @param {any} page @returns {{ what: Field[], when: Field[] }} */
function fieldsOf(page) {
  const { directory, bells } = page;
  const rooms = directory.lists.classrooms.map((/** @type {any} */ one) => ({
    value: one.id,
    label: `${directory.schoolNameOf(one)} · ${one.name}`,
  }));
  const teachers = directory.lists.teachers.map((/** @type {any} */ one) => ({
    value: one.id,
    label: `${one.name} · ${directory.schoolNameOf(one)} (${one.code})`,
  }));
  const periodOptions = (/** @type {any} */ draft) => {
    const schoolId = directory.get(draft?.host_classroom_id)?.school_id;
    const known = bells.periods(schoolId, directory.term?.first_monday ?? '');
    if (known.length === 0) return numbers(PERIODS).map((n) => ({ value: n, label: t('officePeriodN', { n }) }));
    return known.map((/** @type {any} */ one) => ({
      value: one.period,
      label: `${one.name || t('officePeriodN', { n: one.period })} ${one.start}–${one.end}`,
    }));
  };
  return {
    what: [
      {
        name: 'kind',
        label: 'courseKind',
        type: 'select',
        isRequired: true,
        initial: 'delivered',
        options: () => [
          { value: 'delivered', label: t('courseDelivered') },
          { value: 'master', label: t('courseMaster') },
          { value: 'open', label: t('courseOpen') },
        ],
      },
      { name: 'subject', label: 'courseSubject', isRequired: true },
      {
        name: 'grade',
        label: 'courseGrade',
        type: 'select',
        isNumber: true,
        isRequired: true,
        options: () => numbers(12).map((n) => ({ value: n, label: t('officeGradeN', { grade: gradeText(n) }) })),
      },
      { name: 'title', label: 'courseTitle', isRequired: true },
      { name: 'unit', label: 'courseUnit' },
      { name: 'teacher_id', label: 'courseTeacher', type: 'select', isRequired: true, options: () => teachers },
      { name: 'host_classroom_id', label: 'courseHost', type: 'select', isRequired: true, options: () => rooms },
      {
        name: 'priority',
        label: 'coursePriority',
        type: 'select',
        isRequired: true,
        initial: 'screen',
        options: () => [
          { value: 'screen', label: t('coursePriorityScreen') },
          { value: 'camera', label: t('coursePriorityCamera') },
        ],
      },
    ],
    when: [
      {
        name: 'weekday',
        label: 'courseWeekday',
        type: 'select',
        isNumber: true,
        isRequired: true,
        initial: 1,
        options: () => numbers(7).map((n) => ({ value: n, label: weekdayText(n) })),
      },
      {
        name: 'period',
        label: 'coursePeriod',
        type: 'select',
        isNumber: true,
        isRequired: true,
        initial: 1,
        options: periodOptions,
      },
      { name: 'rate_kbps', label: 'courseRate', type: 'number', min: 1, initial: USUAL_KBPS },
    ],
  };
}

/** Whether enough is filled in to ask what clashes. @param {any} draft */
const isAskable = (draft) =>
  draft.teacher_id && draft.host_classroom_id && draft.weekday && draft.period && draft.weeks && draft.grade;

/** @param {any} draft @param {any} term @param {any} course */
function questionOf(draft, term, course) {
  if (!isAskable(draft)) return null;
  const asked = {
    term_id: course?.term_id ?? term.id,
    kind: draft.kind,
    subject: draft.subject || '—',
    grade: draft.grade,
    title: draft.title || '—',
    teacher_id: draft.teacher_id,
    host_classroom_id: draft.host_classroom_id,
    weekday: draft.weekday,
    period: draft.period,
    weeks: draft.weeks,
    rate_kbps: draft.rate_kbps ?? USUAL_KBPS,
    classes: draft.classes,
  };
  return { course: course ? { id: course.id, ...asked } : asked };
}

/** @param {{ page: any, course?: any, onDone: () => void, onClose: () => void }} props */
export function CourseDialog({ page, course, onDone, onClose }) {
  const { directory, bells } = page;
  useSubject(bells);
  const { what, when } = fieldsOf(page);
  const fields = [...what, ...when];
  const [draft, setDraft] = useState(() => ({
    ...draftOf(fields, course ?? {}),
    weeks: course?.weeks ?? 'all',
    classes: course?.classes ?? [],
  }));
  const [isRemoving, setIsRemoving] = useState(false);
  const hostSchoolId = directory.get(draft.host_classroom_id)?.school_id;
  useEffect(() => void bells.load(hostSchoolId), [hostSchoolId]);
  const asked = useConflicts(questionOf(draft, directory.term, course));

  const save = async () => {
    if (!course) {
      const json = { term_id: directory.term.id, ...changesOf(fields, draft), weeks: draft.weeks, classes: draft.classes };
      await ask('POST', '/api/v1/courses', { json });
    } else {
      const json = { ...changesOf(fields, draft, course), weeks: draft.weeks, classes: draft.classes };
      await ask('PATCH', `/api/v1/courses/${encodeURIComponent(course.id)}`, { json, version: course.version });
    }
    onDone();
  };
  const remove = async () => {
    await ask('DELETE', `/api/v1/courses/${encodeURIComponent(course.id)}`, { version: course.version });
    onDone();
    onClose();
  };
  if (isRemoving) {
    return html`<${AskDialog}
      title=${t('officeRemoveAsk', { name: course.title })}
      text=${t('courseRemoveHint')}
      yes=${t('courseRemove')}
      onYes=${remove}
      onClose=${() => setIsRemoving(false)}
    />`;
  }
  return html`<${Dialog}
    title=${t(course ? 'courseEdit' : 'courseNew')}
    onClose=${onClose}
    onSave=${save}
    isWide
    isSaveOff=${asked.isAsking || (asked.answer?.conflicts.length ?? 0) > 0}
    extra=${course &&
    html`<button type="button" class="danger" onClick=${() => setIsRemoving(true)}>${t('courseRemove')}</button>`}
  >
    <div class="field-grid">
      <${Fields} fields=${what} draft=${draft} onDraft=${setDraft} prefix="course" />
    </div>
    <${ListeningClasses} page=${page} draft=${draft} onDraft=${setDraft} />
    <div class="field-grid">
      <${Fields} fields=${when} draft=${draft} onDraft=${setDraft} prefix="course" />
      <${WeeksField} draft=${draft} onDraft=${setDraft} />
    </div>
    <${ConflictPanel}
      ...${asked}
      onPick=${(/** @type {any} */ free) => setDraft({ ...draft, weekday: free.weekday, period: free.period })}
    />
  <//>`;
}

/** Every week, odd or even ones, or a list of them. @param {{ draft: any, onDraft: (draft: any) => void }} props */
function WeeksField({ draft, onDraft }) {
  const isListed = !['all', 'odd', 'even'].includes(draft.weeks);
  const set = (/** @type {string} */ weeks) => onDraft({ ...draft, weeks });
  const option = (/** @type {string} */ value, /** @type {any} */ label, /** @type {boolean} */ isChosen) =>
    html`<option value=${value} selected=${isChosen}>${t(label)}</option>`;
  return html`<div class="field">
      <label for="course-weeks">${t('courseWeeks')}</label>
      <select
        id="course-weeks"
        value=${isListed ? '1' : draft.weeks}
        onChange=${(/** @type {any} */ event) => set(event.target.value)}
      >
        ${option('all', 'courseWeeksAll', draft.weeks === 'all')} ${option('odd', 'courseWeeksOdd', draft.weeks === 'odd')}
        ${option('even', 'courseWeeksEven', draft.weeks === 'even')} ${option('1', 'courseWeeksListed', isListed)}
      </select>
    </div>
    ${isListed &&
    html`<div class="field">
      <label for="course-weeks-list">${t('courseWeeksListed')}</label>
      <input
        id="course-weeks-list"
        required
        value=${draft.weeks}
        onInput=${(/** @type {any} */ event) => set(event.target.value)}
      />
      <p class="hint">${t('courseWeeksHint')}</p>
    </div>`}`;
}

/** @param {{ page: any, draft: any, onDraft: (draft: any) => void }} props */
function ListeningClasses({ page, draft, onDraft }) {
  const { directory } = page;
  const set = (/** @type {any[]} */ classes) => onDraft({ ...draft, classes });
  const taken = new Set(draft.classes.map((/** @type {any} */ one) => one.class_id));
  // A master lesson has teachers for listeners, who may sit in any grade's room.
  const offered = directory.lists.classes.filter(
    (/** @type {any} */ one) => !taken.has(one.id) && (!draft.grade || one.grade === draft.grade),
  );
  const add = (/** @type {string} */ id) => {
    const room = directory.of('classrooms', directory.get(id)?.school_id)[0];
    if (room) set([...draft.classes, { class_id: id, classroom_id: room.id }]);
  };
  const sit = (/** @type {string} */ classId, /** @type {string} */ roomId) =>
    set(draft.classes.map((/** @type {any} */ one) => (one.class_id === classId ? { ...one, classroom_id: roomId } : one)));
  return html`<fieldset class="listening">
    <legend>${t('courseClasses')} <span class="count">${draft.classes.length}</span></legend>
    <ul class="plain">
      ${draft.classes.map((/** @type {any} */ { class_id: id, classroom_id: roomId }) => {
        const one = directory.get(id);
        const name = one ? `${directory.schoolNameOf(one)} ${classText(one)}` : '—';
        return html`<li key=${id} class="listening-row">
          <span>${name}</span>
          <select
            aria-label=${t('courseSits', { name })}
            value=${roomId}
            onChange=${(/** @type {any} */ event) => sit(id, event.target.value)}
          >
            ${directory
              .of('classrooms', one?.school_id)
              .map((/** @type {any} */ room) => html`<option value=${room.id} selected=${room.id === roomId}>${room.name}</option>`)}
          </select>
          <button
            type="button"
            aria-label="${t('officeRemove')} ${name}"
            onClick=${() => set(draft.classes.filter((/** @type {any} */ each) => each.class_id !== id))}
          >
            ${t('officeRemove')}
          </button>
        </li>`;
      })}
    </ul>
    <${LongSelect}
      id="course-add-class"
      label=${t('courseAddClass')}
      items=${offered}
      textOf=${(/** @type {any} */ one) => `${directory.schoolNameOf(one)} ${classText(one)}`}
      value=""
      onValue=${(/** @type {string} */ id) => id && add(id)}
      none="＋ ${t('courseAddClass')}"
      isOrder
    />
  </fieldset>`;
}
