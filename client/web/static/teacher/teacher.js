// SPDX-License-Identifier: Apache-2.0
//
// The teacher's page: the same calm layout before and during the lesson. On top the clock and who listens, in
// the middle the own picture beside slides, devices and line, at the bottom the few things to press. What the
// buttons do is in teacher-lesson.js.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Access } from '../shared/access.js';
import { html } from '../shared/html.js';
import { language, t, useLanguage } from '../shared/language.js';
import { Opening } from '../shared/parts.js';
import { Session } from '../office/session.js';
import { useSubject } from '../shared/subject.js';
import { EndDialog } from './end-dialog.js';
import { DevicePanel, LinePanel } from './panels.js';
import { Notices } from './notices.js';
import { OwnPicture, SlidesPicture } from './pictures.js';
import { TeacherBar, TeacherHeader } from './bars.js';
import { TeacherLesson } from './teacher-lesson.js';
import { joinerOf, TeacherHome } from './today.js';

/** @typedef {import('./teacher-lesson.js').TeacherLesson} Lesson */

/** @param {{ lesson: Lesson, onBack: (() => void) | null }} props `onBack`: to today's lessons */
function Teaching({ lesson, onBack }) {
  useSubject(lesson);
  const [isEnding, setIsEnding] = useState(false);
  useMuteKey(lesson);

  const onEnd = () => {
    setIsEnding(false);
    lesson.end();
  };
  return html`<div class="teacher">
    <${TeacherHeader} lesson=${lesson} onBack=${onBack} />
    <${Notices} lesson=${lesson} />
    <main class="teacher-main">
      <${OwnPicture} lesson=${lesson} />
      <div class="teacher-side">
        <${SlidesPicture} lesson=${lesson} />
        <${DevicePanel} lesson=${lesson} />
        <${LinePanel} lesson=${lesson} />
      </div>
    </main>
    <${TeacherBar} lesson=${lesson} onEnd=${() => setIsEnding(true)} />
    ${isEnding && html`<${EndDialog} onYes=${onEnd} onNo=${() => setIsEnding(false)} />`}
  </div>`;
}

/** M mutes, unless somebody is typing or choosing. @param {Lesson} lesson */
function useMuteKey(lesson) {
  useEffect(() => {
    const onKey = (/** @type {KeyboardEvent} */ event) => {
      const isChoosing = event.target instanceof Element && event.target.closest('input, select, dialog');
      if (isChoosing || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key === 'm' || event.key === 'M') lesson.toggleMute();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [lesson]);
}

/** @param {{ access: Access, session: Session }} props */
function TeacherPage({ access, session }) {
  useLanguage();
  useSubject(access);
  const [lesson, setLesson] = useState(/** @type {Lesson | null} */ (null));
  const isOpen = access.state === 'open';
  useEffect(() => {
    if (!isOpen) return undefined;
    const begun = new TeacherLesson(access);
    const leave = () => begun.leave();
    addEventListener('pagehide', leave);
    setLesson(begun);
    void begun.begin();
    return () => {
      removeEventListener('pagehide', leave);
      begun.close();
      setLesson(null);
    };
  }, [isOpen]);

  if (access.state === 'form') return html`<${TeacherHome} access=${access} session=${session} />`;
  if (lesson === null) return html`<${Opening} isUnreachable=${access.isUnreachable} />`;
  return html`<${Teaching} lesson=${lesson} onBack=${access.isJoined ? () => access.close() : null} />`;
}

// A page taken out of the browser's cache would show a lesson that it has left.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
language.apply();
const access = new Access('teacher');
const session = new Session();
access.joiner = joinerOf();
render(
  html`<${TeacherPage} access=${access} session=${session} />`,
  /** @type {Element} */ (document.getElementById('page')),
);
// The demo's lesson and one entered by pass code need nobody to sign in.
void access.begin().then(() => {
  if (access.state === 'form' || access.isJoined) void session.begin();
});
