// SPDX-License-Identifier: Apache-2.0
//
// The first page: teacher or classroom.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { html } from '../shared/html.js';
import { language, t, useLanguage } from '../shared/language.js';
import { LanguageSwitch } from '../shared/parts.js';

function IndexPage() {
  useLanguage();
  const [isDemo, setIsDemo] = useState(false);
  useEffect(() => {
    fetch('/demo.json', { cache: 'no-store' }).then(
      (response) => setIsDemo(response.ok),
      () => {},
    );
  }, []);
  return html`<main class="index">
    <header><h1>${t('indexTitle')}</h1><${LanguageSwitch} /></header>
    ${isDemo && html`<p class="notice is-news" role="status">${t('indexDemo')}</p>`}
    <nav>
      <a class="index-choice" href="/teacher"
        ><strong>${t('indexTeacher')}</strong><span>${t('indexTeacherHint')}</span></a
      >
      <a class="index-choice" href="/classroom"
        ><strong>${t('indexClassroom')}</strong><span>${t('indexClassroomHint')}</span></a
      >
    </nav>
    <p class="index-offices">
      ${t('indexOffices')} <a href="/coordinator">${t('coordinatorTitle')}</a> <a href="/school">${t('indexSchool')}</a>
      <a href="/supervisor">${t('supervisorTitle')}</a> <a href="/auditor">${t('auditorTitle')}</a>
    </p>
  </main>`;
}

language.apply();
render(html`<${IndexPage} />`, /** @type {Element} */ (document.getElementById('page')));
