// SPDX-License-Identifier: Apache-2.0
//
// The frame of an office's page: the sections as links, so that the browser's back key and bookmarks work, who is
// signed in, and the language. Shown only to somebody who has signed in, in a role that has such a page.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t, useLanguage } from '../shared/language.js';
import { LanguageSwitch, Opening } from '../shared/parts.js';
import { useSubject } from '../shared/subject.js';
import { ProblemText } from './problem-text.js';
import { HOMES, roleNames } from './roles.js';
import { AccountSignIn, PasswordDialog, PasswordPage } from './sign-in.js';

/** @typedef {import('../shared/language.js').WordKey} WordKey */
/** @typedef {{ name: string, label: WordKey, view: any, count?: (page: any) => number, roles?: string[] }} Section */

/** @returns {string} what stands behind # in the address */
function useHash() {
  const [hash, setHash] = useState(location.hash.slice(1));
  useEffect(() => {
    const onChange = () => setHash(location.hash.slice(1));
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, []);
  return hash;
}

/**
 * @param {object} props
 * @param {any} props.page what the sections are given: session, directory, notices
 * @param {WordKey} props.title
 * @param {Section[]} props.sections those without roles are for everybody who may be here
 * @param {string[]} props.roles who may be here
 * @param {Record<string, WordKey>} [props.titles] of roles for whom the page has another name
 */
export function Shell({ page, title, sections, roles, titles = {} }) {
  useLanguage();
  const { session, directory } = page;
  useSubject(session);
  useSubject(directory);
  const { person, state } = session;
  const isHere = person !== null && !person.must_change && roles.includes(person.role);
  useEffect(() => {
    if (isHere) page.begin();
    return () => page.end();
  }, [isHere]);

  if (state === 'asking' || state === 'unreachable') return html`<${Opening} isUnreachable=${state === 'unreachable'} />`;
  if (state === 'none') return html`<main class="opening"><p role="alert">${t('officeNoAccounts')}</p></main>`;
  if (person === null) return html`<${AccountSignIn} session=${session} title=${t(title)} />`;
  if (person.must_change) return html`<${PasswordPage} session=${session} />`;
  if (!isHere) return html`<${OtherRole} session=${session} roles=${roles} />`;
  const own = sections.filter((one) => !one.roles || one.roles.includes(person.role));
  return html`<${Office} page=${page} title=${titles[person.role] ?? title} sections=${own} />`;
}

/**
 * Somebody whose account has another page. Who has just typed the password is brought there; who came by an address
 * or a bookmark is told.
 * @param {{ session: any, roles: string[] }} props `roles`: whose page it is
 */
export function OtherRole({ session, roles }) {
  const { name, role } = session.person;
  const home = HOMES[role];
  const { isFresh } = session;
  useEffect(() => {
    if (isFresh) location.replace(home);
  }, [isFresh]);
  if (isFresh) return html`<main class="opening"><p role="status">${t('otherRoleOnTheWay')}</p></main>`;
  return html`<main class="opening other-role">
    <p role="alert">${t('otherRoleWho', { name, role: roleNames([role]), who: roleNames(roles) })}</p>
    <a class="button-link primary" href=${home}>${t('officeOwnPage')}</a>
    <button type="button" onClick=${() => session.signOut()}>${t('accountSignOut')}</button>
    <${LanguageSwitch} />
  </main>`;
}

/** @param {{ page: any, title: WordKey, sections: Section[] }} props */
function Office({ page, title, sections }) {
  const { session, directory, notices } = page;
  useSubject(notices);
  const hash = useHash();
  const [isChanging, setIsChanging] = useState(false);
  const section = sections.find(({ name }) => name === hash.split('/')[0]) ?? sections[0];
  return html`<div class="office">
    <header class="office-header">
      <h1>${t(title)}</h1>
      <nav aria-label=${t('officeSections')}>
        ${sections.map(
          (one) => html`<a href="#${one.name}" aria-current=${one === section ? 'page' : undefined}>
            ${t(one.label)}${one.count && one.count(page) > 0 && html` <span class="badge">${one.count(page)}</span>`}
          </a>`,
        )}
      </nav>
      <div class="office-person">
        <span>${session.person.name}</span>
        <button type="button" onClick=${() => setIsChanging(true)}>${t('accountPassword')}</button>
        <button type="button" onClick=${() => session.signOut()}>${t('accountSignOut')}</button>
        <${LanguageSwitch} />
      </div>
    </header>
    <main class="office-main" data-section=${section.name}>
      <${ProblemText} problem=${directory.problem} />
      ${directory.isLoaded
        ? html`<${section.view} page=${page} />`
        : !directory.problem && html`<p class="hint" role="status">${t('officeLoading')}</p>`}
    </main>
    ${isChanging && html`<${PasswordDialog} session=${session} onClose=${() => setIsChanging(false)} />`}
  </div>`;
}
