// SPDX-License-Identifier: Apache-2.0
//
// The teacher's top bar (lesson, clock, who listens, how the line does) and bottom bar (what can be pressed).
import { useEffect, useReducer } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { clockText, LanguageSwitch, StateMark } from '../shared/parts.js';

/** @typedef {import('./teacher-lesson.js').TeacherLesson} Lesson */

/** @param {{ lesson: Lesson, onBack: (() => void) | null }} props `onBack`: to today's lessons, between lessons */
export function TeacherHeader({ lesson, onBack }) {
  const { facts } = lesson.watch;
  const viewers = facts?.viewers ?? 0;
  return html`<header class="teacher-header">
    ${onBack && !lesson.isLive && html`<button type="button" onClick=${onBack}>‹ ${t('todayBack')}</button>`}
    <h1>${facts?.title || t('appName')}</h1>
    <${Clock} lesson=${lesson} />
    <p class="teacher-viewers" role="status" aria-label=${t('classroomsListeningLabel')}>
      ${viewers === 1 ? t('classroomListeningOne') : t('classroomsListening', { n: viewers })}
    </p>
    <p role="status" class="teacher-condition"><${LineMark} lesson=${lesson} /></p>
    <${LanguageSwitch} />
  </header>`;
}

/** @param {{ lesson: Lesson }} props */
function LineMark({ lesson }) {
  if (!lesson.isLive) {
    return lesson.watch.isReachable
      ? html`<${StateMark} condition="waiting">${t('lessonNotBegun')}<//>`
      : html`<${StateMark} condition="broken">${t('relayUnreachable')}<//>`;
  }
  const { condition } = lesson;
  if (condition === 'broken') return html`<${StateMark} condition="broken">${t('lineReconnecting')}<//>`;
  if (condition === 'waiting') return html`<${StateMark} condition="waiting">${t('lineConnecting')}<//>`;
  return html`<${StateMark} condition=${condition} />`;
}

/** @param {{ lesson: Lesson }} props */
function Clock({ lesson }) {
  const [, tick] = useReducer((/** @type {number} */ n) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => tick(undefined), 1000);
    return () => clearInterval(timer);
  }, []);
  if (!lesson.isLive) return null;
  const elapsedMs = Date.now() - lesson.begunAtMs;
  return html`<p class="teacher-clock" role="timer">
    <span class="teacher-clock-word">${t('lessonElapsed')}</span> <time>${clockText(elapsedMs)}</time>
  </p>`;
}

/** @param {{ lesson: Lesson, onEnd: () => void }} props */
export function TeacherBar({ lesson, onEnd }) {
  const canBegin = lesson.tracks.audio !== null || lesson.tracks.video !== null || lesson.screen !== null;
  return html`<footer class="teacher-bar">
    <button
      type="button"
      class="big ${lesson.isMuted ? 'is-on' : ''}"
      aria-pressed=${lesson.isMuted ? 'true' : 'false'}
      aria-keyshortcuts="M"
      disabled=${lesson.tracks.audio === null}
      onClick=${() => lesson.toggleMute()}
    >
      ${lesson.isMuted ? t('unmute') : t('mute')} <kbd aria-hidden="true">M</kbd>
    </button>
    ${lesson.screen
      ? html`<button type="button" class="big is-on" onClick=${() => lesson.stopSharing()}>${t('stopSharing')}</button>`
      : html`<button type="button" class="big" onClick=${() => lesson.share()}>${t('shareSlides')}</button>`}
    <p class="teacher-muted" role="status">${lesson.isMuted ? `✕ ${t('mutedNow')}` : ''}</p>
    ${lesson.isLive
      ? html`<button type="button" class="big danger" onClick=${onEnd}>${t('endLesson')}</button>`
      : html`<button type="button" class="big primary" disabled=${!canBegin} onClick=${() => lesson.start()}>
          ${t('beginLesson')}
        </button>`}
  </footer>`;
}
