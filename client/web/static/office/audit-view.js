// SPDX-License-Identifier: Apache-2.0
//
// The audit log, newest first, page by page: who did what, to what, when and from where; whether it is as it was
// written; and the rows that are shown as a file. Nothing here changes anything.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { useSubject } from '../shared/subject.js';
import { ask, withQuery } from './api.js';
import { ChainPanel } from './audit-chain.js';
import { AuditFilter, filterQuery, NO_FILTER } from './audit-filter.js';
import { objectParts, verbText } from './audit-words.js';
import { momentText } from './dates.js';
import { ProblemText } from './problem-text.js';
import { roleText } from './roles.js';

const PAGE_ROWS = 50;
const PATH = '/api/v1/audit';

/** The operator and somebody who did not sign in are nobody of whom there is a name. @param {any} row */
const hasName = (row) => row.role !== 'operator' && row.role !== 'none';

/** @param {any} row @returns {string} */
const actorText = (row) => (hasName(row) ? (row.actor_name ?? row.actor) : roleText(row.role));

/** The rows that fit, with the way back: a page's cursor tells only what comes after it. */
function useRows(/** @type {any} */ query) {
  const [cursors, setCursors] = useState(['']);
  const [shown, setShown] = useState(/** @type {{ items: any[], next: string | null } | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const key = JSON.stringify(query);
  const cursor = cursors[cursors.length - 1];
  useEffect(() => setCursors(['']), [key]);
  useEffect(() => {
    let isAsked = true;
    ask('GET', withQuery(PATH, { ...query, limit: PAGE_ROWS, cursor })).then(
      (answer) => {
        if (!isAsked) return;
        setShown(answer);
        setProblem(null);
      },
      (error) => isAsked && setProblem(error),
    );
    return () => {
      isAsked = false;
    };
  }, [key, cursor]);
  return {
    rows: shown?.items ?? null,
    problem,
    number: cursors.length,
    older: shown?.next ? () => setCursors([...cursors, /** @type {string} */ (shown.next)]) : null,
    newer: cursors.length > 1 ? () => setCursors(cursors.slice(0, -1)) : null,
  };
}

/** @param {{ page: any }} props */
export function AuditView({ page }) {
  const { accounts, directory } = page;
  useSubject(accounts);
  const { zone } = directory;
  const [filter, setFilter] = useState(NO_FILTER);
  const query = filterQuery(filter, zone);
  const { rows, problem, number, older, newer } = useRows(query);
  useEffect(() => void accounts.load(), []);
  return html`<section class="records" aria-labelledby="audit-title">
    <header class="records-header"><h2 id="audit-title">${t('officeAudit')}</h2></header>
    <${ChainPanel} check=${page.chain} zone=${zone} />
    <${AuditFilter} filter=${filter} accounts=${accounts.items} onFilter=${setFilter}>
      <a class="button-link" href=${withQuery(`${PATH}/export`, query)} download="audit.csv" title=${t('auditExportHint')}>
        ${t('auditExport')}
      </a>
    <//>
    <${ProblemText} problem=${problem} />
    ${rows?.length === 0 && html`<p class="hint" role="status">${t('auditNothing')}</p>`}
    ${rows !== null && rows.length > 0 && html`<${Rows} rows=${rows} zone=${zone} filter=${filter} onFilter=${setFilter} />`}
    <nav class="pager" aria-label=${t('auditPages')}>
      <button type="button" disabled=${!newer} onClick=${newer}>‹ ${t('auditNewer')}</button>
      <span>${t('auditPage', { n: number })}</span>
      <button type="button" disabled=${!older} onClick=${older}>${t('auditOlder')} ›</button>
    </nav>
  </section>`;
}

/** @param {{ rows: any[], zone: string, filter: any, onFilter: (filter: any) => void }} props */
function Rows({ rows, zone, filter, onFilter }) {
  const only = (/** @type {any} */ values, /** @type {string} */ name, /** @type {any} */ content) =>
    html`<button type="button" class="plain-button" title=${t('auditOnly', { name })} onClick=${() => onFilter({ ...filter, ...values })}>
      ${content}
    </button>`;
  return html`<div class="table-scroll">
    <table class="audit-table">
      <thead>
        <tr>
          <th scope="col">${t('auditNumber')}</th>
          <th scope="col">${t('auditWhen')}</th>
          <th scope="col">${t('auditWho')}</th>
          <th scope="col">${t('auditWhat')}</th>
          <th scope="col">${t('auditObject')}</th>
          <th scope="col">${t('auditFrom')}</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => {
          const name = actorText(row);
          const { kind, id } = objectParts(row.object);
          return html`<tr key=${row.seq}>
            <td class="number">${row.seq}</td>
            <td class="moment">${momentText(Date.parse(row.at) / 1000, zone)}</td>
            <td>
              ${only({ actor: row.actor, actorName: name }, name, name)}
              ${hasName(row) && html` <span class="hint">${roleText(row.role)}</span>`}
            </td>
            <td>${verbText(row.verb)}</td>
            <td>${only({ object: row.object }, `${kind} ${id}`, html`${kind} <span class="ids">${id}</span>`)}</td>
            <td>${row.address}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}
