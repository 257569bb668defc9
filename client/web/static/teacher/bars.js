// SPDX-License-Identifier: Apache-2.0
//
// The teacher's top bar (lesson, time left, recording light, who is there, how the line does) and bottom bar (what can
// be pressed).
import { useEffect, useReducer } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { clockText, LanguageSwitch, StateMark } from '../shared/parts.js';
import { NotCalled } from './class-panels.js';

/** @typedef {import('./teacher-lesson.js').TeacherLesson} Lesson */
/** @typedef {import('./keys.js').DialogName} DialogName */

/**
 * @param {{ lesson: Lesson, onBack: (() => void) | null, open: (dialog: DialogName) => void }} props `onBack`: to today's
 *   lessons, between lessons
 */
export function TeacherHeader({ lesson, onBack, open }) {
  const { facts } = lesson.watch;
  return html`<header class="teacher-header">
    ${onBack && !lesson.isLive && html`<button type="button" onClick=${onBack}>‹ ${t('todayBack')}</button>`}
    <h1>${facts?.title || t('appName')}</h1>
    <p class="teacher-muted" role="status">${lesson.isMuted ? `✕ ${t('mutedNow')}` : ''}</p>
    <${Clock} lesson=${lesson} />
    ${lesson.isLive && html`<p class="teacher-recording"><span aria-hidden="true">□</span> ${t('recordingNone')}</p>`}
    <${Online} lesson=${lesson} />
    <p role="status" class="teacher-condition"><${LineMark} lesson=${lesson} /></p>
    ${lesson.isLive &&
    html`<button type="button" aria-keyshortcuts="G" onClick=${() => open('devices')}>
      ${t('devices')} <kbd aria-hidden="true">G</kbd>
    </button>`}
    <button type="button" aria-keyshortcuts="?" aria-label=${t('keysTitle')} title=${t('keysTitle')} onClick=${() => open('keys')}>
      <kbd aria-hidden="true">?</kbd>
    </button>
    <${LanguageSwitch} />
  </header>`;
}

/** @param {{ lesson: Lesson }} props */
function Online({ lesson }) {
  const { rows } = lesson.control;
  const viewers = lesson.watch.facts?.viewers ?? 0;
  const n = rows.filter(({ present }) => present).length;
  return html`<p class="teacher-viewers" role="status" aria-label=${t(rows.length > 0 ? 'teacherOnlineLabel' : 'classroomsListeningLabel')}>
    ${rows.length > 0
      ? t('teacherOnline', { n, all: rows.length })
      : viewers === 1
        ? t('classroomListeningOne')
        : t('classroomsListening', { n: viewers })}
  </p>`;
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

/** Time left to the bell; of a lesson without one, for how long it has been on. @param {{ lesson: Lesson }} props */
function Clock({ lesson }) {
  const [, tick] = useReducer((/** @type {number} */ n) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => tick(undefined), 1000);
    return () => clearInterval(timer);
  }, []);
  if (!lesson.isLive) return null;
  const { facts, aheadMs } = lesson.watch;
  const endsAt = facts?.ends_at ?? null;
  const leftMs = endsAt === null ? null : endsAt * 1000 - (Date.now() + aheadMs);
  const word = leftMs === null ? 'lessonElapsed' : leftMs >= 0 ? 'teacherToBell' : 'teacherPastBell';
  return html`<p class="teacher-clock ${word === 'teacherPastBell' ? 'is-past' : ''}" role="timer">
    <span class="teacher-clock-word">${t(word)}</span>
    <time>${clockText(leftMs === null ? Date.now() - lesson.begunAtMs : Math.abs(leftMs))}</time>
  </p>`;
}

/** @param {{ lesson: Lesson, open: (dialog: DialogName) => void }} props in class */
export function ClassBar({ lesson, open }) {
  return html`<footer class="teacher-bar is-class">
    <div class="bar-row">
      ${lesson.control.isAdding
        ? html`<p class="not-called" role="status"><b>${t('floorDialogueHint')}</b></p>`
        : html`<${NotCalled} control=${lesson.control} />`}
      <${FloorButtons} control=${lesson.control} />
    </div>
    <div class="bar-row">
      <${MuteButton} lesson=${lesson} />
      <${ShareButton} lesson=${lesson} />
      <${MusicButton} music=${lesson.room.music} />
      <${CameraButtons} cameras=${lesson.room.cameras} />
      <${CallButton} lesson=${lesson} />
      <span class="spring"></span>
      <button type="button" class="big danger" aria-keyshortcuts="E" onClick=${() => open('end')}>
        ${t('endLesson')} <kbd aria-hidden="true">E</kbd>
      </button>
    </div>
  </footer>`;
}

/** @param {{ control: import('./class-control.js').ClassControl }} props */
function FloorButtons({ control }) {
  const isFree = control.floor.length === 0 && control.coming.length === 0;
  return html`<button
      type="button"
      class="big ${control.isAdding ? 'is-on' : ''}"
      aria-pressed=${control.isAdding ? 'true' : 'false'}
      aria-keyshortcuts="D"
      title=${t('floorDialogueHint')}
      onClick=${() => control.toggleAdding()}
    >
      ${t('floorDialogue')} <kbd aria-hidden="true">D</kbd>
    </button>
    <button
      type="button"
      class="big take-back ${isFree ? '' : 'is-offered'}"
      aria-keyshortcuts="Escape"
      disabled=${isFree}
      onClick=${() => control.takeBack()}
    >
      ${t(control.isTakingBack ? 'floorTakingBack' : 'floorTakeBack')} <kbd aria-hidden="true">Esc</kbd>
    </button>`;
}

/** @param {{ lesson: Lesson }} props before class */
export function TeacherBar({ lesson }) {
  const canBegin = lesson.tracks.audio !== null || lesson.tracks.video !== null || lesson.screen !== null;
  return html`<footer class="teacher-bar">
    <div class="bar-row">
      <${MuteButton} lesson=${lesson} />
      <${ShareButton} lesson=${lesson} />
      <${MusicButton} music=${lesson.room.music} />
      <span class="spring"></span>
      <button type="button" class="big primary" disabled=${!canBegin} onClick=${() => lesson.start()}>
        ${t('beginLesson')}
      </button>
    </div>
  </footer>`;
}

/** @param {{ lesson: Lesson }} props */
function MuteButton({ lesson }) {
  return html`<button
    type="button"
    class="big ${lesson.isMuted ? 'is-on' : ''}"
    aria-pressed=${lesson.isMuted ? 'true' : 'false'}
    aria-keyshortcuts="M"
    disabled=${lesson.tracks.audio === null}
    onClick=${() => lesson.toggleMute()}
  >
    ${lesson.isMuted ? t('unmute') : t('mute')} <kbd aria-hidden="true">M</kbd>
  </button>`;
}

/** @param {{ lesson: Lesson }} props */
function ShareButton({ lesson }) {
  const { screen } = lesson;
  return html`<button
      type="button"
      class="big ${screen ? 'is-on' : ''}"
      aria-keyshortcuts="S"
      onClick=${() => (screen ? lesson.stopSharing() : lesson.share())}
    >
      ${t(screen ? 'stopSharing' : 'shareSlides')} <kbd aria-hidden="true">S</kbd>
    </button>
    ${screen &&
    html`<button type="button" class="big" aria-keyshortcuts="W" onClick=${() => lesson.share()}>
      ${t('shareOther')} <kbd aria-hidden="true">W</kbd>
    </button>`}`;
}

/** @param {{ music: import('./music-mode.js').MusicMode }} props */
function MusicButton({ music }) {
  return html`<button
    type="button"
    class="big ${music.isOn ? 'is-on' : ''}"
    aria-pressed=${music.isOn ? 'true' : 'false'}
    aria-keyshortcuts="Y"
    title=${t('musicHint')}
    onClick=${() => music.toggle()}
  >
    ${t('musicMode')} <kbd aria-hidden="true">Y</kbd>
  </button>`;
}

/** One for each camera, where there are several. @param {{ cameras: import('./cameras.js').Cameras }} props */
function CameraButtons({ cameras }) {
  if (cameras.list.length < 2) return null;
  return html`<div class="camera-buttons" role="group" aria-label=${t('cameras')}>
    <span>${t('cameras')}</span>
    ${cameras.list.map(
      ({ number, name }) => html`<button
        key=${number}
        type="button"
        class="big ${number === cameras.number ? 'is-on' : ''}"
        aria-pressed=${number === cameras.number ? 'true' : 'false'}
        aria-keyshortcuts=${String(number)}
        aria-label=${t('cameraUse', { n: number, name })}
        title=${name}
        onClick=${() => cameras.use(number)}
      >
        ${number}
      </button>`,
    )}
  </div>`;
}

/** @param {{ lesson: Lesson }} props */
function CallButton({ lesson }) {
  const { isCalling } = lesson.control;
  return html`<button
    type="button"
    class="big ${isCalling ? 'is-on' : ''}"
    aria-pressed=${isCalling ? 'true' : 'false'}
    aria-keyshortcuts="C"
    onClick=${() => lesson.control.toggleCall()}
  >
    ${t(isCalling ? 'callOpen' : 'callCoordinator')} <kbd aria-hidden="true">C</kbd>
  </button>`;
}
