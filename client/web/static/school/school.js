// SPDX-License-Identifier: Apache-2.0
//
// A school's own page: what its office enters and reads. It sees its own school and nothing else, which the server
// sees to.
import { render } from 'preact';
import { useState } from 'preact/hooks';
import { Accounts, AccountList } from '../office/accounts.js';
import { Devices } from '../office/devices.js';
import { FeedButton } from '../office/feeds.js';
import { LessonDialog } from '../office/lesson-dialog.js';
import { BellBook } from '../office/bell-book.js';
import { Directory } from '../office/directory.js';
import { Notices, NoticesView } from '../office/notices.js';
import { BellRecords, BusyRecords, ClassRecords } from '../office/school-records.js';
import { Session } from '../office/session.js';
import { Shell } from '../office/shell.js';
import { Week, WeekTimetable } from '../office/week.js';
import { html } from '../shared/html.js';
import { language } from '../shared/language.js';

/** @param {any} page */
const schoolIdOf = (page) => page.session.person?.school_id ?? '';

/** @param {{ page: any }} props */
function OwnWeek({ page }) {
  const [lesson, setLesson] = useState(/** @type {any} */ (null));
  const school = page.directory.get(schoolIdOf(page));
  const close = () => setLesson(null);
  return html`<${WeekTimetable}
      page=${page}
      week=${page.week}
      canEdit=${false}
      isOneSchool
      buttons=${school && html`<${FeedButton} kind="school" owner=${school} />`}
      onOpen=${setLesson}
    />
    ${lesson &&
    html`<${LessonDialog} page=${page} lesson=${lesson} canEdit=${false} onWish=${close} onDone=${close} onClose=${close} />`}`;
}

/** @param {any} view */
const ofSchool = (view) => (/** @type {{ page: any }} */ { page }) => html`<${view} page=${page} schoolId=${schoolIdOf(page)} />`;
const OwnClasses = ofSchool(ClassRecords);
const OwnBells = ofSchool(BellRecords);
const OwnBusy = ofSchool(BusyRecords);

/** @param {{ page: any }} props */
function OwnDevices({ page }) {
  return html`<${Devices} page=${page} schoolId=${schoolIdOf(page)} isReadOnly />`;
}

/** @param {{ page: any }} props */
function Assistants({ page }) {
  const fixed = { school_id: schoolIdOf(page) };
  return html`<${AccountList} page=${page} roles=${['assistant']} title="schoolAssistants" fixed=${fixed} />`;
}

/** @type {import('../office/shell.js').Section[]} */
const SECTIONS = [
  { name: 'week', label: 'officeWeek', view: OwnWeek },
  { name: 'notices', label: 'officeNotices', view: NoticesView, count: (page) => page.notices.mine.length },
  { name: 'classes', label: 'officeClasses', view: OwnClasses },
  { name: 'bells', label: 'officeBells', view: OwnBells },
  { name: 'busy', label: 'officeBusy', view: OwnBusy },
  { name: 'assistants', label: 'schoolAssistants', view: Assistants },
  { name: 'devices', label: 'officeDevices', view: OwnDevices },
];

const directory = new Directory();
const page = {
  session: new Session(),
  directory,
  bells: new BellBook(),
  notices: new Notices(),
  accounts: new Accounts(),
  week: new Week(directory),
  begin() {
    this.week.id = schoolIdOf(this);
    void this.directory.load();
    this.notices.begin();
  },
  end() {
    this.notices.end();
  },
};

language.apply();
render(
  html`<${Shell} page=${page} title="schoolTitle" sections=${SECTIONS} roles=${['school']} />`,
  /** @type {Element} */ (document.getElementById('page')),
);
void page.session.begin();
