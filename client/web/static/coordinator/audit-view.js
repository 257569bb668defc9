// SPDX-License-Identifier: Apache-2.0
//
// The audit log, newest first, page by page: who did what, to what, when and from where.
import { useEffect, useState } from 'preact/hooks';
import { ask, withQuery } from '../office/api.js';
import { ROLE_WORDS } from '../office/accounts.js';
import { wallClock } from '../office/dates.js';
import { ProblemText } from '../office/problem-text.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { useSubject } from '../shared/subject.js';

const PAGE_ROWS = 50;

/** What the log calls things; what is not here is shown as it is. @type {Record<string, import('../shared/language.js').WordKey>} */
const VERB_WORDS = {
  'sign-in': 'auditVerbSignIn',
  'sign-out': 'auditVerbSignOut',
  'sign-in-alert': 'auditVerbSignInAlert',
  'account-added': 'auditVerbAccountAdded',
  'account-edited': 'auditVerbAccountEdited',
  'account-deleted': 'auditVerbAccountDeleted',
  'account-rights-changed': 'auditVerbAccountRights',
  'password-changed': 'auditVerbPasswordChanged',
  'password-reset': 'auditVerbPasswordReset',
  'pairing-confirmed': 'auditVerbPairingConfirmed',
  'device-paired': 'auditVerbDevicePaired',
  'device-revoked': 'auditVerbDeviceRevoked',
  'device-renamed': 'auditVerbDeviceRenamed',
  join: 'auditVerbJoin',
  create: 'auditVerbCreate',
  edit: 'auditVerbEdit',
  delete: 'auditVerbDelete',
  import: 'auditVerbImport',
  export: 'auditVerbExport',
  move: 'auditVerbMove',
  cancel: 'auditVerbCancel',
  staff: 'auditVerbStaff',
  add: 'auditVerbAdd',
  withdraw: 'auditVerbWithdraw',
  revoke: 'auditVerbRevoke',
  acknowledge: 'auditVerbAcknowledge',
};

/** @param {string} role */
function roleText(role) {
  if (role === 'classroom') return t('roleClassroom');
  return ROLE_WORDS[role] ? t(ROLE_WORDS[role]) : role;
}

/** @param {{ page: any }} props */
export function AuditView({ page }) {
  const { accounts, directory } = page;
  useSubject(accounts);
  const [rows, setRows] = useState(/** @type {any[]} */ ([]));
  const [next, setNext] = useState(/** @type {string | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const load = async (/** @type {string} */ cursor) => {
    try {
      const answer = await ask('GET', withQuery('/api/v1/audit', { limit: PAGE_ROWS, cursor }));
      setRows((before) => (cursor ? [...before, ...answer.items] : answer.items));
      setNext(answer.next);
    } catch (error) {
      setProblem(error);
    }
  };
  useEffect(() => {
    void accounts.load();
    void load('');
  }, []);
  const who = (/** @type {string} */ id) => accounts.items.find((/** @type {any} */ one) => one.id === id)?.name ?? id;
  const when = (/** @type {string} */ at) => {
    const { date, clock } = wallClock(Date.parse(at) / 1000, directory.zone);
    return `${date} ${clock}`;
  };
  return html`<section class="records" aria-labelledby="audit-title">
    <header class="records-header"><h2 id="audit-title">${t('officeAudit')}</h2></header>
    <${ProblemText} problem=${problem} />
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">№</th>
            <th scope="col">${t('auditWhen')}</th>
            <th scope="col">${t('auditWho')}</th>
            <th scope="col">${t('auditWhat')}</th>
            <th scope="col">${t('auditObject')}</th>
            <th scope="col">${t('auditFrom')}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) => html`<tr key=${row.seq}>
              <td class="number">${row.seq}</td>
              <td>${when(row.at)}</td>
              <td>${who(row.actor)} <span class="hint">${roleText(row.role)}</span></td>
              <td>${VERB_WORDS[row.verb] ? t(VERB_WORDS[row.verb]) : row.verb}</td>
              <td class="ids">${row.object}</td>
              <td>${row.address}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${next && html`<button type="button" onClick=${() => load(next)}>${t('auditMore')}</button>`}
  </section>`;
}
