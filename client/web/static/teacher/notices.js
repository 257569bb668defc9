// SPDX-License-Identifier: Apache-2.0
//
// What needs the teacher's attention, each as one sentence that says what to do, with the button that does it.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

/** @typedef {import('./teacher-lesson.js').TeacherLesson} Lesson */
/** @typedef {import('../shared/language.js').WordKey} WordKey */

/** @type {Record<import('../media/capture.js').CaptureProblem, WordKey>} */
const SENTENCES = {
  refused: 'problemRefused',
  noDevices: 'problemNoDevices',
  noCamera: 'problemNoCamera',
  noMicrophone: 'problemNoMicrophone',
  inUse: 'problemInUse',
  lost: 'problemLost',
  insecure: 'problemInsecure',
  tooOld: 'problemTooOld',
  shareRefused: 'problemShareRefused',
  shareUnsupported: 'problemShareUnsupported',
};
/** Nothing on this page can put these right, or another button already does. */
const WITHOUT_RETRY = ['insecure', 'tooOld', 'shareRefused', 'shareUnsupported'];

/** @param {{ lesson: Lesson }} props */
export function Notices({ lesson }) {
  return html`<div class="notices">
    ${lesson.isAsking && html`<p class="notice" role="status">${t('askingPermission')}</p>`}
    ${lesson.problem !== null && html`<${CaptureNotice} lesson=${lesson} problem=${lesson.problem} />`}
    ${lesson.refusal !== 0 && html`<p class="notice is-bad" role="alert">
      ${t('problemRelayRefused', { n: lesson.refusal })}
    </p>`}
    ${lesson.isElsewhere && html`<div class="notice is-bad" role="alert">
      <span>${t('problemElsewhere')}</span>
      <button type="button" onClick=${() => lesson.start()}>${t('continueHere')}</button>
    </div>`}
    ${lesson.isOtherTeaching && html`<p class="notice" role="status">
      <span><span class="mark-shape" aria-hidden="true">▲</span> ${t('problemOtherTeaching')}</span>
    </p>`}
    ${lesson.endsInS !== null && html`<${EndNotice} lesson=${lesson} leftS=${lesson.endsInS} />`}
    ${lesson.control.problem !== '' && html`<p class="notice is-bad" role="alert">
      <span><span class="mark-shape" aria-hidden="true">✕</span> ${lesson.control.problem}</span>
    </p>`}
    ${lesson.viewing?.sound.isRefused && html`<div class="notice" role="alert">
      <span>${t('hearClass')}</span>
      <button type="button" onClick=${() => lesson.viewing?.sound.allow()}>${t('hearClassAllow')}</button>
    </div>`}
    ${lesson.viewing?.isAway && html`<p class="notice" role="status">${t('classUnseen')}</p>`}
    ${lesson.wasSharing && html`<div class="notice" role="alert">
      <span>${t('shareLost')}</span>
      <button type="button" onClick=${() => lesson.share()}>${t('shareAgain')}</button>
    </div>`}
  </div>`;
}

/** @param {{ lesson: Lesson, problem: import('../media/capture.js').CaptureProblem }} props */
function CaptureNotice({ lesson, problem }) {
  return html`<div class="notice is-bad" role="alert">
    <span><span class="mark-shape" aria-hidden="true">✕</span> ${t(SENTENCES[problem])}</span>
    ${!WITHOUT_RETRY.includes(problem) &&
    html`<button type="button" onClick=${() => lesson.openDevices()}>${t('tryAgain')}</button>`}
  </div>`;
}

/** @param {{ lesson: Lesson, leftS: number }} props */
function EndNotice({ lesson, leftS }) {
  const words = t(leftS > 60 ? 'endsInTwoMinutes' : 'endsInOneMinute');
  return html`<div class="notice" role="alert">
    <span><span class="mark-shape" aria-hidden="true">▲</span> ${words}</span>
    ${lesson.watch.facts?.may_extend &&
    html`<button type="button" disabled=${lesson.isExtending} onClick=${() => lesson.extend()}>
      ${t('extendLesson')}
    </button>`}
  </div>`;
}
