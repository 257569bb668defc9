// SPDX-License-Identifier: Apache-2.0
//
// The supervisor's page: what runs now, the schools' timetables, and what became of the term's lessons. Nothing here
// can be changed.
import { render } from 'preact';
import { NowView } from '../coordinator/now-view.js';
import { DayLessons } from '../office/day-lessons.js';
import { Directory } from '../office/directory.js';
import { Notices } from '../office/notices.js';
import { ReadWeek } from '../office/read-week.js';
import { Report, ReportView } from '../office/report-view.js';
import { Session } from '../office/session.js';
import { Shell } from '../office/shell.js';
import { Week } from '../office/week.js';
import { html } from '../shared/html.js';
import { language } from '../shared/language.js';

/** @type {import('../office/shell.js').Section[]} */
const SECTIONS = [
  { name: 'now', label: 'readNow', view: NowView },
  { name: 'week', label: 'officeWeek', view: ReadWeek },
  { name: 'report', label: 'reportTitle', view: ReportView },
];

const directory = new Directory();
const page = {
  session: new Session(),
  directory,
  // Notices are not a supervisor's: they are never asked for, and there are none.
  notices: new Notices(),
  week: new Week(directory),
  day: new DayLessons(directory),
  report: new Report(directory),
  begin() {
    void this.directory.load();
  },
  end() {
    this.day.end();
  },
};

language.apply();
render(
  html`<${Shell} page=${page} title="supervisorTitle" sections=${SECTIONS} roles=${['supervisor']} />`,
  /** @type {Element} */ (document.getElementById('page')),
);
void page.session.begin();
