// SPDX-License-Identifier: Apache-2.0
//
// A lesson as the children see it from six metres: slides large, teacher small, the classroom that speaks with its
// name, below them a strip that says the one thing that matters now, and a bar with the line's light and the hand.
// Projected before children, so nothing private is on it.
import { useEffect, useRef } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { useSubject } from '../shared/subject.js';
import { ClassBar } from './class-bar.js';
import { SHOWN_SLOTS } from './layout.js';
import { Picture } from './picture.js';
import { Strip } from './strip.js';

/** @typedef {import('./classroom-lesson.js').ClassroomLesson} Lesson */

/** @type {Record<import('./layout.js').ShownSlot, import('../shared/language.js').WordKey>} */
const LABELS = { camera: 'teacherPicture', screen: 'slides', floor: 'floorPicture', floor2: 'floorPicture' };

/** @param {{ lesson: Lesson }} props */
export function LessonView({ lesson }) {
  useSubject(lesson);
  const { places } = lesson;
  const isWaiting = places.size === 0 && !lesson.isCut;
  return html`<div class="classroom" data-layout=${layoutName(places)} data-condition=${lesson.judge.condition}>
    <main class="stage">
      ${SHOWN_SLOTS.map((slot) => html`<${Slot} key=${slot} lesson=${lesson} slot=${slot} place=${places.get(slot)} />`)}
      ${isWaiting && html`<${Waiting} lesson=${lesson} />`}
    </main>
    <${Strip} lesson=${lesson} />
    <${ClassBar} lesson=${lesson} />
    ${lesson.sound.isRefused && !lesson.isCut && html`<${SoundButton} lesson=${lesson} />`}
  </div>`;
}

/** @param {Lesson['places']} places @returns {string} what is shown, whoever has the floor */
function layoutName(places) {
  if (places.has('screen')) return places.has('camera') ? 'slides-and-teacher' : 'slides';
  if (places.has('camera')) return 'teacher';
  return places.size > 0 ? 'floor' : 'waiting';
}

/** @param {{ lesson: Lesson, slot: import('./layout.js').ShownSlot, place: string | undefined }} props */
function Slot({ lesson, slot, place }) {
  const name = slot === 'floor' || slot === 'floor2' ? lesson.nameOn(slot) : '';
  // Whoever gets the floor is not to be seen as the one before.
  return html`<figure class="place" data-place=${place ?? 'none'}>
    <${Picture} key=${name} slot=${slot} track=${lesson.tracks.get(slot)} label=${`${t(LABELS[slot])} ${name}`} />
    ${slot === 'screen' && lesson.isStill && html`<img class="still" src=${lesson.stills.url} alt=${t('slides')} />`}
    ${name !== '' && html`<figcaption class="floor-name"><span aria-hidden="true">★</span> ${name}</figcaption>`}
  </figure>`;
}

/** @param {{ lesson: Lesson }} props */
function Waiting({ lesson }) {
  if (lesson.events.facts?.state === 'ended') {
    return html`<div class="waiting"><p class="waiting-word">${t('lessonOver')}</p></div>`;
  }
  return html`<div class="waiting">
    <p class="waiting-word">${t('teacherComing')}</p>
    ${lesson.room.isClassroom && html`<p class="waiting-hint">${lesson.events.facts?.title ?? ''}</p>`}
    <p class="waiting-hint">${t('teacherComingHint')}</p>
    <${MicrophoneChoice} microphone=${lesson.room.microphone} />
  </div>`;
}

/** Where there are several, before the lesson begins. @param {{ microphone: import('../media/microphone.js').Microphone }} props */
function MicrophoneChoice({ microphone }) {
  if (microphone.track === null || microphone.devices.length < 2) return null;
  const onChange = (/** @type {{ currentTarget: HTMLSelectElement }} */ { currentTarget }) => {
    void microphone.choose(currentTarget.value);
    currentTarget.blur(); // the space bar is the hand's
  };
  return html`<label class="microphone-choice">
    ${t('microphone')}
    <select value=${microphone.deviceId} onChange=${onChange}>
      ${microphone.devices.map((device) => html`<option key=${device.deviceId} value=${device.deviceId}>${device.label}</option>`)}
    </select>
  </label>`;
}

/** @param {{ lesson: Lesson }} props */
function SoundButton({ lesson }) {
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  useEffect(() => button.current?.focus(), []);
  const onPress = () => {
    void lesson.sound.allow();
    // Somebody is at the computer, which browsers ask for before a page may have the whole screen.
    document.documentElement.requestFullscreen?.().catch(() => {});
  };
  return html`<div class="sound">
    <button type="button" ref=${button} class="sound-button" onClick=${onPress}>
      <span class="sound-word">${t('tapForSound')}</span>
      <span class="sound-hint">${t('tapForSoundHint')}</span>
    </button>
  </div>`;
}
