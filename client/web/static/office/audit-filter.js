// SPDX-License-Identifier: Apache-2.0
//
// Which rows of the audit log are shown: since and until when, whose, what, to what. A choice holds at once.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { KIND_WORDS, objectParts, VERB_WORDS } from './audit-words.js';
import { secondsOf } from './dates.js';

/** @typedef {{ since: string, until: string, actor: string, actorName: string, verb: string, object: string }} Filter */

/** @type {Filter} */
export const NO_FILTER = { since: '', until: '', actor: '', actorName: '', verb: '', object: '' };
const MINUTE_S = 60;

/** @param {Filter} filter @param {string} zone as the server takes it */
export function filterQuery({ since, until, actor, verb, object }, zone) {
  return {
    from: since && secondsOf(since, zone),
    // The minute that was chosen is part of what is shown.
    to: until && secondsOf(until, zone) + MINUTE_S,
    actor,
    verb,
    object,
  };
}

/** @param {any} one an account */
const accountLabel = (one) => `${one.name} (${one.login})`;

/** @param {{ id: string, label: import('../shared/language.js').WordKey, value: string, onChange: (value: string) => void }} props */
function MomentField({ id, label, value, onChange }) {
  return html`<label class="inline-field" for=${id}
    >${t(label)}
    <input id=${id} type="datetime-local" value=${value} onChange=${(/** @type {any} */ event) => onChange(event.target.value)}
  /></label>`;
}

/** @param {{ id: string, label: import('../shared/language.js').WordKey, value: string, options: [string, string][], all: string, onChange: (value: string) => void }} props */
function Choice({ id, label, value, options, all, onChange }) {
  return html`<select
    id=${id}
    aria-label=${t(label)}
    value=${value}
    onChange=${(/** @type {any} */ event) => onChange(event.target.value)}
  >
    <option value="">${all}</option>
    ${options.map(([one, text]) => html`<option value=${one} selected=${one === value}>${text}</option>`)}
  </select>`;
}

/** @param {{ filter: Filter, accounts: any[], onFilter: (filter: Filter) => void, children?: any }} props */
export function AuditFilter({ filter, accounts, onFilter, children }) {
  const set = (/** @type {Partial<Filter>} */ values) => onFilter({ ...filter, ...values });
  /** @type {[string, string][]} */
  const people = accounts.map((one) => [one.id, accountLabel(one)]);
  people.sort((a, b) => a[1].localeCompare(b[1]));
  people.unshift(['operator', t('roleOperator')]);
  // A device, or an account that is gone, was chosen in the list.
  if (filter.actor && !people.some(([id]) => id === filter.actor)) people.unshift([filter.actor, filter.actorName]);
  /** @type {[string, string][]} */
  const verbs = Object.entries(VERB_WORDS).map(([verb, word]) => [verb, t(word)]);
  /** @type {[string, string][]} */
  const objects = Object.entries(KIND_WORDS).map(([kind, word]) => [`${kind}/`, t(word)]);
  if (filter.object && !objects.some(([prefix]) => prefix === filter.object)) {
    const { kind, id } = objectParts(filter.object);
    objects.unshift([filter.object, `${kind} ${id}`]);
  }
  return html`<div class="audit-filter" role="search" aria-label=${t('auditFilter')}>
    <${MomentField} id="audit-since" label="auditSince" value=${filter.since} onChange=${(/** @type {string} */ since) => set({ since })} />
    <${MomentField} id="audit-until" label="auditUntil" value=${filter.until} onChange=${(/** @type {string} */ until) => set({ until })} />
    <${Choice}
      id="audit-actor"
      label="auditWho"
      value=${filter.actor}
      options=${people}
      all=${t('auditAnybody')}
      onChange=${(/** @type {string} */ actor) => set({ actor, actorName: '' })}
    />
    <${Choice}
      id="audit-verb"
      label="auditWhat"
      value=${filter.verb}
      options=${verbs}
      all=${t('auditAnything')}
      onChange=${(/** @type {string} */ verb) => set({ verb })}
    />
    <${Choice}
      id="audit-object"
      label="auditObject"
      value=${filter.object}
      options=${objects}
      all=${t('auditAnyObject')}
      onChange=${(/** @type {string} */ object) => set({ object })}
    />
    <button type="button" onClick=${() => onFilter(NO_FILTER)}>${t('auditClear')}</button>
    <span class="spring"></span>
    ${children}
  </div>`;
}
