// SPDX-License-Identifier: Apache-2.0
//
// Before class: does the camera show a picture, does the microphone hear the teacher, does the loudspeaker play, is a
// screen chosen. Each is a mark with a plain sentence, and the loudspeaker is tried with a sound when asked.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { StateMark } from '../shared/parts.js';

/** @typedef {import('./teacher-lesson.js').TeacherLesson} Lesson */

const LOOK_EVERY_MS = 200;
/** Of the bar: louder than a quiet room. */
const HEARD_LEVEL = 0.3;
/** A breath between two sentences. */
const HEARD_FOR_MS = 5000;
/** Two notes that even a small loudspeaker plays, a third apart, 0.4 s each, as loud as speech. */
const NOTES_HZ = [660, 523];
const NOTE_S = 0.4;
const NOTE_GAIN = 0.25;
const FADE_S = 0.03;

/** @param {{ lesson: Lesson }} props */
export function DeviceCheck({ lesson }) {
  const isHeard = useHeard(lesson);
  const { video, audio } = lesson.tracks;
  return html`<ul class="device-check" aria-label=${t('checkTitle')}>
    <li>${mark(video !== null, 'checkCamera', 'checkNoCamera')}</li>
    <li>
      ${audio !== null && !isHeard
        ? html`<${StateMark} condition="waiting">${t(lesson.isMuted ? 'checkMuted' : 'checkSilent')}<//>`
        : mark(audio !== null, 'checkHeard', 'checkNoMicrophone')}
    </li>
    <li>
      <button type="button" onClick=${() => void playNotes()}>${t('checkLoudspeaker')}</button>
      <span>${t('checkLoudspeakerHint')}</span>
    </li>
    <li>
      ${lesson.screen
        ? html`<${StateMark} condition="good">${t('checkScreen')}<//>`
        : html`<${StateMark} condition="waiting">${t('checkNoScreen')}<//>`}
    </li>
  </ul>`;
}

/** @param {boolean} isGood @param {import('../shared/language.js').WordKey} good @param {import('../shared/language.js').WordKey} bad */
function mark(isGood, good, bad) {
  return html`<${StateMark} condition=${isGood ? 'good' : 'broken'}>${t(isGood ? good : bad)}<//>`;
}

/** The microphone heard somebody a moment ago. @param {Lesson} lesson */
function useHeard(lesson) {
  const [isHeard, setIsHeard] = useState(false);
  useEffect(() => {
    let heardMs = -Infinity;
    const timer = setInterval(() => {
      if (lesson.room.microphone.level > HEARD_LEVEL) heardMs = performance.now();
      setIsHeard(performance.now() - heardMs < HEARD_FOR_MS);
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [lesson]);
  return isHeard;
}

async function playNotes() {
  const context = new AudioContext();
  const beginS = context.currentTime + FADE_S;
  NOTES_HZ.forEach((frequency, index) => {
    const fromS = beginS + index * NOTE_S;
    const note = new OscillatorNode(context, { frequency });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, fromS);
    gain.gain.linearRampToValueAtTime(NOTE_GAIN, fromS + FADE_S);
    gain.gain.setValueAtTime(NOTE_GAIN, fromS + NOTE_S - FADE_S);
    gain.gain.linearRampToValueAtTime(0, fromS + NOTE_S);
    note.connect(gain).connect(context.destination);
    note.start(fromS);
    note.stop(fromS + NOTE_S);
    if (index === NOTES_HZ.length - 1) note.onended = () => void context.close();
  });
}
