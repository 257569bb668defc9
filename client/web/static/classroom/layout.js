// SPDX-License-Identifier: Apache-2.0
//
// Where each picture stands: slides large with the others beside them, and without slides the teacher large, or two
// side by side. Pure, and nobody operates it.

/** @typedef {'camera' | 'screen' | 'floor' | 'floor2'} ShownSlot */
/** @typedef {'full' | 'big' | 'left' | 'right' | 'side1' | 'side2' | 'side3'} Place */

/** Slots that this page shows, in the order in which they get their place. @type {ShownSlot[]} */
export const SHOWN_SLOTS = ['screen', 'camera', 'floor', 'floor2'];

/** @type {Record<number, Place[]>} */
const WITHOUT_SLIDES = { 0: [], 1: ['full'], 2: ['left', 'right'], 3: ['big', 'side1', 'side2'] };
/** @type {Place[]} */
const WITH_SLIDES = ['big', 'side1', 'side2', 'side3'];

/**
 * @param {ShownSlot[]} shown
 * @returns {Map<ShownSlot, Place>}
 */
export function placesOf(shown) {
  const slots = SHOWN_SLOTS.filter((slot) => shown.includes(slot));
  const hasSlides = slots[0] === 'screen' && slots.length > 1;
  const places = hasSlides ? WITH_SLIDES : WITHOUT_SLIDES[slots.length];
  return new Map(slots.map((slot, index) => [slot, places[index]]));
}
