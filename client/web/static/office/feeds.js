// SPDX-License-Identifier: Apache-2.0
//
// A secret address that ordinary calendar programs subscribe to. It is shown once, when it is made; each can be
// revoked.
import { useEffect, useState } from 'preact/hooks';
import { ask, withQuery } from './api.js';
import { Dialog } from './dialog.js';
import { ProblemText } from './problem-text.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

/** @param {{ kind: 'teacher' | 'school' | 'classroom', owner: any }} props */
export function FeedButton({ kind, owner }) {
  const [isOpen, setIsOpen] = useState(false);
  return html`<button type="button" aria-label="${t('feedCalendar')} ${owner.name}" onClick=${() => setIsOpen(true)}>
      ${t('feedCalendar')}
    </button>
    ${isOpen && html`<${FeedDialog} kind=${kind} owner=${owner} onClose=${() => setIsOpen(false)} />`}`;
}

/** @param {{ kind: string, owner: any, onClose: () => void }} props */
function FeedDialog({ kind, owner, onClose }) {
  const [feeds, setFeeds] = useState(/** @type {any[]} */ ([]));
  const [made, setMade] = useState('');
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const load = () =>
    ask('GET', withQuery('/api/v1/feeds', { owner_kind: kind, owner_id: owner.id })).then(
      (answer) => setFeeds(answer.items.filter((/** @type {any} */ one) => !one.revoked_at)),
      setProblem,
    );
  useEffect(() => void load(), []);
  const make = async () => {
    try {
      const feed = await ask('POST', '/api/v1/feeds', { json: { owner_kind: kind, owner_id: owner.id } });
      setMade(new URL(feed.url, location.href).href);
      await load();
    } catch (error) {
      setProblem(error);
    }
  };
  const revoke = (/** @type {any} */ feed) =>
    ask('DELETE', `/api/v1/feeds/${encodeURIComponent(feed.id)}`).then(load, setProblem);
  return html`<${Dialog} title="${t('feedCalendar')} · ${owner.name}" onClose=${onClose}>
    <p>${t('feedHint')}</p>
    <${ProblemText} problem=${problem} />
    ${made && html`<p class="field"><label for="feed-url">${t('feedOnce')}</label><input id="feed-url" readonly value=${made} /></p>`}
    <ul class="plain">
      ${feeds.map(
        (feed) => html`<li key=${feed.id}>
          ${t('feedMade', { at: feed.created_at.slice(0, 10) })}
          <button type="button" onClick=${() => revoke(feed)}>${t('feedRevoke')}</button>
        </li>`,
      )}
    </ul>
    <button type="button" onClick=${make}>＋ ${t('feedNew')}</button>
  <//>`;
}
