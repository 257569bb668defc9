// SPDX-License-Identifier: Apache-2.0
//
// Tells a screen reader what changes in the class without being asked: who raises a hand, who gets the floor, and
// what was refused.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

/** @param {{ control: import('./class-control.js').ClassControl }} props */
export function Announcer({ control }) {
  const [words, setWords] = useState('');
  const hands = control.hands.map(({ id }) => id);
  const { floor } = control;
  const last = useRef({ hands, floor });
  useEffect(() => {
    const news = [
      ...floor.filter((key) => !last.current.floor.includes(key)).map((key) => t('floorHas', { name: control.nameOf(key) })),
      ...hands
        .filter((key) => !last.current.hands.includes(key))
        .map((key) => t('handRaised', { name: control.nameOf(key), n: hands.indexOf(key) + 1 })),
    ];
    last.current = { hands, floor };
    if (news.length > 0) setWords(news.join('. '));
  }, [hands.join('\n'), floor.join('\n')]);
  return html`<p class="unseen announcer" role="status">${words}</p>`;
}
