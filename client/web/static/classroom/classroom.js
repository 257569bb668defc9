// SPDX-License-Identifier: Apache-2.0
//
// The classroom's page: today's plan, the lesson while there is one, and the plan again. Opened at boot by a kiosk
// browser and never touched.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Access } from '../shared/access.js';
import { html } from '../shared/html.js';
import { language, t, useLanguage } from '../shared/language.js';
import { Opening } from '../shared/parts.js';
import { useSubject } from '../shared/subject.js';
import { ClassroomLesson } from './classroom-lesson.js';
import { Device } from './device.js';
import { ClassroomKeys } from './keys.js';
import { LessonView } from './lesson-view.js';
import { ClassroomHome } from './plan.js';
import { keepScreenOn } from './wake-lock.js';

const keys = new ClassroomKeys();

/** @param {ClassroomLesson} lesson @param {import('./keys.js').KeyMeaning} meaning */
function obey(lesson, meaning) {
  if (meaning === 'hand' && !lesson.isCut) lesson.room.toggleHand();
  else if (meaning === 'mute' && lesson.room.isClassroom) lesson.room.toggleMute();
  else if (meaning === 'back') lesson.page(-1);
  else if (meaning === 'forward') lesson.page(1);
}

/** @param {{ access: Access, device: Device }} props */
function ClassroomPage({ access, device }) {
  useLanguage();
  useSubject(access);
  const [lesson, setLesson] = useState(/** @type {ClassroomLesson | null} */ (null));
  const isOpen = access.state === 'open';
  useEffect(() => {
    if (!isOpen || !window.RTCPeerConnection) return undefined;
    const joined = new ClassroomLesson(access);
    const leave = () => joined.leave();
    addEventListener('pagehide', leave);
    setLesson(joined);
    keys.onKey = (meaning) => obey(joined, meaning);
    joined.begin();
    return () => {
      removeEventListener('pagehide', leave);
      keys.onKey = null;
      leave();
      setLesson(null);
    };
  }, [isOpen && access.lesson]);

  if (!window.RTCPeerConnection) return html`<main class="opening" role="alert">${t('problemTooOldClassroom')}</main>`;
  if (access.state === 'form') return html`<${ClassroomHome} access=${access} device=${device} />`;
  if (lesson === null) return html`<${Opening} isUnreachable=${access.isUnreachable} />`;
  return html`<${LessonView} lesson=${lesson} />`;
}

// A page taken out of the browser's cache would show a lesson that it has left.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
keys.listen();
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
