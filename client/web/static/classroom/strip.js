// SPDX-License-Identifier: Apache-2.0
//
// The strip below the pictures: yellow while this classroom has the floor, red while the line is cut, and otherwise
// one quiet sentence. At its left the light that shows whenever this room can be seen or heard, at its right the time
// to the bell.
import { useEffect, useReducer } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { clockText } from '../shared/parts.js';

/** @typedef {import('./classroom-lesson.js').ClassroomLesson} Lesson */
/** @typedef {import('../shared/language.js').WordKey} WordKey */

/** @type {Record<import('../media/capture.js').CaptureProblem, WordKey>} */
const PROBLEMS = {
  refused: 'roomRefused',
  insecure: 'roomInsecure',
  tooOld: 'roomTooOld',
  noDevices: 'roomNoDevices',
  noCamera: 'roomNoCamera',
  noMicrophone: 'roomNoMicrophone',
  inUse: 'roomInUse',
  lost: 'roomLost',
  shareRefused: 'roomNoDevices',
  shareUnsupported: 'roomNoDevices',
};

/** @param {{ lesson: Lesson }} props */
export function Strip({ lesson }) {
  if (lesson.isCut) return html`<${Outage} lesson=${lesson} />`;
  const { room } = lesson;
  return html`<section class=${`strip ${room.hasFloor ? 'has-floor' : ''}`} aria-live="polite">
    <${CaptureLight} room=${room} />
    ${room.hasFloor
      ? html`<p class="floor-word"><span aria-hidden="true">★</span> ${t('floorIsOurs')}</p><${FloorWarning} room=${room} />`
      : html`<p class="strip-sentence">${sentenceOf(lesson)}</p>`}
    <${TimeLeft} lesson=${lesson} />
  </section>`;
}

/** The one sentence that is worth saying, '' when all is well. @param {Lesson} lesson */
function sentenceOf({ room, events, judge }) {
  if (!room.isClassroom) return judge.condition === 'slow' ? t('voiceFirst') : '';
  if (room.isAsking) return t('roomAsking');
  if (room.isElsewhere) return t('roomElsewhere');
  if (room.wasRefused) return t('roomActRefused');
  if (room.isCalling) {
    const { phone } = events.facts ?? {};
    return phone ? t('calledWithPhone', { phone }) : t('called');
  }
  if (room.microphone.isLowered) return t('roomHowls');
  if (judge.condition === 'slow') return t('voiceFirst');
  return room.problem === null ? '' : t(PROBLEMS[room.problem]);
}

/** @param {{ room: import('./own-room.js').OwnRoom }} props */
function CaptureLight({ room }) {
  if (room.camera === null && room.microphone.track === null) return html`<p class="capture-light is-off"></p>`;
  const isHeard = room.hasFloor && room.row?.muted !== true && !room.isMuted && room.microphone.track !== null;
  const words = room.camera === null ? t('lightMicrophone') : t(isHeard ? 'lightBoth' : 'lightCamera');
  return html`<p class="capture-light"><span class="capture-dot" aria-hidden="true">●</span> ${words}</p>`;
}

/** Why nobody hears the room although it is its turn. @param {{ room: import('./own-room.js').OwnRoom }} props */
function FloorWarning({ room }) {
  /** @type {WordKey | null} */
  let word = null;
  if (room.row?.muted === true) word = 'mutedByTeacher';
  else if (room.isMuted) word = 'micMutedPress';
  else if (room.microphone.track === null) word = 'micMissing';
  return word && html`<p class="strip-warning"><span aria-hidden="true">✕</span> ${t(word)}</p>`;
}

/** @param {{ lesson: Lesson }} props */
function TimeLeft({ lesson }) {
  const { minutesLeft } = lesson;
  return html`<p class="time-left">${minutesLeft === null ? '' : t('minutesLeft', { n: minutesLeft })}</p>`;
}

/** @param {{ lesson: Lesson }} props */
function Outage({ lesson }) {
  const [, tick] = useReducer((/** @type {number} */ n) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => tick(undefined), 500);
    return () => clearInterval(timer);
  }, []);
  const time = clockText(performance.now() - lesson.judge.brokenSinceMs);
  return html`<section class="outage">
    <span role="alert"><span class="mark-shape" aria-hidden="true">✕</span> ${t('outage')}</span>
    <span class="outage-time">${t('outageReconnecting', { time })}</span>
  </section>`;
}
