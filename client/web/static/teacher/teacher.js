// SPDX-License-Identifier: Apache-2.0
//
// The teacher's page. Before class the own picture beside slides, devices and line; in class the wall beside whoever
// speaks, the raised hands and the notes. On top the clock and who is there, at the bottom the few things to press.
// What the buttons do is in teacher-lesson.js and class-control.js.
import { render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Access } from '../shared/access.js';
import { html } from '../shared/html.js';
import { language, t, useLanguage } from '../shared/language.js';
import { Opening } from '../shared/parts.js';
import { Session } from '../office/session.js';
import { useSubject } from '../shared/subject.js';
import { Announcer } from './announcer.js';
import { ClassBar, TeacherBar, TeacherHeader } from './bars.js';
import { HandQueue, Notes } from './class-panels.js';
import { EndDialog } from './end-dialog.js';
import { HealthDialog, HealthStrip } from './health.js';
import { isLessonLost, keptLesson } from './kept-lesson.js';
import { KeysDialog } from './keys-dialog.js';
import { DeviceCheck } from './device-check.js';
import { useKeys } from './keys.js';
import { Notices } from './notices.js';
import { NumberEntry } from './number-entry.js';
import { DevicePanel, LinePanel } from './panels.js';
import { OwnPicture, SlidesPicture } from './pictures.js';
import { SmallDialog } from './small-dialog.js';
import { Stage } from './stage.js';
import { TeacherLesson } from './teacher-lesson.js';
import { joinerOf, TeacherHome } from './today.js';
import { Wall } from './wall.js';

/** @typedef {import('./teacher-lesson.js').TeacherLesson} Lesson */
/** @typedef {import('./keys.js').DialogName} DialogName */

/** @param {{ lesson: Lesson, onBack: (() => void) | null }} props `onBack`: to today's lessons */
function Teaching({ lesson, onBack }) {
  useSubject(lesson);
  const [dialog, setDialog] = useState(/** @type {DialogName | null} */ (null));
  const entry = useSubject(useMemo(() => new NumberEntry(lesson.control, lesson.room.cameras), [lesson]));
  useKeys(lesson, entry, setDialog);
  // The event of a dialog that closes may come when the next one is open already.
  const close = (/** @type {DialogName} */ name) => () => setDialog((open) => (open === name ? null : open));
  const onEnd = () => {
    setDialog(null);
    void lesson.end();
  };
  return html`<div class="teacher">
    <${TeacherHeader} lesson=${lesson} onBack=${onBack} open=${setDialog} />
    <${Notices} lesson=${lesson} />
    ${lesson.isLive
      ? html`<${InClass} lesson=${lesson} entry=${entry} open=${setDialog} />`
      : html`<${BeforeClass} lesson=${lesson} open=${setDialog} />`}
    <${Announcer} control=${lesson.control} />
    ${dialog === 'end' && html`<${EndDialog} onYes=${onEnd} onNo=${close('end')} />`}
    ${dialog === 'health' && html`<${HealthDialog} rows=${lesson.control.rows} onClose=${close('health')} />`}
    ${dialog === 'keys' && html`<${KeysDialog} onClose=${close('keys')} />`}
    ${dialog === 'devices' && html`<${DevicesDialog} lesson=${lesson} onClose=${close('devices')} />`}
  </div>`;
}

/** @param {{ lesson: Lesson, entry: NumberEntry, open: (dialog: DialogName) => void }} props */
function InClass({ lesson, entry, open }) {
  const { control } = lesson;
  return html`<main class="teacher-main is-class">
      <div class="class-side">
        <${Wall} lesson=${lesson} entry=${entry} />
        <${HealthStrip} rows=${control.rows} onOpen=${() => open('health')} />
      </div>
      <div class="teacher-side">
        <${Stage} lesson=${lesson} />
        <${HandQueue} control=${control} />
        <${Notes} lesson=${lesson} />
      </div>
    </main>
    <${ClassBar} lesson=${lesson} open=${open} />`;
}

/** @param {{ lesson: Lesson, open: (dialog: DialogName) => void }} props */
function BeforeClass({ lesson, open }) {
  const { rows } = lesson.control;
  return html`<main class="teacher-main">
      <div class="class-side">
        <${OwnPicture} lesson=${lesson} />
        <${DeviceCheck} lesson=${lesson} />
        ${rows.length > 0 && html`<${HealthStrip} rows=${rows} onOpen=${() => open('health')} />`}
      </div>
      <div class="teacher-side">
        <${SlidesPicture} lesson=${lesson} />
        <${DevicePanel} lesson=${lesson} hasPreviews />
        <${LinePanel} lesson=${lesson} />
      </div>
    </main>
    <${TeacherBar} lesson=${lesson} />`;
}

/** @param {{ lesson: Lesson, onClose: () => void }} props */
function DevicesDialog({ lesson, onClose }) {
  return html`<${SmallDialog} title=${t('devicesTitle')} onClose=${onClose}>
    <${DevicePanel} lesson=${lesson} />
    <${LinePanel} lesson=${lesson} />
  <//>`;
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
void access.begin().then(async () => {
  if (access.state === 'form' || access.isJoined) void session.begin();
  // The tab was closed in mid-lesson: back into it, without asking first who this is and what is on today.
  const kept = access.state === 'form' ? keptLesson() : null;
  if (kept !== null && (await isLessonLost(kept.lesson))) await access.join(kept.lesson).catch(() => false);
});
