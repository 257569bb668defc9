// SPDX-License-Identifier: Apache-2.0
//
// The pictures beside the wall: who has the floor, large, with the own picture and the slides small; two classrooms of
// a dialogue side by side; nobody: the slides or the own picture large. The stage keeps its size, so that nothing below
// it moves when the floor comes and goes.
import { Picture } from '../classroom/picture.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { OwnPicture, SlidesPicture } from './pictures.js';

/** @typedef {import('./teacher-lesson.js').TeacherLesson} Lesson */

/** @type {import('./class-viewing.js').ClassSlot[]} */
const SLOTS = ['floor', 'floor2'];

/** @param {{ lesson: Lesson }} props */
export function Stage({ lesson }) {
  const { control } = lesson;
  const slots = lesson.watch.facts?.floor ?? [];
  const holders = SLOTS.flatMap((slot, index) => (slots[index] ? [{ slot, key: /** @type {string} */ (slots[index]) }] : []));
  const [coming] = holders.length === 0 ? control.coming : [];
  return html`<div class="stage" data-floors=${coming ? 1 : holders.length} data-slides=${lesson.screen ? 'yes' : 'no'}>
    ${holders.map(({ slot, key }) => html`<${FloorPicture} key=${slot} lesson=${lesson} slot=${slot} holder=${key} />`)}
    ${coming &&
    html`<figure class="floor-picture" role="status">
      <p class="picture-empty">${t('floorComing', { name: control.nameOf(coming) })}</p>
    </figure>`}
    <${OwnPicture} lesson=${lesson} />
    <${SlidesPicture} lesson=${lesson} />
  </div>`;
}

/** @param {{ lesson: Lesson, slot: import('./class-viewing.js').ClassSlot, holder: string }} props */
function FloorPicture({ lesson, slot, holder }) {
  const { control } = lesson;
  const row = control.row(holder);
  const name = control.nameOf(holder);
  const isMuted = row !== undefined && control.isMuted(row);
  const isDialogue = control.floor.length > 1;
  return html`<figure class="floor-picture" data-classroom=${holder}>
    <p class="picture-empty">${t('floorNoPicture')}</p>
    <${Picture} slot=${slot} track=${lesson.viewing?.trackOf(slot)} label=${t('floorPicture', { name })} />
    <figcaption><span aria-hidden="true">★</span> ${name}</figcaption>
    <div class="floor-buttons">
      ${row &&
      html`<button
        type="button"
        aria-pressed=${isMuted ? 'true' : 'false'}
        aria-label=${t(isMuted ? 'tileUnmute' : 'tileMute', { name })}
        onClick=${() => control.toggleMute(row)}
      >
        ${t(isMuted ? 'soundOn' : 'soundOff')}
      </button>`}
      ${isDialogue &&
      html`<button
        type="button"
        aria-label=${t('floorTakeBackFrom', { name })}
        onClick=${() => control.takeBackFrom(holder)}
      >
        ${t('floorTakeBack')}
      </button>`}
    </div>
  </figure>`;
}
