// SPDX-License-Identifier: Apache-2.0
//
// Whether the audit log is as it was written: its chain of hashes, proved by the server stretch by stretch. This
// browser remembers where the last proof ended, so that an end that was cut off or replaced since shows as well.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { recall, remember } from '../shared/memory.js';
import { StateMark } from '../shared/parts.js';
import { Subject, useSubject } from '../shared/subject.js';
import { ask, withQuery } from './api.js';
import { momentText } from './dates.js';
import { ProblemText } from './problem-text.js';

const PATH = '/api/v1/audit/chain';
const KEPT = 'audit.proved';
const nowS = () => Math.floor(Date.now() / 1000);

/** @returns {{ end: string, at: number } | null} */
function recallProof() {
  try {
    const { end, at } = JSON.parse(recall(KEPT) ?? '');
    return typeof end === 'string' && typeof at === 'number' ? { end, at } : null;
  } catch {
    return null;
  }
}

export class ChainCheck extends Subject {
  /** 'replaced': good in itself, and not what it was. @type {'idle' | 'running' | 'good' | 'bad' | 'replaced'} */
  state = 'idle';
  proved = 0;
  rows = 0;
  /** The first row that does not fit. */
  badSeq = 0;
  head = '';
  /** When this was found, or, of 'replaced', when it was otherwise. */
  at = 0;
  /** @type {any} */
  problem = null;

  async run() {
    if (this.state === 'running') return;
    Object.assign(this, { state: 'running', proved: 0, rows: 0, head: '', problem: null });
    this.changed();
    try {
      await this.#prove();
    } catch (problem) {
      Object.assign(this, { state: 'idle', problem });
    }
    this.changed();
  }

  async #prove() {
    const before = recallProof();
    const since = before && (await ask('GET', withQuery(PATH, { cursor: before.end })));
    let cursor = '';
    let end = '';
    do {
      const answer = await ask('GET', withQuery(PATH, { cursor }));
      Object.assign(this, { proved: answer.proved, rows: answer.rows, head: answer.head, badSeq: answer.bad_seq ?? 0 });
      end = answer.end;
      cursor = answer.next;
      this.changed();
    } while (cursor);
    this.at = nowS();
    if (this.badSeq !== 0) this.state = 'bad';
    else if (before && since.bad_seq !== null) Object.assign(this, { state: 'replaced', at: before.at });
    else this.state = 'good';
    if (this.badSeq === 0) remember(KEPT, JSON.stringify({ end, at: nowS() }));
  }
}

/** @param {{ check: ChainCheck, zone: string }} props */
function Verdict({ check, zone }) {
  const { state, proved, rows, badSeq } = check;
  const at = momentText(check.at, zone);
  if (state === 'idle') return html`<${StateMark} condition="waiting">${t('chainIdle')}<//>`;
  if (state === 'running') {
    return html`<${StateMark} condition="waiting">${t('chainRunning')}<//>
      <progress max=${Math.max(rows, 1)} value=${proved} aria-label=${t('chainRunning')}></progress>
      <span>${t('chainProgress', { n: proved, all: rows })}</span>`;
  }
  if (state === 'good') {
    return html`<${StateMark} condition="good">${t('chainGood')}<//> <span>${t('chainGoodHint', { n: proved, at })}</span>`;
  }
  if (state === 'bad') {
    return html`<${StateMark} condition="broken">${t('chainBad')}<//> <span>${t('chainBadHint', { n: badSeq })}</span>`;
  }
  return html`<${StateMark} condition="slow">${t('chainReplaced')}<//> <span>${t('chainReplacedHint', { at })}</span>`;
}

/** @param {{ check: ChainCheck, zone: string }} props */
export function ChainPanel({ check, zone }) {
  useSubject(check);
  const hasHead = check.head !== '' && check.state !== 'bad';
  return html`<section class="chain" aria-labelledby="chain-title">
    <div class="chain-row">
      <h3 id="chain-title">${t('chainTitle')}</h3>
      <div class="chain-verdict" role="status"><${Verdict} check=${check} zone=${zone} /></div>
      <button type="button" class="primary" disabled=${check.state === 'running'} onClick=${() => check.run()}>
        ${t('chainCheck')}
      </button>
    </div>
    <${ProblemText} problem=${check.problem} />
    ${hasHead &&
    html`<p class="hint">${t('chainHead')} <code class="ids">${check.head}</code><br />${t('chainHeadHint')}</p>`}
  </section>`;
}
