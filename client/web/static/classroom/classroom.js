// SPDX-License-Identifier: Apache-2.0
//
// The classroom's page, seen from six metres: slides large, teacher small, one bar below that says how things
// stand. It is projected before children, so nothing private and nothing to operate is on it.
import { render } from 'preact';
import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { Access } from '../shared/access.js';
import { html } from '../shared/html.js';
import { language, t, useLanguage } from '../shared/language.js';
import { clockText, LanguageSwitch, Opening, StateMark } from '../shared/parts.js';
import { useSubject } from '../shared/subject.js';
import { ClassroomLesson, SHOWN_SLOTS } from './classroom-lesson.js';
import { Device } from './device.js';
import { swallowPresenterKeys } from './keys.js';
import { Picture } from './picture.js';
import { ClassroomHome } from './plan.js';
import { keepScreenOn } from './wake-lock.js';

/** @typedef {ClassroomLesson} Lesson */

/** @param {{ lesson: Lesson }} props */
function Learning({ lesson }) {
  useSubject(lesson);
  const { layout } = lesson;
  return html`<div class="classroom" data-layout=${layout} data-condition=${lesson.judge.condition}>
    <main class="stage">
      ${SHOWN_SLOTS.map(
        (slot) =>
          html`<${Picture}
            key=${slot}
            slot=${slot}
            track=${lesson.tracks.get(slot)}
            label=${slot === 'camera' ? t('teacherPicture') : t('slides')}
          />`,
      )}
      ${layout === 'waiting' && lesson.judge.condition !== 'broken' && html`<${Waiting} />`}
      ${lesson.judge.condition === 'broken' && html`<${Outage} lesson=${lesson} />`}
    </main>
    <footer class="classroom-bar">
      <p role="status" class="classroom-state"><${ClassroomMark} lesson=${lesson} /></p>
      <p class="classroom-title">${lesson.watch.facts?.title ?? ''}</p>
      <${LanguageSwitch} />
    </footer>
    ${lesson.sound.isRefused && lesson.judge.condition !== 'broken' && html`<${SoundButton} lesson=${lesson} />`}
  </div>`;
}

function Waiting() {
  return html`<div class="waiting">
    <p class="waiting-word">${t('teacherComing')}</p>
    <p class="waiting-hint">${t('teacherComingHint')}</p>
  </div>`;
}

/** @param {{ lesson: Lesson }} props */
function Outage({ lesson }) {
  const [, tick] = useReducer((/** @type {number} */ n) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => tick(undefined), 500);
    return () => clearInterval(timer);
  }, []);
  const time = clockText(performance.now() - lesson.judge.brokenSinceMs);
  return html`<div class="outage">
    <span role="alert"><span class="mark-shape" aria-hidden="true">✕</span> ${t('outage')}</span>
    <span class="outage-time">${t('outageReconnecting', { time })}</span>
  </div>`;
}

/** @param {{ lesson: Lesson }} props */
function ClassroomMark({ lesson }) {
  const { condition } = lesson.judge;
  if (lesson.refusal !== 0) {
    return html`<${StateMark} condition="broken">${t('classroomRefused', { n: lesson.refusal })}<//>`;
  }
  if (condition !== 'waiting') return html`<${StateMark} condition=${condition} />`;
  if (lesson.watch.facts === null) return html`<${StateMark} condition="waiting">${t('connecting')}<//>`;
  // Where nothing else is on the page, the large words already say that the teacher is coming.
  if (lesson.layout === 'waiting') return html`<${StateMark} condition="waiting" />`;
  return html`<${StateMark} condition="waiting">${t('teacherComing')}<//>`;
}

/** @param {{ lesson: Lesson }} props */
function SoundButton({ lesson }) {
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  useEffect(() => button.current?.focus(), []);
  return html`<div class="sound">
    <button type="button" ref=${button} class="sound-button" onClick=${() => lesson.sound.allow()}>
      <span class="sound-word">${t('tapForSound')}</span>
      <span class="sound-hint">${t('tapForSoundHint')}</span>
    </button>
  </div>`;
}

/** @param {{ access: Access, device: Device }} props */
function ClassroomPage({ access, device }) {
  useLanguage();
  useSubject(access);
  const [lesson, setLesson] = useState(/** @type {Lesson | null} */ (null));
  const isOpen = access.state === 'open';
  useEffect(() => {
    if (!isOpen || !window.RTCPeerConnection) return undefined;
    const joined = new ClassroomLesson(access);
    const leave = () => joined.leave();
    addEventListener('pagehide', leave);
    setLesson(joined);
    joined.begin();
    return () => {
      removeEventListener('pagehide', leave);
      leave();
      setLesson(null);
    };
  }, [isOpen && access.lesson]);

  if (!window.RTCPeerConnection) return html`<main class="opening" role="alert">${t('problemTooOldClassroom')}</main>`;
  if (access.state === 'form') return html`<${ClassroomHome} access=${access} device=${device} />`;
  if (lesson === null) return html`<${Opening} isUnreachable=${access.isUnreachable} />`;
  return html`<${Learning} lesson=${lesson} />`;
}

// A page taken out of the browser's cache would show a lesson that it has left.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
swallowPresenterKeys();
keepScreenOn();
language.apply();
const access = new Access('viewer');
const device = new Device(access);
render(
  html`<${ClassroomPage} access=${access} device=${device} />`,
  /** @type {Element} */ (document.getElementById('page')),
);
// A lesson entered by pass code, or the demo's, needs no pairing.
void access.begin().then(() => {
  if (access.state === 'form' || access.isJoined) void device.run();
});
