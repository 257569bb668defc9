// SPDX-License-Identifier: Apache-2.0
//
// What the projector shows between lessons: the code of a computer that is not paired yet, or today's lessons with
// the next one large. Read from six metres, and nothing to operate.
import { useState } from 'preact/hooks';
import { lessonName, stateShape, stateWord } from '../office/lesson-words.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { LanguageSwitch, Opening, SignIn, StateMark } from '../shared/parts.js';
import { useSubject } from '../shared/subject.js';

/** What fits below the next lesson at the smaller screen. */
const SHOWN_LATER = 4;

/** Two groups are easier to say and to type; the hyphen is not part of it. @param {string} code */
const readable = (code) => `${code.slice(0, 4)}-${code.slice(4)}`;

/** @param {{ access: import('../shared/access.js').Access, device: import('./device.js').Device }} props */
export function ClassroomHome({ access, device }) {
  useSubject(device);
  const [isByCode, setIsByCode] = useState(access.wasRefused);
  if (device.state === 'paired') return html`<${Plan} device=${device} />`;
  if (device.state === 'none' || isByCode) return html`<${SignIn} access=${access} title="signInTitleClassroom" />`;
  if (device.state === 'starting') {
    return device.isReachable
      ? html`<main class="opening" role="status"><${StateMark} condition="waiting">${t('deviceStarting')}<//></main>`
      : html`<${Opening} isUnreachable />`;
  }
  return html`<main class="pairing-code">
    <p>${t('deviceCode')}</p>
    <p class="pairing-letters" role="status">${readable(device.userCode)}</p>
    <p class="waiting-hint">${t('deviceCodeHint')}</p>
    ${!device.isReachable && html`<p><${StateMark} condition="broken">${t('relayUnreachable')}<//></p>`}
    <footer>
      <button type="button" class="language-switch" onClick=${() => setIsByCode(true)}>${t('signInByCode')}</button>
      <${LanguageSwitch} />
    </footer>
  </main>`;
}

/** @param {{ device: import('./device.js').Device }} props */
function Plan({ device }) {
  const { lessons, me } = device;
  const coming = lessons.filter((lesson) => ['scheduled', 'open', 'live'].includes(lesson.state));
  const next = coming[0];
  return html`<main class="plan">
    <header>
      <h1>${me.school.name} ${me.classroom.name}</h1>
      ${!device.isReachable && html`<${StateMark} condition="broken" />`}
      <${LanguageSwitch} />
    </header>
    ${next
      ? html`<section class="plan-next" aria-label=${t('deviceNext')}>
          <p class="plan-next-clock">${next.start}</p>
          <p class="plan-next-what">${lessonName(next)}</p>
          <p>${next.teacher_name} · ${next.host_school_name}</p>
          <p class="hint">${t('deviceJoinsItself')}</p>
        </section>`
      : html`<section class="plan-next"><p class="plan-next-what">${t('devicePlanNone')}</p></section>`}
    <ul class="plan-list" aria-label=${t('devicePlan')}>
      ${lessons
        .filter((lesson) => lesson !== next)
        .slice(0, SHOWN_LATER)
        .map(
          (lesson) =>
            html`<li key=${lesson.id}>
              <span>${lesson.start}–${lesson.end}</span> <span class="plan-name">${lessonName(lesson)} ${lesson.teacher_name}</span>
              <span><span aria-hidden="true">${stateShape(lesson)}</span> ${stateWord(lesson)}</span>
            </li>`,
        )}
    </ul>
  </main>`;
}
