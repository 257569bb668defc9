// SPDX-License-Identifier: Apache-2.0
//
// Finding something in a list that is too long to be read: a district has two hundred schools. Short lists are left as
// they are.
import { useState } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

/** What fits on a screen needs no search. */
const LONG = 25;
/** Nobody scrolls through more; typing brings the others. */
const SHOWN = 300;

/** Each word that was typed occurs. @param {string} text @param {string} wanted */
function matches(text, wanted) {
  const lower = text.toLowerCase();
  return wanted.toLowerCase().split(/\s+/).every((word) => lower.includes(word));
}

/** @param {any[]} items */
export const isLong = (items) => items.length > LONG;

/**
 * @template T
 * @param {T[]} items
 * @param {(item: T) => string} textOf
 * @returns {{ found: T[], box: any }} what is left of them, and the box to type in
 */
export function useSearch(items, textOf) {
  const [wanted, setWanted] = useState('');
  if (items.length <= LONG) return { found: items, box: null };
  const found = wanted.trim() === '' ? items : items.filter((item) => matches(textOf(item), wanted.trim()));
  const box = html`<input
    type="search"
    class="list-search"
    aria-label=${t('listSearch')}
    placeholder=${t('listSearch')}
    value=${wanted}
    onInput=${(/** @type {any} */ event) => setWanted(event.target.value)}
  />`;
  return { found, box };
}

/**
 * A choice out of a list that may be long: what is typed narrows it, and chooses once only one is left.
 * @param {object} props
 * @param {string} props.id
 * @param {string} [props.label] where no label of the page names it
 * @param {any[]} props.items with an id
 * @param {(item: any) => string} props.textOf
 * @param {string} props.value
 * @param {(id: string) => void} props.onValue
 * @param {string} [props.none] how no choice is called, where there may be none
 * @param {boolean} [props.isRequired]
 * @param {boolean} [props.isOff]
 * @param {boolean} [props.isOrder] choosing does something: typing alone does not
 */
export function LongSelect({ id, label, items, textOf, value, onValue, none, isRequired, isOff, isOrder }) {
  const [wanted, setWanted] = useState('');
  const matching = (/** @type {string} */ text) => items.filter((item) => matches(textOf(item), text.trim()));
  const found = wanted.trim() === '' ? items : matching(wanted);
  const chosen = items.find((item) => item.id === value);
  const shown = found.slice(0, SHOWN);
  if (chosen && !shown.includes(chosen)) shown.unshift(chosen);
  const onInput = (/** @type {any} */ event) => {
    const text = event.target.value;
    setWanted(text);
    const left = isOrder || text.trim() === '' ? [] : matching(text);
    if (left.length === 1 && left[0].id !== value) onValue(left[0].id);
  };
  return html`${items.length > LONG &&
    html`<input
      type="search"
      class="list-search"
      aria-label=${t('listSearch')}
      aria-controls=${id}
      placeholder=${t('listSearch')}
      value=${wanted}
      disabled=${isOff}
      onInput=${onInput}
    />`}
    <select
      id=${id}
      aria-label=${label}
      required=${isRequired}
      disabled=${isOff}
      value=${value}
      onChange=${(/** @type {any} */ event) => {
        const chosenId = event.target.value;
        // What was chosen may be an order rather than a state: the select shows what the page says it is.
        event.target.value = value;
        onValue(chosenId);
      }}
    >
      ${none !== undefined && html`<option value="" selected=${value === ''}>${none}</option>`}
      ${shown.map((item) => html`<option value=${item.id} selected=${item.id === value}>${textOf(item)}</option>`)}
      ${found.length > SHOWN && html`<option disabled>${t('conflictMore', { n: found.length - SHOWN })}</option>`}
    </select>`;
}
