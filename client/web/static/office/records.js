// SPDX-License-Identifier: Apache-2.0
//
// A list of one kind of thing, with a form to add and edit and a question before removing. What differs between
// schools, classes or teachers is a description of columns and fields.
import { useState } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { ask } from './api.js';
import { AskDialog, Dialog } from './dialog.js';
import { draftOf, Fields } from './fields.js';
import { useSearch } from './long-list.js';

/** @typedef {import('./fields.js').Field} Field */
/** @typedef {{ label: import('../shared/language.js').WordKey, cell: (item: any) => any, isNumber?: boolean }} Column */

/**
 * Only what has a value is sent for something new, and only what differs for an edit.
 * @param {Field[]} fields @param {any} draft @param {any} [before]
 */
export function changesOf(fields, draft, before) {
  /** @type {Record<string, any>} */
  const changes = {};
  for (const field of fields) {
    const { name } = field;
    const value = field.isShown && !field.isShown(draft) ? null : draft[name];
    if (before ? value !== (before[name] ?? null) && !field.isFixed : value !== null) changes[name] = value;
  }
  return changes;
}

/**
 * @param {object} props
 * @param {string} props.id names the list within the page
 * @param {import('../shared/language.js').WordKey} props.title
 * @param {string} props.path
 * @param {any[]} props.items
 * @param {Column[]} props.columns
 * @param {Field[]} props.fields
 * @param {Record<string, any>} [props.fixed] goes into each new one
 * @param {(item: any) => string} props.nameOf
 * @param {() => unknown} props.onChanged
 * @param {(item: any) => any} [props.actions] more buttons of a row
 * @param {import('../shared/language.js').WordKey} [props.emptyHint]
 * @param {(item: any) => boolean} [props.canEdit]
 */
export function Records(props) {
  const { id, title, path, items, columns, fields, fixed, nameOf, onChanged, actions, emptyHint, canEdit } = props;
  const [edited, setEdited] = useState(/** @type {any} */ (null));
  const [removed, setRemoved] = useState(/** @type {any} */ (null));
  const { found, box } = useSearch(items, (item) => `${item.code ?? ''} ${nameOf(item)}`);

  const remove = async (/** @type {string} */ confirm) => {
    await ask('DELETE', `${path}/${encodeURIComponent(removed.id)}`, { version: removed.version, confirm });
    await onChanged();
  };
  return html`<section class="records" aria-labelledby="${id}-title">
    <header class="records-header">
      <h2 id="${id}-title">${t(title)} <span class="count">${items.length}</span></h2>
      ${box}
      <button type="button" onClick=${() => setEdited({})}>＋ ${t('officeAdd')}</button>
    </header>
    ${items.length === 0 && emptyHint && html`<p class="hint">${t(emptyHint)}</p>`}
    ${items.length > 0 &&
    html`<div class="table-scroll">
      <table>
        <thead>
          <tr>
            ${columns.map(({ label }) => html`<th scope="col">${t(label)}</th>`)}
            <th scope="col"><span class="unseen">${t('officeActions')}</span></th>
          </tr>
        </thead>
        <tbody>
          ${found.map(
            (item) => html`<tr key=${item.id}>
              ${columns.map(({ cell, isNumber }) => html`<td class=${isNumber ? 'number' : ''}>${cell(item)}</td>`)}
              <td class="row-actions">
                ${actions?.(item)}
                ${(canEdit?.(item) ?? true) &&
                html`<button type="button" onClick=${() => setEdited(item)} aria-label="${t('officeEdit')} ${nameOf(item)}">
                    ${t('officeEdit')}
                  </button>
                  <button type="button" onClick=${() => setRemoved(item)} aria-label="${t('officeRemove')} ${nameOf(item)}">
                    ${t('officeRemove')}
                  </button>`}
              </td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>`}
    ${edited &&
    html`<${RecordDialog}
      id=${id}
      title=${title}
      path=${path}
      fields=${fields}
      fixed=${fixed}
      before=${edited.id ? edited : undefined}
      onChanged=${onChanged}
      onClose=${() => setEdited(null)}
    />`}
    ${removed &&
    html`<${AskDialog}
      title=${t('officeRemoveAsk', { name: nameOf(removed) })}
      text=${t('officeRemoveHint')}
      yes=${t('officeRemove')}
      onYes=${remove}
      onClose=${() => setRemoved(null)}
    />`}
  </section>`;
}

/** @param {any} props */
function RecordDialog({ id, title, path, fields, fixed, before, onChanged, onClose }) {
  const [draft, setDraft] = useState(draftOf(fields, before ?? {}));
  const save = async (/** @type {string} */ confirm) => {
    const json = changesOf(fields, draft, before);
    if (!before) await ask('POST', path, { json: { ...fixed, ...json }, confirm });
    else await ask('PATCH', `${path}/${encodeURIComponent(before.id)}`, { json, version: before.version, confirm });
    await onChanged();
  };
  return html`<${Dialog} title="${t(before ? 'officeEdit' : 'officeAdd')} · ${t(title)}" onClose=${onClose} onSave=${save}>
    <div class="field-grid">
      <${Fields} fields=${fields} draft=${draft} onDraft=${setDraft} prefix=${id} isNew=${!before} />
    </div>
  <//>`;
}
