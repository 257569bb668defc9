// SPDX-License-Identifier: Apache-2.0
//
// A school's own page: what its office enters and reads, and what its assistants need. Both see their own school and
// nothing else, which the server sees to.
import { render } from 'preact';
import { Accounts, AccountList } from '../office/accounts.js';
import { DayLessons } from '../office/day-lessons.js';
import { Devices } from '../office/devices.js';
import { FeedButton } from '../office/feeds.js';
import { BellBook } from '../office/bell-book.js';
import { Directory } from '../office/directory.js';
import { Notices, NoticesView } from '../office/notices.js';
import { ReadWeek } from '../office/read-week.js';
import { BellRecords, BusyRecords, ClassRecords } from '../office/school-records.js';
import { Session } from '../office/session.js';
import { Shell } from '../office/shell.js';
import { Week } from '../office/week.js';
import { html } from '../shared/html.js';
import { language } from '../shared/language.js';
import { LessonsView, restOfWeek } from './lessons-view.js';
import { ScreenHelp } from './screen-help.js';

/** @param {any} page */
const schoolIdOf = (page) => page.session.person?.school_id ?? '';

/** @param {{ page: any }} props */
function OwnWeek({ page }) {
  const { person } = page.session;
  const school = page.directory.get(schoolIdOf(page));
  // The secret address of the calendar is the office's to give.
  const buttons = school && person?.role === 'school' && html`<${FeedButton} kind="school" owner=${school} />`;
  return html`<${ReadWeek} page=${page} isOneSchool buttons=${buttons} />`;
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

const OFFICE = ['school'];
const ASSISTANT = ['assistant'];

/** @type {import('../office/shell.js').Section[]} */
const SECTIONS = [
  { name: 'lessons', label: 'lessonsOwn', view: LessonsView, roles: ASSISTANT },
  { name: 'week', label: 'officeWeek', view: OwnWeek },
  { name: 'notices', label: 'officeNotices', view: NoticesView, count: (page) => page.notices.mine.length },
  { name: 'classes', label: 'officeClasses', view: OwnClasses, roles: OFFICE },
  { name: 'bells', label: 'officeBells', view: OwnBells, roles: OFFICE },
  { name: 'busy', label: 'officeBusy', view: OwnBusy, roles: OFFICE },
  { name: 'assistants', label: 'schoolAssistants', view: Assistants, roles: OFFICE },
  { name: 'devices', label: 'officeDevices', view: OwnDevices, roles: OFFICE },
  { name: 'screen', label: 'screenTitle', view: ScreenHelp, roles: ASSISTANT },
];

const directory = new Directory();
/** @type {any} */
const page = {
  session: new Session(),
  directory,
  bells: new BellBook(),
  notices: new Notices(),
  accounts: new Accounts(),
  week: new Week(directory),
  day: new DayLessons(directory, (date) => restOfWeek(schoolIdOf(page), date)),
  begin() {
    this.week.id = schoolIdOf(this);
    // Teachers' records are not an assistant's; lessons name who gives them.
    if (this.session.person?.role === 'assistant') void this.directory.load('schools', 'classrooms', 'classes', 'terms');
    else void this.directory.load();
    this.notices.begin();
  },
  end() {
    this.notices.end();
    this.day.end();
  },
};

language.apply();
render(
  html`<${Shell}
    page=${page}
    title="schoolTitle"
    titles=${{ assistant: 'assistantTitle' }}
    sections=${SECTIONS}
    roles=${[...OFFICE, ...ASSISTANT]}
  />`,
  /** @type {Element} */ (document.getElementById('page')),
);
void page.session.begin();
