// SPDX-License-Identifier: Apache-2.0
//
// Notices of changes: who has acknowledged (已知晓) and who has not. Asked for again every half minute, so that
// one that nobody has read rises before its bell.
import { useState } from 'preact/hooks';
import { html } from '../shared/html.js';
import { language, t } from '../shared/language.js';
import { Subject, useSubject } from '../shared/subject.js';
import { ask, withQuery } from './api.js';
import { wallClock } from './dates.js';
import { ProblemText } from './problem-text.js';

/** A notice rises 30 minutes before the bell: half a minute more or less does no harm. */
const EVERY_MS = 30000;
const SHOWN = 200;

export class Notices extends Subject {
  /** @type {any[]} */
  items = [];
  nUrgent = 0;
  /** @type {any} */
  problem = null;
  #timer = 0;

  begin() {
    this.end();
    void this.load();
    this.#timer = setInterval(() => void this.load(), EVERY_MS);
  }

  end() {
    clearInterval(this.#timer);
  }

  async load() {
    try {
      const answer = await ask('GET', withQuery('/api/v1/notices', { limit: SHOWN }));
      this.items = answer.items;
      this.nUrgent = answer.n_urgent;
      this.problem = null;
    } catch (problem) {
      this.problem = problem;
    }
    this.changed();
  }

  /** @param {any} notice */
  async acknowledge(notice) {
    await ask('POST', `/api/v1/notices/${encodeURIComponent(notice.id)}/acknowledge`, { json: {} });
    await this.load();
  }

  /** Those that somebody has not acknowledged. */
  get unread() {
    return this.items.filter((notice) => notice.recipients.some(isUnread));
  }

  /** Those that wait for the reader. */
  get mine() {
    return this.items.filter((notice) => notice.recipients.some((/** @type {any} */ one) => one.mine && isUnread(one)));
  }

  /** @param {string} lessonId @param {string} courseId */
  about(lessonId, courseId) {
    return this.items.filter(
      (notice) => notice.lesson_id === lessonId || (notice.lesson_id === null && notice.course_id === courseId),
    );
  }
}

/** Urgent ones are all shown; of the others these, so that the lessons below stay in sight. */
const FOREMOST = 3;

/** What stands above a day's lessons. @param {any[]} notices */
export function foremost(notices) {
  const urgent = notices.filter((one) => one.urgent);
  return [...urgent, ...notices.filter((one) => !one.urgent)].slice(0, Math.max(FOREMOST, urgent.length));
}

/** @param {any} recipient */
const isUnread = (recipient) => recipient.acknowledged_at === null;

/** 已知晓 15/18, with a shape so that it can be told apart without colour. @param {{ notice: any }} props */
export function AcknowledgedMark({ notice }) {
  const all = notice.recipients.length;
  const done = notice.recipients.filter((/** @type {any} */ one) => !isUnread(one)).length;
  const condition = done === all ? 'good' : notice.urgent ? 'broken' : 'waiting';
  const shape = { good: '●', broken: '✕', waiting: '○' }[condition];
  return html`<span class="mark mark-${condition}"
    ><span aria-hidden="true">${shape}</span> ${t('noticeAcknowledged', { n: done, all })}</span
  >`;
}

/** More names than this are behind a press. */
const SHOWN_NAMES = 4;

/** @param {any} notice @returns {string} in the page's language, whichever it was when the notice came */
export const noticeText = (notice) => (language.code === 'en' ? notice.text_en : notice.text_zh) ?? notice.text;

/** Classrooms of different schools have the same names. @param {any} directory @param {any} recipient @returns {string} */
function recipientName(directory, recipient) {
  const name = recipient.name ?? '—';
  const place = recipient.kind === 'classroom' ? directory.get(recipient.id) : null;
  return place ? `${directory.schoolNameOf(place)} ${name}` : name;
}

/** Who has not acknowledged. @param {{ names: string[] }} props */
function Missing({ names }) {
  if (names.length === 0) return null;
  const few = names.slice(0, SHOWN_NAMES).join(t('officeComma'));
  if (names.length <= SHOWN_NAMES) return html`<p class="hint">${t('noticeMissing', { names: few })}</p>`;
  return html`<details class="hint">
    <summary>${t('noticeMissingMany', { names: few, n: names.length })}</summary>
    ${names.slice(SHOWN_NAMES).join(t('officeComma'))}
  </details>`;
}

/**
 * @param {{ notice: any, directory: any, notices: Notices, isOwn?: boolean }} props
 *   `isOwn`: for somebody to whom it does not matter who else has read it
 */
export function NoticeRow({ notice, directory, notices, isOwn = false }) {
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const isMine = notice.recipients.some((/** @type {any} */ one) => one.mine && isUnread(one));
  const missing = notice.recipients.filter(isUnread).map((/** @type {any} */ one) => recipientName(directory, one));
  const at = wallClock(Date.parse(notice.created_at) / 1000, directory.zone);
  return html`<li class="notice-row ${notice.urgent ? 'is-urgent' : ''}">
    <div class="notice-what">
      <p>${notice.urgent && html`<strong>▲ ${t('noticeUrgent')}</strong> `}${noticeText(notice)}</p>
      <p class="hint">${at.date} ${at.clock}</p>
      ${!isOwn && html`<${Missing} names=${missing} />`}
      <${ProblemText} problem=${problem} />
    </div>
    ${!isOwn && html`<${AcknowledgedMark} notice=${notice} />`}
    ${isMine &&
    html`<button type="button" class="primary" onClick=${() => notices.acknowledge(notice).catch(setProblem)}>
      ${t('noticeAcknowledge')}
    </button>`}
  </li>`;
}

/** @param {{ page: any }} props */
export function NoticesView({ page }) {
  const { notices, directory } = page;
  useSubject(notices);
  const [isUnreadOnly, setIsUnreadOnly] = useState(false);
  const items = isUnreadOnly ? notices.unread : notices.items;
  return html`<section aria-labelledby="notices-title">
    <header class="records-header">
      <h2 id="notices-title">${t('officeNotices')} <span class="count">${items.length}</span></h2>
      <label class="check-label">
        <input
          type="checkbox"
          checked=${isUnreadOnly}
          onChange=${(/** @type {any} */ event) => setIsUnreadOnly(event.target.checked)}
        />
        ${t('noticeUnreadOnly')}
      </label>
    </header>
    <${ProblemText} problem=${notices.problem} />
    ${items.length === 0 && html`<p class="hint">${t('noticeNone')}</p>`}
    <ul class="notice-list">
      ${items.map(
        (/** @type {any} */ notice) =>
          html`<${NoticeRow} key=${notice.id} notice=${notice} directory=${directory} notices=${notices} />`,
      )}
    </ul>
  </section>`;
}
