// SPDX-License-Identifier: Apache-2.0
//
// Schools, and what belongs to the one that is chosen: classrooms, classes, bells, busy times, teachers, devices.
import { useState } from 'preact/hooks';
import { BellRecords, BusyRecords, ClassRecords } from '../office/school-records.js';
import { Records } from '../office/records.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { Devices, PairingForm } from '../office/devices.js';
import { FeedButton } from '../office/feeds.js';

/** @typedef {import('../shared/language.js').WordKey} WordKey */

/** @type {{ name: string, label: WordKey, view: any }[]} */
const PARTS = [
  { name: 'classrooms', label: 'officeClassrooms', view: ClassroomRecords },
  { name: 'classes', label: 'officeClasses', view: ClassRecords },
  { name: 'teachers', label: 'officeTeachers', view: TeacherRecords },
  { name: 'bells', label: 'officeBells', view: BellRecords },
  { name: 'busy', label: 'officeBusy', view: BusyRecords },
  { name: 'devices', label: 'officeDevices', view: Devices },
];

/** @param {{ page: any }} props */
export function SchoolsView({ page }) {
  const { directory } = page;
  const [schoolId, setSchoolId] = useState('');
  const school = directory.get(schoolId);
  const nOf = (/** @type {import('../office/directory.js').ListName} */ name) => {
    const counts = new Map();
    for (const one of directory.lists[name]) counts.set(one.school_id, (counts.get(one.school_id) ?? 0) + 1);
    return (/** @type {any} */ one) => counts.get(one.id) ?? 0;
  };
  const open = (/** @type {any} */ item) =>
    html`<button type="button" aria-label="${t('schoolOpen')} ${item.name}" onClick=${() => setSchoolId(item.id)}>${t('schoolOpen')}</button>`;
  if (school) return html`<${OneSchool} page=${page} school=${school} onBack=${() => setSchoolId('')} />`;
  return html`<${PairingForm} page=${page} />
    <${Records}
      id="schools"
      title="officeSchools"
      path="/api/v1/schools"
      items=${directory.lists.schools}
      nameOf=${(/** @type {any} */ one) => one.name}
      onChanged=${() => directory.load('schools')}
      actions=${open}
      emptyHint="schoolsNone"
      columns=${[
        { label: 'officeCode', cell: (/** @type {any} */ one) => one.code },
        { label: 'schoolName', cell: (/** @type {any} */ one) => one.name },
        { label: 'schoolDistrict', cell: (/** @type {any} */ one) => one.district },
        { label: 'officePhone', cell: (/** @type {any} */ one) => one.phone ?? '' },
        { label: 'officeClassrooms', cell: nOf('classrooms'), isNumber: true },
        { label: 'officeClasses', cell: nOf('classes'), isNumber: true },
        { label: 'officeTeachers', cell: nOf('teachers'), isNumber: true },
      ]}
      fields=${[
        { name: 'code', label: 'officeCode', isRequired: true },
        { name: 'name', label: 'schoolName', isRequired: true },
        { name: 'district', label: 'schoolDistrict', isRequired: true },
        { name: 'phone', label: 'officePhone' },
        { name: 'uplink_kbps', label: 'schoolUplink', type: 'number', min: 1, hint: 'schoolUplinkHint' },
      ]}
    />`;
}

/** @param {{ page: any, school: any, onBack: () => void }} props */
function OneSchool({ page, school, onBack }) {
  const [name, setName] = useState('classrooms');
  const part = PARTS.find((one) => one.name === name) ?? PARTS[0];
  return html`<div class="one-school">
    <header class="records-header">
      <button type="button" onClick=${onBack}>‹ ${t('officeSchools')}</button>
      <h2>${school.name} <span class="hint">${school.code} · ${school.district}</span></h2>
      <span class="spring"></span>
      <${FeedButton} kind="school" owner=${school} />
    </header>
    <div class="parts" role="group" aria-label=${school.name}>
      ${PARTS.map(
        (one) =>
          html`<button type="button" aria-pressed=${one === part} onClick=${() => setName(one.name)}>${t(one.label)}</button>`,
      )}
    </div>
    <${part.view} key=${part.name} page=${page} schoolId=${school.id} />
  </div>`;
}

/** @param {{ page: any, schoolId: string }} props */
function ClassroomRecords({ page, schoolId }) {
  const { directory } = page;
  return html`<${Records}
    id="classrooms"
    title="officeClassrooms"
    path="/api/v1/classrooms"
    items=${directory.of('classrooms', schoolId)}
    fixed=${{ school_id: schoolId }}
    nameOf=${(/** @type {any} */ one) => one.name}
    onChanged=${() => directory.load('classrooms')}
    actions=${(/** @type {any} */ one) => html`<${FeedButton} kind="classroom" owner=${one} />`}
    emptyHint="officeNothingYet"
    columns=${[
      { label: 'officeCode', cell: (/** @type {any} */ one) => one.code },
      { label: 'classroomName', cell: (/** @type {any} */ one) => one.name },
      { label: 'classroomSeats', cell: (/** @type {any} */ one) => one.seats ?? '', isNumber: true },
    ]}
    fields=${[
      { name: 'code', label: 'officeCode', isRequired: true },
      { name: 'name', label: 'classroomName', isRequired: true },
      { name: 'seats', label: 'classroomSeats', type: 'number', min: 0 },
    ]}
  />`;
}

/** @param {{ page: any, schoolId: string }} props */
function TeacherRecords({ page, schoolId }) {
  const { directory, accounts } = page;
  const taken = new Set(directory.lists.teachers.map((/** @type {any} */ one) => one.account_id));
  const offered = (/** @type {any} */ draft) =>
    accounts.items
      .filter((/** @type {any} */ one) => one.role === 'teacher' && one.school_id === schoolId)
      .filter((/** @type {any} */ one) => !taken.has(one.id) || one.id === draft?.account_id)
      .map((/** @type {any} */ one) => ({ value: one.id, label: `${one.name} (${one.login})` }));
  return html`<${Records}
    id="teachers"
    title="officeTeachers"
    path="/api/v1/teachers"
    items=${directory.of('teachers', schoolId)}
    fixed=${{ school_id: schoolId }}
    nameOf=${(/** @type {any} */ one) => one.name}
    onChanged=${() => directory.load('teachers')}
    actions=${(/** @type {any} */ one) => html`<${FeedButton} kind="teacher" owner=${one} />`}
    emptyHint="officeNothingYet"
    columns=${[
      { label: 'officeCode', cell: (/** @type {any} */ one) => one.code },
      { label: 'teacherName', cell: (/** @type {any} */ one) => one.name },
      { label: 'officePhone', cell: (/** @type {any} */ one) => one.phone ?? '' },
      {
        label: 'teacherAccount',
        cell: (/** @type {any} */ one) =>
          accounts.items.find((/** @type {any} */ each) => each.id === one.account_id)?.login ?? '○',
      },
    ]}
    fields=${[
      { name: 'code', label: 'officeCode', isRequired: true },
      { name: 'name', label: 'teacherName', isRequired: true },
      { name: 'phone', label: 'officePhone' },
      { name: 'account_id', label: 'teacherAccount', type: 'select', options: offered, hint: 'teacherAccountHint' },
    ]}
  />`;
}
