// SPDX-License-Identifier: Apache-2.0
//
// Tables in and out. A file is always tried first: the server names every bad row by line and column, and only a
// file without any can be imported, all of it at once. A calendar shows its events beforehand.
import { useState } from 'preact/hooks';
import { ask, withQuery } from '../office/api.js';
import { LongSelect } from '../office/long-list.js';
import { ProblemText } from '../office/problem-text.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { ImportResult } from './import-result.js';

/** @typedef {import('../shared/language.js').WordKey} WordKey */

/** In the order in which they refer to each other. @type {{ kind: string, label: WordKey }[]} */
const KINDS = [
  { kind: 'schools', label: 'officeSchools' },
  { kind: 'classrooms', label: 'officeClassrooms' },
  { kind: 'classes', label: 'officeClasses' },
  { kind: 'teachers', label: 'officeTeachers' },
  { kind: 'bells', label: 'officeBells' },
  { kind: 'busy', label: 'officeBusy' },
  { kind: 'courses', label: 'officeCourses' },
];
/** A calendar becomes busy times of one school. */
const CALENDAR = 'calendar';

/** @param {{ page: any }} props */
export function FilesView({ page }) {
  return html`<${ImportPart} page=${page} /> <${ExportPart} page=${page} />`;
}

/**
 * Where the file goes and as what.
 * @param {any} directory @param {string} kind @param {string} schoolId @param {{ isTry: boolean, isConfirmed: boolean }} how
 */
function target(directory, kind, schoolId, { isTry, isConfirmed }) {
  const isCalendar = kind === CALENDAR;
  const path = withQuery('/api/v1/imports', {
    kind: isCalendar ? 'busy' : kind,
    dry_run: isTry ? 1 : '',
    term_id: isCalendar || kind === 'courses' ? directory.term?.id : '',
    school_id: isCalendar ? schoolId : '',
    confirm: isConfirmed ? 'clashes' : '',
  });
  return { path, type: isCalendar ? 'text/calendar' : 'text/csv' };
}

/** @param {{ page: any }} props */
function ImportPart({ page }) {
  const { directory } = page;
  const [kind, setKind] = useState('schools');
  const [schoolId, setSchoolId] = useState('');
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const [result, setResult] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [isAsking, setIsAsking] = useState(false);
  const isCalendar = kind === CALENDAR;
  const lacksTerm = isCalendar && !directory.term;
  const isReady = file && !isAsking && !lacksTerm && (!isCalendar || schoolId);

  const forget = () => {
    setResult(null);
    setProblem(null);
  };
  const send = async (/** @type {boolean} */ isTry) => {
    // What was tried said which lessons clash: importing then is the answer to it.
    const isConfirmed = !isTry && result?.conflicts?.length > 0;
    const { path, type } = target(directory, kind, schoolId, { isTry, isConfirmed });
    setIsAsking(true);
    forget();
    try {
      setResult(await ask('POST', path, { body: /** @type {File} */ (file), type }));
      if (!isTry) {
        page.bells.forget();
        await directory.load();
      }
    } catch (/** @type {any} */ error) {
      if (error.body?.errors) setResult({ kind, dry_run: isTry, errors: error.body.errors });
      setProblem(error);
    }
    setIsAsking(false);
  };
  const onKind = (/** @type {string} */ value) => {
    setKind(value);
    forget();
  };
  const onSchool = (/** @type {string} */ value) => {
    setSchoolId(value);
    forget();
  };
  const onFile = (/** @type {any} */ event) => {
    const chosen = event.target.files[0] ?? null;
    setFile(chosen);
    forget();
    if (chosen && /\.ics$/i.test(chosen.name)) setKind(CALENDAR);
    else if (chosen && isCalendar) setKind('busy');
  };
  const isClean = result?.dry_run && result.errors.length === 0;
  const clashes = isClean && result.conflicts?.length > 0;
  return html`<section class="files" aria-labelledby="import-title">
    <h2 id="import-title">${t('importTitle')}</h2>
    <p class="hint">${t(isCalendar ? 'importCalendarHint' : 'importHint')}</p>
    <div class="files-row">
      <label class="inline-field"
        >${t('importKind')}
        <select id="import-kind" value=${kind} onChange=${(/** @type {any} */ event) => onKind(event.target.value)}>
          ${[...KINDS, { kind: CALENDAR, label: /** @type {WordKey} */ ('importCalendar') }].map(
            (one) => html`<option value=${one.kind} selected=${one.kind === kind}>${t(one.label)}</option>`,
          )}
        </select></label
      >
      ${isCalendar &&
      html`<span class="inline-field"
        >${t('importSchool')}
        <${LongSelect}
          id="import-school"
          label=${t('importSchool')}
          items=${directory.lists.schools}
          textOf=${(/** @type {any} */ one) => one.name}
          value=${schoolId}
          onValue=${onSchool}
          none="—"
          isRequired
      /></span>`}
      <label class="inline-field"
        >${t('importFile')} <input id="import-file" type="file" accept=".csv,.txt,.ics,text/csv,text/calendar" onChange=${onFile}
      /></label>
      <button type="button" disabled=${!isReady} onClick=${() => send(true)}>${t('importTry')}</button>
      <button type="button" class="primary" disabled=${!isReady || !isClean} onClick=${() => send(false)}>
        ${t(clashes ? 'importAnyway' : 'importGo')}
      </button>
    </div>
    ${lacksTerm && html`<p class="hint">${t('weekNoTerm')}</p>`}
    <${ProblemText} problem=${problem} />
    ${result && html`<${ImportResult} result=${result} />`}
  </section>`;
}

/** @param {{ page: any }} props */
function ExportPart({ page }) {
  const [encoding, setEncoding] = useState('utf-8');
  const address = (/** @type {string} */ kind) =>
    withQuery(`/api/v1/exports/${kind}`, { encoding, term_id: kind === 'courses' ? page.directory.term?.id : '' });
  return html`<section class="files" aria-labelledby="export-title">
    <h2 id="export-title">${t('exportTitle')}</h2>
    <p class="hint">${t('exportHint')}</p>
    <label class="inline-field"
      >${t('exportEncoding')}
      <select id="export-encoding" value=${encoding} onChange=${(/** @type {any} */ event) => setEncoding(event.target.value)}>
        <option value="utf-8">${t('exportUtf8')}</option>
        <option value="gb18030">${t('exportGb18030')}</option>
      </select></label
    >
    <ul class="exports">
      ${KINDS.map((one) => html`<li><a href=${address(one.kind)} download="${one.kind}.csv">${t(one.label)} ${one.kind}.csv</a></li>`)}
    </ul>
  </section>`;
}
