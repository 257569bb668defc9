// SPDX-License-Identifier: Apache-2.0
//
// Now: who calls, what is unread and urgent, the lessons that run, and the rest of today. What is worst is on top.
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../office/api.js';
import { ClashList } from '../office/clashes.js';
import { mondayOf, wallClock } from '../office/dates.js';
import { DayLessons } from '../office/day-lessons.js';
import { lessonName, LessonState } from '../office/lesson-words.js';
import { foremost, NoticeRow } from '../office/notices.js';
import { ProblemText } from '../office/problem-text.js';
import { html } from '../shared/html.js';
import { language, t } from '../shared/language.js';
import { StateMark } from '../shared/parts.js';
import { useSubject } from '../shared/subject.js';

/** What clashes is searched for through the whole term: once in so many times. */
const CLASHES_EVERY = 6;

/** Today's lessons, and what is a coordinator's alone: who calls from them, and what clashes in the term. */
export class Today extends DayLessons {
  /** @type {any[]} */
  clashes = [];
  #nLoads = 0;

  begin() {
    this.#nLoads = 0;
    super.begin();
  }

  async loadMore() {
    if (this.#nLoads++ % CLASHES_EVERY === 0) await this.loadClashes();
  }

  /** Who calls from a lesson that runs, the longest-waiting first. @returns {{ lesson: any, who: string, name: string, at: number }[]} */
  get calls() {
    const calls = this.lessons.flatMap((lesson) => {
      const facts = this.facts.get(lesson.id);
      return (facts?.calls ?? []).map((/** @type {any} */ { who, at }) => ({ lesson, who, at, name: callerName(lesson, facts, who) }));
    });
    return calls.sort((a, b) => a.at - b.at);
  }

  /** Somebody has spoken with them. @param {{ lesson: any, who: string }} call */
  async closeCall({ lesson, who }) {
    await ask('POST', `/api/v1/lessons/${encodeURIComponent(lesson.id)}/call`, { json: { open: false, classroom: who } });
    await this.load();
  }

  async loadClashes() {
    this.clashes = (await ask('GET', '/api/v1/conflicts')).conflicts;
    this.changed();
  }
}

/** For those who only read. @type {{ calls: any[], clashes: any[] }} */
const NOTHING_MORE = { calls: [], clashes: [] };

/** A classroom by its name in the lesson, or the teacher. @param {any} lesson @param {any} facts @param {string} who */
function callerName(lesson, facts, who) {
  if (who === 'teacher') return lesson.teacher_name;
  return facts.classrooms?.find((/** @type {any} */ { id }) => id === who)?.name ?? '—';
}

/** How many classrooms are there, and of how many. @param {any} facts */
function listeners({ classrooms }) {
  return { n: classrooms.filter((/** @type {any} */ { present }) => present).length, all: classrooms.length };
}

/** What is wrong with a running lesson, in words that say what to do; null when nothing is. */
function trouble(/** @type {any} */ lesson, /** @type {any} */ facts) {
  if (!facts) return null;
  const { n, all } = listeners(facts);
  if (lesson.state === 'live' && !facts.publishers?.camera && !facts.publishers?.screen) return t('nowNoTeacher');
  if (n < all) return t('nowMissing', { n: all - n });
  return null;
}

/** @param {{ page: any }} props */
export function NowView({ page }) {
  const { notices, day, directory } = page;
  useSubject(notices);
  useSubject(day);
  useEffect(() => {
    day.begin();
    return () => day.end();
  }, []);
  // What clashes is told in the language of the moment.
  useEffect(() => {
    if (day instanceof Today && day.clashes.length > 0) void day.loadClashes().catch(() => undefined);
  }, [language.code]);
  const { unread } = notices;
  const shown = foremost(unread);
  const counts = [
    { word: t('lessonLive'), shape: '●', n: count(day, 'live') },
    { word: t('lessonOpen'), shape: '◐', n: count(day, 'open') },
    { word: t('lessonScheduled'), shape: '○', n: count(day, 'scheduled') },
    { word: t('lessonCancelled'), shape: '✕', n: count(day, 'cancelled') },
    { word: t('lessonEnded'), shape: '■', n: count(day, 'ended') },
  ];
  const { calls, clashes } = day instanceof Today ? day : NOTHING_MORE;
  return html`<section class="now">
    <section class="now-calls" role="alert" aria-label=${t('nowCalls')}>
      ${calls.length > 0 &&
      html`<ul class="notice-list">
        ${calls.map((/** @type {any} */ call) => html`<${CallRow} key=${`${call.lesson.id} ${call.who}`} call=${call} day=${day} zone=${directory.zone} />`)}
      </ul>`}
    </section>
    ${shown.length > 0 &&
    html`<section aria-labelledby="now-notices">
      <h2 id="now-notices">${t('nowUnread')} <a href="#notices">${t('nowAll', { n: unread.length })}</a></h2>
      <ul class="notice-list">
        ${shown.map(
          (/** @type {any} */ one) => html`<${NoticeRow} key=${one.id} notice=${one} directory=${directory} notices=${notices} />`,
        )}
      </ul>
    </section>`}
    ${clashes.length > 0 && html`<${Clashes} page=${page} clashes=${clashes} />`}
    <ul class="counters" aria-label=${t('nowToday')}>
      ${counts.map(({ word, shape, n }) => html`<li><span aria-hidden="true">${shape}</span> <b>${n}</b> ${word}</li>`)}
    </ul>
    <${ProblemText} problem=${day.problem} />
    ${day.isLoaded && day.lessons.length === 0 && html`<p class="hint">${t('nowNothing')}</p>`}
    <ul class="now-lessons">
      ${day.lessons.map((/** @type {any} */ lesson) => html`<${NowLesson} key=${lesson.id} lesson=${lesson} facts=${day.facts.get(lesson.id)} />`)}
    </ul>
  </section>`;
}

/** What clashes, each with the week in which it is solved. @param {{ page: any, clashes: any[] }} props */
function Clashes({ page, clashes }) {
  const onOpen = (/** @type {any} */ clash) => {
    const whose = clash.school_id ? { view: 'school', id: clash.school_id } : { view: 'all', id: '' };
    page.week.choose({ monday: mondayOf(clash.date), wantedId: clash.lesson_id, ...whose });
    location.hash = '#week';
  };
  return html`<section aria-label=${t('clashTitle')}>
    <${ClashList} conflicts=${clashes} hint=${t('clashNowHint')} onOpen=${onOpen} />
  </section>`;
}

/** @param {DayLessons} day @param {string} state */
const count = (day, state) => day.lessons.filter((lesson) => lesson.state === state).length;

/** @param {{ call: any, day: Today, zone: string }} props */
function CallRow({ call, day, zone }) {
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const { lesson } = call;
  return html`<li class="notice-row is-urgent">
    <${StateMark} condition="broken">${t('nowCalls')}<//>
    <div class="notice-what">
      <p><b>${call.name}</b></p>
      <p class="hint">
        ${t('nowCallFrom', { lesson: lessonName(lesson), teacher: lesson.teacher_name, time: wallClock(call.at, zone).clock })}
      </p>
      <${ProblemText} problem=${problem} />
    </div>
    <button type="button" class="primary" onClick=${() => day.closeCall(call).catch(setProblem)}>${t('nowContacted')}</button>
  </li>`;
}

/** @param {{ lesson: any, facts: any }} props */
function NowLesson({ lesson, facts }) {
  const wrong = trouble(lesson, facts);
  return html`<li class="now-lesson" data-state=${lesson.state}>
    <span class="now-clock">${lesson.start ?? '—'}–${lesson.end ?? '—'}</span>
    <${LessonState} lesson=${lesson} />
    <span class="now-what"
      ><b>${lessonName(lesson)}</b> ${lesson.title} · ${lesson.teacher_name} · ${lesson.host_school_name}</span
    >
    <span class="now-listeners">
      ${facts
        ? html`${wrong ? html`<${StateMark} condition="slow">${wrong}<//>` : html`<${StateMark} condition="good" />`}
            ${t('nowListening', listeners(facts))}`
        : t('nowClasses', { n: lesson.classes.length })}
    </span>
  </li>`;
}
