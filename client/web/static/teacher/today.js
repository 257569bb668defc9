// SPDX-License-Identifier: Apache-2.0
//
// Before a lesson: who teaches signs in, sees today's lessons, and enters one with one click. A pass code, where an
// operator has set one, is the other way in.
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../office/api.js';
import { lessonName, LessonState } from '../office/lesson-words.js';
import { ProblemText } from '../office/problem-text.js';
import { OtherRole } from '../office/shell.js';
import { AccountSignIn, PasswordPage } from '../office/sign-in.js';
import { askToday } from '../office/today-lessons.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { LanguageSwitch, Opening, SignIn } from '../shared/parts.js';
import { useSubject } from '../shared/subject.js';
import { isLessonLost, keptLesson } from './kept-lesson.js';

/** A lesson that opens is seen within this. */
const EVERY_MS = 5000;
/** A lesson opens this long before its bell. */
const OPENS_BEFORE_S = 15 * 60;

/**
 * Joining as whoever has signed in, or as a device by its credential.
 * @param {string} [bearer]
 * @returns {(lesson: string) => Promise<string | null>}
 */
export const joinerOf = (bearer) => async (lesson) => {
  try {
    return (await ask('POST', `/api/v1/lessons/${encodeURIComponent(lesson)}/join`, { bearer, isSigningIn: true })).token;
  } catch (/** @type {any} */ problem) {
    if ([401, 403, 404, 409].includes(problem.status)) return null;
    throw problem;
  }
};

/** @param {{ access: import('../shared/access.js').Access, session: import('../office/session.js').Session }} props */
export function TeacherHome({ access, session }) {
  useSubject(session);
  const [isByCode, setIsByCode] = useState(access.wasRefused);
  const { state, person } = session;
  const other = (/** @type {boolean} */ byCode, /** @type {any} */ word) =>
    html`<button type="button" class="other-way" onClick=${() => setIsByCode(byCode)}>${t(word)}</button>`;
  if (state === 'none') return html`<${SignIn} access=${access} title="signInTitleTeacher" />`;
  if (person === null && isByCode) {
    return html`<${SignIn} access=${access} title="signInTitleTeacher" other=${other(false, 'signInByAccount')} />`;
  }
  if (state === 'asking' || state === 'unreachable') return html`<${Opening} isUnreachable=${state === 'unreachable'} />`;
  if (person === null) {
    return html`<${AccountSignIn} session=${session} title=${t('teacherTitle')} hint=${other(true, 'signInByCode')} />`;
  }
  if (person.must_change) return html`<${PasswordPage} session=${session} />`;
  if (person.role !== 'teacher') return html`<${OtherRole} session=${session} roles=${['teacher']} />`;
  return html`<${TodayLessons} access=${access} session=${session} />`;
}

/** @param {any} lesson @returns {string} such as 08:15 */
function opensAt(lesson) {
  const [hours, minutes] = lesson.start.split(':').map(Number);
  const at = Math.max(0, hours * 60 + minutes - OPENS_BEFORE_S / 60);
  return `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
}

/** @param {{ access: any, session: any }} props */
function TodayLessons({ access, session }) {
  const [lessons, setLessons] = useState(/** @type {any[] | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const teacherId = session.person.teacher_id;
  const load = async () => {
    try {
      setLessons(await askToday('teacher', teacherId));
      setProblem(null);
    } catch (error) {
      setProblem(error);
    }
  };
  useEffect(() => {
    if (!teacherId) {
      setLessons([]);
      return undefined;
    }
    void load();
    const timer = setInterval(() => void load(), EVERY_MS);
    return () => clearInterval(timer);
  }, [teacherId]);
  useEffect(() => {
    // The tab was closed in mid-lesson: back into it.
    const kept = keptLesson();
    const lost = lessons?.find(({ id, state }) => id === kept?.lesson && ['open', 'live'].includes(state));
    if (lost) void isLessonLost(lost.id).then((isLost) => (isLost && access.state === 'form' ? enter(lost) : undefined));
  }, [lessons !== null]);
  const enter = async (/** @type {any} */ lesson) => {
    try {
      if (!(await access.join(lesson.id))) setProblem(new Error(t('todayOver')));
    } catch (error) {
      setProblem(error);
    }
  };
  return html`<main class="today">
    <header>
      <h1>${t('todayTitle')}</h1>
      <span class="spring"></span>
      <span>${session.person.name}</span>
      <button type="button" onClick=${() => session.signOut()}>${t('accountSignOut')}</button>
      <${LanguageSwitch} />
    </header>
    <${ProblemText} problem=${problem} />
    ${lessons?.length === 0 && html`<p class="hint">${t('todayNone')}</p>`}
    <ul>
      ${lessons?.map((lesson) => html`<${TodayLesson} key=${lesson.id} lesson=${lesson} onEnter=${() => enter(lesson)} />`)}
    </ul>
  </main>`;
}

/** @param {{ lesson: any, onEnter: () => void }} props */
function TodayLesson({ lesson, onEnter }) {
  const isOpen = lesson.state === 'open' || lesson.state === 'live';
  return html`<li class="today-lesson" data-state=${lesson.state}>
    <span class="today-clock">${lesson.start}–${lesson.end}</span>
    <span class="today-what">
      <b>${lessonName(lesson)}</b> ${lesson.title}<br /><span class="hint"
        >${lesson.host_school_name} · ${lesson.host_classroom_name} · ${t('nowClasses', { n: lesson.classes.length })}</span
      >
    </span>
    <${LessonState} lesson=${lesson} />
    ${isOpen && html`<button type="button" class="big primary" onClick=${onEnter}>${t('todayJoin')}</button>`}
    ${lesson.state === 'scheduled' && lesson.start && html`<span>${t('todayOpensAt', { at: opensAt(lesson) })}</span>`}
  </li>`;
}
