// SPDX-License-Identifier: Apache-2.0
//
// What went wrong, as the server says it; somebody else's edit gets the sentence that says what to do.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

/** @param {{ problem: any }} props anything thrown, or null */
export function ProblemText({ problem }) {
  if (!problem) return null;
  const text = problem.status === 412 ? t('officeEditedElsewhere') : problem.message;
  return html`<p class="problem" role="alert"><span aria-hidden="true">✕</span> ${text}</p>`;
}
