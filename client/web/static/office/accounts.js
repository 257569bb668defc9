// SPDX-License-Identifier: Apache-2.0
//
// Accounts: a new one, and one that is reset, gets a first password, which the server makes and tells once.
import { useEffect, useState } from 'preact/hooks';
import { ask, askAll } from './api.js';
import { AskDialog, Dialog } from './dialog.js';
import { draftOf, Fields } from './fields.js';
import { ProblemText } from './problem-text.js';
import { changesOf } from './records.js';
import { ROLE_WORDS } from './roles.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { Subject, useSubject } from '../shared/subject.js';

/** @typedef {import('../shared/language.js').WordKey} WordKey */

const OF_A_SCHOOL = ['school', 'teacher', 'assistant'];
const PATH = '/api/v1/accounts';

export class Accounts extends Subject {
  /** @type {any[]} */
  items = [];
  /** @type {any} */
  problem = null;

  async load() {
    try {
      this.items = await askAll(PATH);
      this.problem = null;
    } catch (problem) {
      this.problem = problem;
    }
    this.changed();
  }
}

/** @param {any} directory @param {string[]} roles @returns {import('./fields.js').Field[]} */
function fieldsOf(directory, roles) {
  return [
    { name: 'login', label: 'accountLogin', isRequired: true, isFixed: true },
    { name: 'name', label: 'accountName', isRequired: true },
    {
      name: 'role',
      label: 'accountRole',
      type: 'select',
      isRequired: true,
      initial: roles[0],
      options: () => roles.map((value) => ({ value, label: t(ROLE_WORDS[value]) })),
    },
    {
      name: 'school_id',
      label: 'schoolName',
      type: 'select',
      isRequired: true,
      isShown: (draft) => directory.lists.schools.length > 1 && OF_A_SCHOOL.includes(draft.role),
      options: () => directory.lists.schools.map((/** @type {any} */ one) => ({ value: one.id, label: one.name })),
    },
  ];
}

/** @param {{ page: any }} props */
export function AccountsView({ page }) {
  return html`<${AccountList} page=${page} roles=${Object.keys(ROLE_WORDS)} title="officeAccounts" />`;
}

/**
 * @param {{ page: any, roles: string[], title: WordKey, fixed?: Record<string, any> }} props `fixed`: of each new one
 */
export function AccountList({ page, roles, title, fixed }) {
  const { accounts, directory } = page;
  useSubject(accounts);
  useEffect(() => void accounts.load(), []);
  const [edited, setEdited] = useState(/** @type {any} */ (null));
  const [asked, setAsked] = useState(/** @type {any} */ (null));
  const [told, setTold] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const setDisabled = (/** @type {any} */ one, /** @type {boolean} */ disabled) =>
    ask('PATCH', `${PATH}/${encodeURIComponent(one.id)}`, { json: { disabled }, version: one.version }).then(
      () => accounts.load(),
      setProblem,
    );
  const reset = async () => {
    setTold(await ask('POST', `${PATH}/${encodeURIComponent(asked.id)}/reset`));
    await accounts.load();
  };
  return html`<section class="records" aria-labelledby="accounts-title">
    <header class="records-header">
      <h2 id="accounts-title">${t(title)} <span class="count">${accounts.items.length}</span></h2>
      <button type="button" onClick=${() => setEdited({})}>＋ ${t('officeAdd')}</button>
    </header>
    <${ProblemText} problem=${problem ?? accounts.problem} />
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">${t('accountLogin')}</th>
            <th scope="col">${t('accountName')}</th>
            <th scope="col">${t('accountRole')}</th>
            <th scope="col">${t('schoolName')}</th>
            <th scope="col">${t('accountState')}</th>
            <th scope="col"><span class="unseen">${t('officeActions')}</span></th>
          </tr>
        </thead>
        <tbody>
          ${accounts.items.map(
            (/** @type {any} */ one) => html`<tr key=${one.id}>
              <td>${one.login}</td>
              <td>${one.name}</td>
              <td>${t(ROLE_WORDS[one.role])}</td>
              <td>${one.school_id ? directory.nameOf(one.school_id) : ''}</td>
              <td>${one.disabled ? `✕ ${t('accountDisabled')}` : `● ${t('accountEnabled')}`}</td>
              <td class="row-actions">
                <button type="button" aria-label="${t('officeEdit')} ${one.login}" onClick=${() => setEdited(one)}>${t('officeEdit')}</button>
                <button type="button" aria-label="${t('accountReset')} ${one.login}" onClick=${() => setAsked(one)}>${t('accountReset')}</button>
                ${one.id !== page.session.person?.id &&
                html`<button type="button" onClick=${() => setDisabled(one, !one.disabled)}>
                  ${t(one.disabled ? 'accountEnable' : 'accountDisable')}
                </button>`}
              </td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${edited &&
    html`<${AccountDialog}
      page=${page}
      roles=${roles}
      fixed=${fixed}
      before=${edited.id ? edited : undefined}
      onTold=${setTold}
      onClose=${() => setEdited(null)}
    />`}
    ${asked &&
    html`<${AskDialog}
      title=${t('accountResetAsk', { name: asked.name })}
      text=${t('accountResetHint')}
      yes=${t('accountReset')}
      onYes=${reset}
      onClose=${() => setAsked(null)}
    />`}
    ${told && html`<${FirstPassword} account=${told} onClose=${() => setTold(null)} />`}
  </section>`;
}

/** @param {any} props */
function AccountDialog({ page, roles, fixed, before, onTold, onClose }) {
  const fields = fieldsOf(page.directory, roles);
  const [draft, setDraft] = useState(() => draftOf(fields, before ?? {}));
  const save = async () => {
    const json = changesOf(fields, draft, before);
    if (before) await ask('PATCH', `${PATH}/${encodeURIComponent(before.id)}`, { json, version: before.version });
    else onTold(await ask('POST', PATH, { json: { ...json, ...fixed } }));
    await page.accounts.load();
  };
  return html`<${Dialog} title=${t(before ? 'accountEdit' : 'accountNew')} onClose=${onClose} onSave=${save}>
    <${Fields} fields=${fields} draft=${draft} onDraft=${setDraft} prefix="account" isNew=${!before} />
  <//>`;
}

/** @param {{ account: any, onClose: () => void }} props */
function FirstPassword({ account, onClose }) {
  return html`<${Dialog} title=${t('accountFirstPassword', { name: account.name })} onClose=${onClose}>
    <p>${t('accountFirstPasswordHint')}</p>
    <p class="first-password"><span class="hint">${account.login}</span> <code>${account.password}</code></p>
  <//>`;
}
