// SPDX-License-Identifier: Apache-2.0
//
// Labelled fields over a draft, described by rows rather than written out: a form of an office has many and they
// are all alike.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { isLong, LongSelect } from './long-list.js';

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {import('../shared/language.js').WordKey} label
 * @property {'text' | 'number' | 'date' | 'time' | 'select' | 'password' | 'check'} [type]
 * @property {(draft: any) => { value: string | number, label: string }[]} [options]
 * @property {boolean} [isNumber] of a choice: its values are numbers
 * @property {boolean} [isRequired]
 * @property {number} [min]
 * @property {number} [max]
 * @property {import('../shared/language.js').WordKey} [hint]
 * @property {(draft: any) => boolean} [isShown]
 * @property {any} [initial]
 * @property {boolean} [isFixed] cannot be changed once it has been entered
 */

/** @param {any} value as it is kept @returns {string} as it is typed */
const typed = (value) => (value === null || value === undefined ? '' : String(value));

/** @param {Field} field @param {HTMLInputElement} input @returns {any} as it is kept; null when empty */
function kept(field, input) {
  if (field.type === 'check') return input.checked;
  if (input.value === '') return null;
  if (field.type === 'number') return Number(input.value);
  return field.type === 'select' && field.isNumber ? Number(input.value) : input.value;
}

const INPUT_TYPES = { text: 'text', number: 'number', date: 'date', time: 'time', password: 'password', check: 'checkbox' };

/**
 * @param {{ field: Field, draft: any, onDraft: (draft: any) => void, prefix: string, isNew?: boolean }} props
 */
export function FieldRow({ field, draft, onDraft, prefix, isNew = true }) {
  if (field.isShown && !field.isShown(draft)) return null;
  const id = `${prefix}-${field.name}`;
  const type = field.type ?? 'text';
  const onInput = (/** @type {any} */ event) => onDraft({ ...draft, [field.name]: kept(field, event.target) });
  const common = { id, required: field.isRequired, disabled: field.isFixed && !isNew };
  const options = type === 'select' ? (field.options?.(draft) ?? []) : [];
  const control = isLong(options)
    ? html`<${LongSelect}
        id=${id}
        items=${options.map(({ value, label }) => ({ id: String(value), label }))}
        textOf=${(/** @type {any} */ one) => one.label}
        value=${typed(draft[field.name])}
        onValue=${(/** @type {string} */ value) => onInput({ target: { value } })}
        none=${!field.isRequired || draft[field.name] == null ? '—' : undefined}
        isRequired=${field.isRequired}
        isOff=${common.disabled}
      />`
    : type === 'select'
      ? html`<select ...${common} value=${typed(draft[field.name])} onChange=${onInput}>
          ${(!field.isRequired || draft[field.name] == null) && html`<option value="">—</option>`}
          ${options.map(
            ({ value, label }) =>
              html`<option value=${value} selected=${typed(draft[field.name]) === String(value)}>${label}</option>`,
          )}
        </select>`
      : html`<input
          ...${common}
          type=${INPUT_TYPES[type]}
          min=${field.min}
          max=${field.max}
          autocomplete=${type === 'password' ? 'new-password' : 'off'}
          value=${type === 'check' ? undefined : typed(draft[field.name])}
          checked=${type === 'check' ? Boolean(draft[field.name]) : undefined}
          onInput=${onInput}
        />`;
  return html`<div class="field field-${type}">
    <label for=${id}>${t(field.label)}</label>
    ${control} ${field.hint && html`<p class="hint">${t(field.hint)}</p>`}
  </div>`;
}

/**
 * @param {{ fields: Field[], draft: any, onDraft: (draft: any) => void, prefix: string, isNew?: boolean }} props
 */
export function Fields({ fields, draft, onDraft, prefix, isNew }) {
  return fields.map(
    (field) =>
      html`<${FieldRow}
        key=${field.name}
        field=${field}
        draft=${draft}
        onDraft=${onDraft}
        prefix=${prefix}
        isNew=${isNew}
      />`,
  );
}

/** @param {Field[]} fields @param {any} [given] @returns {any} */
export function draftOf(fields, given = {}) {
  /** @type {Record<string, any>} */
  const draft = { ...given };
  for (const { name, initial } of fields) draft[name] = given[name] ?? initial ?? null;
  return draft;
}
