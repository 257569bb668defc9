// SPDX-License-Identifier: Apache-2.0
//
// The pieces that several pages show: the state mark (shape, word and colour together), the language switch,
// and the form that asks for lesson and pass code.
import { useState } from 'preact/hooks';
import { html } from './html.js';
import { language, t, useLanguage } from './language.js';

/** @typedef {'good' | 'slow' | 'broken' | 'waiting'} Condition */

/** @type {Record<Condition, { shape: string, word: import('./language.js').WordKey }>} */
const MARKS = {
  good: { shape: '●', word: 'stateGood' },
  slow: { shape: '▲', word: 'stateSlow' },
  broken: { shape: '✕', word: 'stateBroken' },
  waiting: { shape: '○', word: 'stateWaiting' },
};

/** @param {{ condition: Condition, children?: any }} props `children`: words instead of the usual one */
export function StateMark({ condition, children }) {
  const { shape, word } = MARKS[condition];
  return html`<span class="mark mark-${condition}"
    ><span class="mark-shape" aria-hidden="true">${shape}</span> ${children ?? t(word)}</span
  >`;
}

/** @param {{ isShort?: boolean }} props */
export function LanguageSwitch({ isShort = false }) {
  useLanguage();
  return html`<button
    type="button"
    class="language-switch"
    aria-label=${t('languageLabel')}
    lang=${language.code === 'en' ? 'zh-CN' : 'en'}
    onClick=${() => language.choose(language.code === 'en' ? 'zh_CN' : 'en')}
  >
    ${t(isShort ? 'languageOtherShort' : 'languageOther')}
  </button>`;
}

/**
 * @param {{ access: import('./access.js').Access, title: import('./language.js').WordKey, other?: any }} props
 *   `other`: the way to another form
 */
export function SignIn({ access, title, other }) {
  const [lesson, setLesson] = useState(access.lesson);
  const [token, setToken] = useState('');
  const onSubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    access.enter(lesson, token);
  };
  return html`<main class="sign-in">
    <form class="card" onSubmit=${onSubmit} autocomplete="off">
      <h1>${t(title)}</h1>
      ${access.wasRefused && html`<p class="problem" role="alert">${t('signInRefused')}</p>`}
      <label for="sign-in-lesson">${t('signInLesson')}</label>
      <input
        id="sign-in-lesson"
        required
        autofocus
        value=${lesson}
        onInput=${(/** @type {any} */ event) => setLesson(event.target.value)}
      />
      <label for="sign-in-token">${t('signInToken')}</label>
      <input
        id="sign-in-token"
        type="password"
        required
        value=${token}
        onInput=${(/** @type {any} */ event) => setToken(event.target.value)}
      />
      <p class="hint">${t('signInHint')}</p>
      <button class="primary" type="submit">${t('signInGo')}</button>
      ${other}
    </form>
    <${LanguageSwitch} />
  </main>`;
}

/** Before it is known whether there is a lesson to open. @param {{ isUnreachable: boolean }} props */
export function Opening({ isUnreachable }) {
  return html`<main class="opening" role="status">
    ${isUnreachable
      ? html`<${StateMark} condition="broken">${t('relayUnreachable')}<//>`
      : html`<${StateMark} condition="waiting">${t('relayStarting')}<//>`}
  </main>`;
}

/** @param {number} ms @returns {string} m:ss, or h:mm:ss */
export function clockText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const tail = `${hours > 0 ? two(minutes) : minutes}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}
