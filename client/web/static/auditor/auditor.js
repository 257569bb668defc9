// SPDX-License-Identifier: Apache-2.0
//
// The auditor's page: the audit log and nothing else.
import { render } from 'preact';
import { Accounts } from '../office/accounts.js';
import { ChainCheck } from '../office/audit-chain.js';
import { AuditView } from '../office/audit-view.js';
import { Directory } from '../office/directory.js';
import { Notices } from '../office/notices.js';
import { Session } from '../office/session.js';
import { Shell } from '../office/shell.js';
import { html } from '../shared/html.js';
import { language } from '../shared/language.js';

/** @type {import('../office/shell.js').Section[]} */
const SECTIONS = [{ name: 'audit', label: 'officeAudit', view: AuditView }];

const page = {
  session: new Session(),
  directory: new Directory(),
  accounts: new Accounts(),
  chain: new ChainCheck(),
  notices: new Notices(),
  begin() {
    // Times are told in the schools' zone; schools are not an auditor's to see.
    void this.directory.load('terms');
  },
  end() {},
};

language.apply();
render(
  html`<${Shell} page=${page} title="auditorTitle" sections=${SECTIONS} roles=${['auditor']} />`,
  /** @type {Element} */ (document.getElementById('page')),
);
void page.session.begin();
