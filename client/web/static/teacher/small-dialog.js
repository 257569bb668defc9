// SPDX-License-Identifier: Apache-2.0
//
// A dialog that shows something and is closed again, with its button or Esc.
import { useEffect, useRef } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

/** @param {{ title: string, children: any, onClose: () => void, isWide?: boolean }} props */
export function SmallDialog({ title, children, onClose, isWide = false }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => dialog.current?.showModal(), []);
  return html`<dialog
    ref=${dialog}
    class="small-dialog ${isWide ? 'is-wide' : ''}"
    aria-labelledby="small-dialog-title"
    onClose=${onClose}
  >
    <header>
      <h2 id="small-dialog-title">${title}</h2>
      <button type="button" autofocus onClick=${onClose}>${t('close')} <kbd aria-hidden="true">Esc</kbd></button>
    </header>
    ${children}
  </dialog>`;
}
