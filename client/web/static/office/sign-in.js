// SPDX-License-Identifier: Apache-2.0
//
// The form for name and password, and the one that replaces a first password before anything else is shown.
import { useState } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { LanguageSwitch } from '../shared/parts.js';
import { Dialog } from './dialog.js';
import { ProblemText } from './problem-text.js';

/** The server asks for at least this many characters. */
const SHORTEST_PASSWORD = 10;

/**
 * @param {{ session: import('./session.js').Session, title: string, hint?: any }} props
 */
export function AccountSignIn({ session, title, hint }) {
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [isAsking, setIsAsking] = useState(false);
  const onSubmit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setIsAsking(true);
    setProblem(null);
    try {
      await session.signIn(login.trim(), password);
    } catch (error) {
      setProblem(error);
      setIsAsking(false);
    }
  };
  return html`<main class="sign-in">
    <form class="card" onSubmit=${onSubmit}>
      <h1>${title}</h1>
      <${ProblemText} problem=${problem} />
      <label for="account-login">${t('accountLogin')}</label>
      <input
        id="account-login"
        required
        autofocus
        autocomplete="username"
        value=${login}
        onInput=${(/** @type {any} */ event) => setLogin(event.target.value)}
      />
      <label for="account-password">${t('accountPassword')}</label>
      <input
        id="account-password"
        type="password"
        required
        autocomplete="current-password"
        value=${password}
        onInput=${(/** @type {any} */ event) => setPassword(event.target.value)}
      />
      <button class="primary" type="submit" disabled=${isAsking}>${t('accountSignIn')}</button>
      ${hint}
    </form>
    <${LanguageSwitch} />
  </main>`;
}

/** @param {{ draft: any, onDraft: (draft: any) => void }} props */
function PasswordFields({ draft, onDraft }) {
  const row = (/** @type {string} */ name, /** @type {any} */ label, /** @type {string} */ autocomplete) =>
    html`<div class="field">
      <label for="password-${name}">${t(label)}</label>
      <input
        id="password-${name}"
        type="password"
        required
        minlength=${name === 'old' ? 1 : SHORTEST_PASSWORD}
        autocomplete=${autocomplete}
        value=${draft[name]}
        onInput=${(/** @type {any} */ event) => onDraft({ ...draft, [name]: event.target.value })}
      />
    </div>`;
  return html`${row('old', 'accountPasswordOld', 'current-password')} ${row('next', 'accountPasswordNew', 'new-password')}
    ${row('again', 'accountPasswordAgain', 'new-password')}`;
}

const EMPTY = { old: '', next: '', again: '' };

/** @param {{ session: import('./session.js').Session, draft: any }} props */
async function savePassword({ session, draft }) {
  if (draft.next !== draft.again) throw new Error(t('accountPasswordDiffers'));
  await session.changePassword(draft.old, draft.next);
}

/** @param {{ session: import('./session.js').Session, onClose: () => void }} props */
export function PasswordDialog({ session, onClose }) {
  const [draft, setDraft] = useState(EMPTY);
  return html`<${Dialog}
    title=${t('accountPasswordChange')}
    onClose=${onClose}
    onSave=${() => savePassword({ session, draft })}
  >
    <${PasswordFields} draft=${draft} onDraft=${setDraft} />
    <p class="hint">${t('accountPasswordHint')}</p>
  <//>`;
}

/** The whole page, since nothing else is allowed before. @param {{ session: import('./session.js').Session }} props */
export function PasswordPage({ session }) {
  const [draft, setDraft] = useState(EMPTY);
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const onSubmit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setProblem(null);
    await savePassword({ session, draft }).catch(setProblem);
  };
  return html`<main class="sign-in">
    <form class="card" onSubmit=${onSubmit}>
      <h1>${t('accountPasswordChange')}</h1>
      <p>${t('accountPasswordMust')}</p>
      <${ProblemText} problem=${problem} />
      <${PasswordFields} draft=${draft} onDraft=${setDraft} />
      <p class="hint">${t('accountPasswordHint')}</p>
      <button class="primary" type="submit">${t('officeSave')}</button>
    </form>
    <${LanguageSwitch} />
  </main>`;
}
