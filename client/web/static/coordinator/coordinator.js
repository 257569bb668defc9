// SPDX-License-Identifier: Apache-2.0
//
// The coordinator's page: its sections and what they share.
import { render } from 'preact';
import { BellBook } from '../office/bell-book.js';
import { Directory } from '../office/directory.js';
import { ChainCheck } from '../office/audit-chain.js';
import { Notices, NoticesView } from '../office/notices.js';
import { Session } from '../office/session.js';
import { Shell } from '../office/shell.js';
import { Week } from '../office/week.js';
import { html } from '../shared/html.js';
import { language } from '../shared/language.js';
import { Accounts, AccountsView } from '../office/accounts.js';
import { AuditView } from '../office/audit-view.js';
import { LessonDrag } from './drag.js';
import { FilesView } from './files-view.js';
import { NowView, Today } from './now-view.js';
import { SchoolsView } from './schools-view.js';
import { TermView } from './term-view.js';
import { WeekView } from './week-view.js';

/** @type {import('../office/shell.js').Section[]} */
const SECTIONS = [
  { name: 'now', label: 'officeNow', view: NowView },
  { name: 'week', label: 'officeWeek', view: WeekView },
  { name: 'term', label: 'officeTerm', view: TermView },
  { name: 'schools', label: 'officeSchools', view: SchoolsView },
  { name: 'accounts', label: 'officeAccounts', view: AccountsView },
  { name: 'files', label: 'officeFiles', view: FilesView },
  { name: 'notices', label: 'officeNotices', view: NoticesView, count: (page) => page.notices.unread.length },
  { name: 'audit', label: 'officeAudit', view: AuditView },
];

const directory = new Directory();
const bells = new BellBook();
const page = {
  session: new Session(),
  directory,
  bells,
  notices: new Notices(),
  accounts: new Accounts(),
  chain: new ChainCheck(),
  week: new Week(directory),
  drag: new LessonDrag(bells),
  day: new Today(directory),
  begin() {
    void this.directory.load();
    void this.accounts.load();
    this.notices.begin();
  },
  end() {
    this.notices.end();
    this.day.end();
  },
};

language.apply();
render(
  html`<${Shell} page=${page} title="coordinatorTitle" sections=${SECTIONS} roles=${['coordinator']} />`,
  /** @type {Element} */ (document.getElementById('page')),
);
void page.session.begin();
