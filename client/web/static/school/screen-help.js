// SPDX-License-Identifier: Apache-2.0
//
// How a classroom's screen is got going, for an assistant who has never done it.
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

const PATH = '/classroom';

export function ScreenHelp() {
  const address = new URL(PATH, location.href).href;
  return html`<section class="screen-help" aria-labelledby="screen-title">
    <h2 id="screen-title">${t('screenTitle')}</h2>
    <ol class="steps">
      <li>${t('screenPage')}<br /><code class="screen-address">${address}</code></li>
      <li>${t('screenPaired')}</li>
      <li>${t('screenCode')}<br /><span class="hint">${t('screenCodeHint')}</span></li>
      <li>${t('screenSound')}</li>
      <li>${t('screenPower')}</li>
    </ol>
    <p><a class="button-link" href=${PATH}>${t('screenOpenHere')}</a></p>
  </section>`;
}
