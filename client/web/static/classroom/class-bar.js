// SPDX-License-Identifier: Apache-2.0
//
// The bar at the foot of a lesson: the line's light with a sentence, and what a child or the assistant may press: the
// hand, the microphone, the call for the coordinator; while the line is cut, the slides' pages and a telephone number.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { LanguageSwitch, StateMark } from '../shared/parts.js';

/** @typedef {import('./classroom-lesson.js').ClassroomLesson} Lesson */

/** @param {{ lesson: Lesson }} props */
export function ClassBar({ lesson }) {
  return html`<footer class="classroom-bar">
    <p role="status" class=${`classroom-state ${lesson.refusal === 0 ? '' : 'is-long'}`}><${ClassroomMark} lesson=${lesson} /></p>
    ${lesson.isCut ? html`<${CutButtons} lesson=${lesson} />` : html`<${RoomButtons} lesson=${lesson} />`}
    <${LanguageSwitch} isShort />
  </footer>`;
}

/** @param {{ lesson: Lesson }} props */
function ClassroomMark({ lesson }) {
  const { condition } = lesson.judge;
  if (lesson.refusal !== 0) {
    return html`<${StateMark} condition="broken">${t('classroomRefused', { n: lesson.refusal })}<//>`;
  }
  if (condition !== 'waiting') return html`<${StateMark} condition=${condition} />`;
  if (lesson.events.facts === null) return html`<${StateMark} condition="waiting">${t('connecting')}<//>`;
  // Where nothing else is on the page, the large words already say that the teacher is coming.
  if (lesson.places.size === 0) return html`<${StateMark} condition="good">${t('connected')}<//>`;
  return html`<${StateMark} condition="waiting">${t('teacherAway')}<//>`;
}

/** @param {{ lesson: Lesson }} props */
function RoomButtons({ lesson }) {
  const { room } = lesson;
  if (!room.isClassroom) return html`<p class="classroom-title">${lesson.events.facts?.title ?? ''}</p>`;
  return html`<div class="room-buttons">
    <button type="button" class=${`room-button ${room.isCalling ? 'is-on' : ''}`} aria-pressed=${room.isCalling}
      onClick=${() => room.toggleCall()}>
      ${t(room.isCalling ? 'callEnd' : 'call')}
    </button>
    <button type="button" class=${`room-button ${room.isMuted ? 'is-muted' : ''}`} aria-pressed=${room.isMuted}
      onClick=${() => room.toggleMute()}>
      ${room.isMuted && html`<span aria-hidden="true">✕ </span>`}${t(room.isMuted ? 'micMuted' : 'micMute')} <kbd>M</kbd>
    </button>
    <${Hand} room=${room} />
  </div>`;
}

/** @param {{ room: import('./own-room.js').OwnRoom }} props */
function Hand({ room }) {
  const position = room.row?.hand ?? 0;
  let words = t('handRaise');
  if (room.isHandUp) words = position > 0 ? t('handUp', { n: position }) : t('handGoingUp');
  return html`<button type="button" class=${`hand-button ${room.isHandUp ? 'is-up' : ''}`} aria-pressed=${room.isHandUp}
    onClick=${() => room.toggleHand()}>
    ${words} <kbd>${t('keySpace')}</kbd>
  </button>`;
}

/** @param {{ lesson: Lesson }} props */
function CutButtons({ lesson }) {
  const { stills } = lesson;
  const phone = lesson.events.facts?.phone;
  return html`<p class="cut-phone">${phone ? t('cutPhone', { phone }) : ''}</p>
    ${stills.hasPages &&
    html`<div class="room-buttons">
      <button type="button" class="room-button" onClick=${() => lesson.page(-1)}>${t('pageBack')}</button>
      <button type="button" class="room-button" onClick=${() => lesson.page(1)}>${t('pageForward')}</button>
    </div>`}`;
}
