// SPDX-License-Identifier: Apache-2.0
//
// All keys of the teacher's page, in one table.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { SmallDialog } from './small-dialog.js';

/** @type {[import('../shared/language.js').WordKey | '', string, import('../shared/language.js').WordKey][]} */
const KEYS = [
  ['keysNumber', '', 'keysNumberDoes'],
  ['keysNumberShift', '', 'keysNumberShiftDoes'],
  ['', 'N', 'keysNextDoes'],
  ['', 'Esc', 'keysEscDoes'],
  ['', 'D', 'keysDialogueDoes'],
  ['', 'M', 'keysMuteDoes'],
  ['', 'S', 'keysShareDoes'],
  ['', 'W', 'keysShareOtherDoes'],
  ['', '1 – 4', 'keysCameraDoes'],
  ['', 'Y', 'keysMusicDoes'],
  ['keysArrows', '', 'keysArrowsDoes'],
  ['', 'X', 'keysTileMuteDoes'],
  ['keysTileLower', '', 'keysTileLowerDoes'],
  ['', 'L', 'keysHealthDoes'],
  ['', 'G', 'keysDevicesDoes'],
  ['', 'C', 'keysCallDoes'],
  ['', 'E', 'keysEndDoes'],
  ['', '?', 'keysHelpDoes'],
];

/** @param {{ onClose: () => void }} props */
export function KeysDialog({ onClose }) {
  return html`<${SmallDialog} title=${t('keysTitle')} onClose=${onClose}>
    <dl class="keys-list">
      ${KEYS.map(
        ([word, key, does]) => html`<div key=${does}>
          <dt><kbd>${word === '' ? key : t(word)}</kbd></dt>
          <dd>${t(does)}</dd>
        </div>`,
      )}
    </dl>
  <//>`;
}
