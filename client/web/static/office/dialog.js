// SPDX-License-Identifier: Apache-2.0
//
// A dialog that is a form: title, fields, what went wrong, and the two buttons. Esc and the second button close
// it; while something is being saved neither does it twice. What is refused because planned lessons would clash is saved
// all the same when the button, which says so then, is pressed once more.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { ClashList } from './clashes.js';
import { ProblemText } from './problem-text.js';

/**
 * @param {object} props
 * @param {string} props.title
 * @param {any} props.children
 * @param {() => void} props.onClose
 * @param {(confirm: string) => Promise<void>} [props.onSave] closes the dialog when it succeeds; without it there is one
 *   button. `confirm` goes into the request: what has been said to stand although lessons clash
 * @param {string} [props.saveLabel]
 * @param {boolean} [props.isDanger]
 * @param {boolean} [props.isWide]
 * @param {boolean} [props.isSaveOff]
 * @param {any} [props.extra] more buttons, on the left
 */
export function Dialog({ title, children, onClose, onSave, saveLabel, isDanger, isWide, isSaveOff, extra }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [isSaving, setIsSaving] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  /** The word that the server wants to hear; empty: nothing clashes, or not only that. @type {string} */
  const confirm = problem?.body?.confirm ?? '';

  const onSubmit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!onSave || isSaving) return;
    setIsSaving(true);
    setProblem(null);
    try {
      await onSave(confirm);
      onClose();
    } catch (error) {
      setProblem(error);
      setIsSaving(false);
    }
  };
  return html`<dialog
    ref=${dialog}
    class="office-dialog ${isWide ? 'is-wide' : ''}"
    aria-labelledby="dialog-title"
    onClose=${(/** @type {Event} */ event) => event.target === dialog.current && onClose()}
  >
    <form onSubmit=${onSubmit} autocomplete="off">
      <h2 id="dialog-title">${title}</h2>
      <div class="dialog-body" onInput=${() => confirm && setProblem(null)}>${children}</div>
      ${confirm
        ? html`<${ClashList} conflicts=${problem.body.conflicts} hint=${t('clashSaveHint')} />`
        : html`<${ProblemText} problem=${problem} />`}
      <div class="dialog-buttons">
        <span class="dialog-extra">${extra}</span>
        <button type="button" onClick=${onClose}>${t(onSave ? 'officeCancel' : 'officeClose')}</button>
        ${onSave &&
        html`<button type="submit" class=${isDanger ? 'danger' : 'primary'} disabled=${isSaving || isSaveOff}>
          ${confirm ? t('clashSaveAnyway') : (saveLabel ?? t('officeSave'))}
        </button>`}
      </div>
    </form>
  </dialog>`;
}

/**
 * @param {{ title: string, text: string, yes: string, onYes: (confirm: string) => Promise<void>, onClose: () => void }} props
 */
export function AskDialog({ title, text, yes, onYes, onClose }) {
  return html`<${Dialog} title=${title} onClose=${onClose} onSave=${onYes} saveLabel=${yes} isDanger>
    <p>${text}</p>
  <//>`;
}
