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
import { Opening, SignIn } from '../shared/parts.js';
import { useSubject } from '../shared/subject.js';
import { EndDialog } from './end-dialog.js';
import { DevicePanel, LinePanel } from './panels.js';
import { Notices } from './notices.js';
import { OwnPicture, SlidesPicture } from './pictures.js';
import { TeacherBar, TeacherHeader } from './bars.js';
import { TeacherLesson } from './teacher-lesson.js';

/** @typedef {import('./teacher-lesson.js').TeacherLesson} Lesson */

/** @param {{ lesson: Lesson }} props */
function Teaching({ lesson }) {
  useSubject(lesson);
  const [isEnding, setIsEnding] = useState(false);
  useMuteKey(lesson);

  const onEnd = () => {
    setIsEnding(false);
    lesson.end();
  };
  return html`<div class="teacher">
    <${TeacherHeader} lesson=${lesson} />
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

/** @param {{ access: Access }} props */
function TeacherPage({ access }) {
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

  if (access.state === 'form') return html`<${SignIn} access=${access} title="signInTitleTeacher" />`;
  if (lesson === null) return html`<${Opening} isUnreachable=${access.isUnreachable} />`;
  return html`<${Teaching} lesson=${lesson} />`;
}

// A page taken out of the browser's cache would show a lesson that it has left.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
language.apply();
const access = new Access('teacher');
render(html`<${TeacherPage} access=${access} />`, /** @type {Element} */ (document.getElementById('page')));
void access.begin();
