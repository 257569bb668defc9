// SPDX-License-Identifier: Apache-2.0
//
// Ending the lesson is the one thing on the teacher's page that asks again.
import { useEffect, useRef } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

/** @param {{ onYes: () => void, onNo: () => void }} props */
export function EndDialog({ onYes, onNo }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => dialog.current?.showModal(), []);
  return html`<dialog ref=${dialog} class="end-dialog" aria-labelledby="end-dialog-title" onClose=${onNo}>
    <h2 id="end-dialog-title">${t('endLessonAsk')}</h2>
    <p>${t('endLessonHint')}</p>
    <div class="end-dialog-buttons">
      <button type="button" class="big" autofocus onClick=${onNo}>${t('endLessonNo')}</button>
      <button type="button" class="big danger" onClick=${onYes}>${t('endLessonYes')}</button>
    </div>
  </dialog>`;
}
