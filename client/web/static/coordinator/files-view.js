// SPDX-License-Identifier: Apache-2.0
//
// Tables in and out. A file is always tried first: the server names every bad row by line and column, and only a
// file without any can be imported, all of it at once.
import { useState } from 'preact/hooks';
import { ask, withQuery } from '../office/api.js';
import { ProblemText } from '../office/problem-text.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

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
/** More rows than this are counted, not shown. */
const SHOWN_ERRORS = 100;

/** @param {{ page: any }} props */
export function FilesView({ page }) {
  return html`<${ImportPart} page=${page} /> <${ExportPart} page=${page} />`;
}

/** @param {{ page: any }} props */
function ImportPart({ page }) {
  const { directory } = page;
  const [kind, setKind] = useState('schools');
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const [result, setResult] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [isAsking, setIsAsking] = useState(false);

  const send = async (/** @type {boolean} */ isTry) => {
    if (!file) return;
    setIsAsking(true);
    setProblem(null);
    setResult(null);
    const term = kind === 'courses' ? directory.term?.id : '';
    const path = withQuery('/api/v1/imports', { kind, dry_run: isTry ? 1 : '', term_id: term });
    try {
      setResult(await ask('POST', path, { body: file, type: 'text/csv' }));
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
  const onFile = (/** @type {any} */ event) => {
    setFile(event.target.files[0] ?? null);
    setResult(null);
    setProblem(null);
  };
  const isClean = result?.dry_run && result.errors.length === 0;
  return html`<section class="files" aria-labelledby="import-title">
    <h2 id="import-title">${t('importTitle')}</h2>
    <p class="hint">${t('importHint')}</p>
    <div class="files-row">
      <label class="inline-field"
        >${t('importKind')}
        <select
          id="import-kind"
          value=${kind}
          onChange=${(/** @type {any} */ event) => {
            setKind(event.target.value);
            setResult(null);
          }}
        >
          ${KINDS.map((one) => html`<option value=${one.kind} selected=${one.kind === kind}>${t(one.label)}</option>`)}
        </select></label
      >
      <label class="inline-field"
        >${t('importFile')} <input id="import-file" type="file" accept=".csv,.txt,text/csv" onChange=${onFile}
      /></label>
      <button type="button" disabled=${!file || isAsking} onClick=${() => send(true)}>${t('importTry')}</button>
      <button type="button" class="primary" disabled=${!isClean || isAsking} onClick=${() => send(false)}>${t('importGo')}</button>
    </div>
    <${ProblemText} problem=${problem} />
    ${result && html`<${ImportResult} result=${result} />`}
  </section>`;
}

/** The column as the file is headed. One that the file lacks has a heading and no number. @param {any} error */
function columnText(error) {
  const heading = error.column_heading ?? '';
  if (error.column > 0) return `${error.column} ${heading}`;
  return heading || t('importWholeRow');
}

/** @param {{ result: any }} props */
function ImportResult({ result }) {
  const { errors } = result;
  if (errors.length === 0) {
    return html`<p class="notice is-news import-result" role="status">
      <span
        >● ${t(result.dry_run ? 'importTried' : 'importDone', {
          n: result.n_rows,
          created: result.n_created,
          updated: result.n_updated,
          same: result.n_unchanged,
        })}</span
      >
    </p>`;
  }
  return html`<div class="import-result" role="status">
    <p><span class="mark mark-broken">✕ ${t('importErrors', { n: errors.length })}</span></p>
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">${t('importLine')}</th>
            <th scope="col">${t('importColumn')}</th>
            <th scope="col">${t('importValue')}</th>
            <th scope="col">${t('importWhy')}</th>
          </tr>
        </thead>
        <tbody>
          ${errors.slice(0, SHOWN_ERRORS).map(
            (/** @type {any} */ one) => html`<tr>
              <td class="number">${one.line}</td>
              <td>${columnText(one)}</td>
              <td>${one.value ?? ''}</td>
              <td>${one.message}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </div>`;
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
