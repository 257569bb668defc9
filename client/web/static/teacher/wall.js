// SPDX-License-Identifier: Apache-2.0
//
// The wall: the relay's one picture of all classrooms, and over each tile what the page knows of it, placed where the
// relay says its picture is. Without the picture the tiles are drawn by the page alone, so that every classroom can be
// chosen from the first second on.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Picture } from '../classroom/picture.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { StateMark } from '../shared/parts.js';
import { conditionOf } from './health.js';

/** @typedef {import('./teacher-lesson.js').TeacherLesson} Lesson */
/** @typedef {import('../shared/lesson-document.js').ClassroomRow} Row */
/** @typedef {{ x: number, y: number, width: number, height: number }} Box in per cent of the wall */
/** @typedef {{ boxes: Map<string, Box>, liftedBy: number }} Layout `liftedBy`: how far the picture is moved up, likewise */

const WIDTH = 1280;
const HEIGHT = 720;
/** A wall of 10 pictures a second that has shown none for so long has stopped. */
const STILL_MS = 3000;
const LOOK_EVERY_MS = 1000;

/** Where the page puts tile `index` of `n` while the relay has not said. @param {number} index @param {number} n @returns {Box} */
function ownBox(index, n) {
  const columns = Math.ceil(Math.sqrt(n));
  const rows = Math.ceil(n / columns);
  const [width, height] = [100 / columns, 100 / rows];
  return { x: (index % columns) * width, y: Math.floor(index / columns) * height, width, height };
}

/**
 * The relay leaves as much room above the first row of pictures as below the last. The page moves the picture up by that,
 * so that all the room is below each picture, and a tile's name covers none of it.
 * @param {Row[]} rows
 * @param {import('../shared/lesson-document.js').LessonTile[]} tiles
 * @returns {Layout}
 */
export function layOut(rows, tiles) {
  const told = new Map(tiles.map((tile) => [tile.classroom, tile]));
  if (rows.length === 0 || !rows.every(({ id }) => told.has(id))) {
    return { boxes: new Map(rows.map(({ id }, index) => [id, ownBox(index, rows.length)])), liftedBy: 0 };
  }
  const liftedBy = (Math.min(...rows.map(({ id }) => told.get(id)?.y ?? 0)) / HEIGHT) * 100;
  const boxes = rows.map(({ id }) => {
    const { x, y, width, height } = /** @type {import('../shared/lesson-document.js').LessonTile} */ (told.get(id));
    const top = (y / HEIGHT) * 100 - liftedBy;
    const box = { x: (x / WIDTH) * 100, y: top, width: (width / WIDTH) * 100, height: (height / HEIGHT) * 100 + 2 * liftedBy };
    return /** @type {[string, Box]} */ ([id, box]);
  });
  return { boxes: new Map(boxes), liftedBy };
}

/** @param {{ lesson: Lesson, entry: import('./number-entry.js').NumberEntry }} props */
export function Wall({ lesson, entry }) {
  const { control, viewing } = lesson;
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const [chosen, setChosen] = useState('');
  const isSeen = useMovingPicture(frame);
  const { rows } = control;
  const { boxes, liftedBy } = layOut(rows, lesson.watch.facts?.tiles ?? []);
  const current = rows.some(({ id }) => id === chosen) ? chosen : (rows[0]?.id ?? '');
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const next = neighbourOf(boxes, current, event.key);
    if (next === null) return;
    event.preventDefault();
    setChosen(next);
    /** @type {HTMLElement | null | undefined} */ (
      frame.current?.querySelector(`[data-classroom="${CSS.escape(next)}"] .tile-main`)
    )?.focus();
  };
  return html`<div class="wall-room">
    <section class="wall" ref=${frame} aria-label=${t('wallLabel')} data-seen=${isSeen ? 'yes' : 'no'} onKeyDown=${onKeyDown}>
      <div class="wall-picture" style=${{ top: `${-liftedBy}%` }}>
        <${Picture} slot="wall" track=${viewing?.trackOf('wall')} label=${t('wall')} />
      </div>
      ${rows.length === 0 && html`<p class="wall-empty">${t('wallEmpty')}</p>`}
      ${rows.map(
        (row) => html`<${Tile}
          key=${row.id}
          row=${row}
          box=${boxes.get(row.id)}
          control=${control}
          isSeen=${isSeen && row.publishing}
          isCurrent=${row.id === current}
          isTyped=${entry.row?.id === row.id}
          onFocus=${() => setChosen(row.id)}
        />`,
      )}
      <${TypedNumber} entry=${entry} />
    </section>
  </div>`;
}

/** @param {{ row: Row, box: Box, control: import('./class-control.js').ClassControl, isSeen: boolean, isCurrent: boolean,
 *   isTyped: boolean, onFocus: () => void }} props */
function Tile({ row, box, control, isSeen, isCurrent, isTyped, onFocus }) {
  const hasFloor = control.floor.includes(row.id);
  const isComing = control.coming.includes(row.id);
  const isMuted = control.isMuted(row);
  const classes = ['tile', hasFloor && 'is-floor', isComing && 'is-coming', !isSeen && 'is-blind', isTyped && 'is-typed'];
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key.toLowerCase() === 'x') void control.toggleMute(row);
    else if (event.key === 'Delete' && row.hand > 0) void control.lowerHand(row.id);
  };
  const tabIndex = isCurrent ? 0 : -1;
  return html`<div
    class=${classes.filter(Boolean).join(' ')}
    data-classroom=${row.id}
    style=${{ left: `${box.x}%`, top: `${box.y}%`, width: `${box.width}%`, height: `${box.height}%` }}
    onKeyDown=${onKeyDown}
    onFocusIn=${onFocus}
  >
    <button
      type="button"
      class="tile-main"
      tabindex=${tabIndex}
      aria-label=${labelOf(row, { hasFloor, isComing, isMuted })}
      aria-keyshortcuts="Enter X Delete"
      onClick=${(/** @type {MouseEvent} */ event) => !hasFloor && control.give(row.id, event.shiftKey || control.isAdding)}
    >
      <span class="tile-top">
        <${StateMark} condition=${conditionOf(row)} />
        ${hasFloor && html`<span class="mark mark-floor"><span aria-hidden="true">★</span> ${t('tileSpeaking')}</span>`}
        ${!hasFloor && isComing && html`<span class="mark mark-coming">${t('tileComing')}</span>`}
        ${!hasFloor && !isComing && row.hand > 0 && html`<span class="mark mark-hand">${t('tileHand', { n: row.hand })}</span>`}
      </span>
      ${row.present && !row.publishing && html`<span class="tile-blank">${t('tileNoPicture')}</span>`}
      <span class="tile-name">
        <b>${String(row.number).padStart(2, '0')}</b> <span class="tile-words" title=${row.name}>${row.name}</span>
        <span class="tile-turns">${t('tileTurns', { n: row.turns })}</span>
      </span>
    </button>
    <button
      type="button"
      class="tile-mute"
      tabindex=${tabIndex}
      aria-pressed=${isMuted ? 'true' : 'false'}
      aria-label=${t(isMuted ? 'tileUnmute' : 'tileMute', { name: row.name })}
      onClick=${() => control.toggleMute(row)}
    >
      ${t(isMuted ? 'tileMuted' : 'soundOff')}
    </button>
  </div>`;
}

/** @param {Row} row @param {{ hasFloor: boolean, isComing: boolean, isMuted: boolean }} how @returns {string} read aloud */
function labelOf(row, { hasFloor, isComing, isMuted }) {
  /** @type {Record<string, import('../shared/language.js').WordKey>} */
  const states = { good: 'stateGood', slow: 'stateSlow', broken: 'stateBroken', waiting: 'stateWaiting' };
  const parts = [
    `${row.number} ${row.name}`,
    t(states[conditionOf(row)]),
    row.hand > 0 && t('tileHand', { n: row.hand }),
    t('tileTurnsLong', { n: row.turns }),
    isMuted && t('tileMuted'),
    hasFloor ? t('tileSpeaking') : isComing ? t('tileComing') : t('tileGive', { name: row.name }),
  ];
  return parts.filter(Boolean).join(', ');
}

/** The number that is being typed, large, with what Enter will do. @param {{ entry: import('./number-entry.js').NumberEntry }} props */
function TypedNumber({ entry }) {
  const { digits, row } = entry;
  return html`<div class="typed-number" role="status" hidden=${digits === ''}>
    <b>${digits}</b>
    <span>${row ? row.name : t('numberNone')}</span>
    ${row && html`<small>${t(entry.isCameraKey ? 'numberCamera' : entry.isAdding ? 'numberAdd' : 'numberGive')}</small>`}
  </div>`;
}

/** @param {Map<string, Box>} boxes @param {string} current @param {string} key @returns {string | null} whose tile is next */
function neighbourOf(boxes, current, key) {
  const keys = [...boxes.keys()];
  const at = keys.indexOf(current);
  const columns = [...boxes.values()].filter(({ y }) => y === boxes.get(keys[0])?.y).length;
  /** @type {Record<string, number>} */
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (!(key in steps) || at < 0) return null;
  return keys[at + steps[key]] ?? current;
}

/** @param {{ current: HTMLElement | null }} frame @returns {boolean} its video shows new pictures */
function useMovingPicture(frame) {
  const [isSeen, setIsSeen] = useState(false);
  useEffect(() => {
    let frames = 0;
    let movedAtMs = -Infinity;
    const timer = setInterval(() => {
      const now = frame.current?.querySelector('video')?.getVideoPlaybackQuality?.().totalVideoFrames ?? 0;
      if (now !== frames) movedAtMs = performance.now();
      frames = now;
      setIsSeen(now > 0 && performance.now() - movedAtMs < STILL_MS);
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return isSeen;
}
