// SPDX-License-Identifier: Apache-2.0
//
// One week on FullCalendar: rows are clock times, columns days. All times are wall-clock times of the term's
// zone, given to the calendar as if they were UTC, so that the zone of the computer that looks does not matter.
import { useEffect, useRef } from 'preact/hooks';
import { addDays } from './dates.js';
import { html } from '../shared/html.js';
import { language, useLanguage } from '../shared/language.js';

/** @type {any} a classic script, loaded before the modules */
const { FullCalendar } = /** @type {any} */ (globalThis);

/** Bells ring at multiples of five minutes. */
const SNAP = '00:05:00';

/**
 * @typedef {object} WeekProps
 * @property {string} monday
 * @property {number[]} days shown, 1 (Monday) … 7
 * @property {any[]} events FullCalendar's event objects
 * @property {string} from the first clock time shown, 'HH:00'
 * @property {string} to
 * @property {string} now wall clock 'YYYY-MM-DDTHH:MM'
 * @property {(date: string) => { text: string, note: string, isSpecial: boolean }} header
 * @property {(event: any) => Node[]} content
 * @property {(event: any) => string} label for screen readers
 * @property {(event: any) => void} onOpen
 * @property {{ onStart: (event: any, calendar: any) => void, onOver: (event: any, date: string, clock: string) => boolean,
 *              onStop: (event: any, isInside: boolean) => void }} [drag]
 */

/** @param {Date} marker @returns {string} */
const dateOf = (marker) => marker.toISOString().slice(0, 10);

/** @param {number[]} days @returns {number[]} FullCalendar's numbers of the others */
const hiddenDays = (days) => [1, 2, 3, 4, 5, 6, 7].filter((day) => !days.includes(day)).map((day) => day % 7);

/** @param {WeekProps} props */
function headerContent(props) {
  return (/** @type {any} */ { date }) => {
    const { text, note, isSpecial } = props.header(dateOf(date));
    const day = document.createElement('span');
    day.className = 'week-day';
    day.textContent = text;
    const small = document.createElement('span');
    small.className = isSpecial ? 'week-day-note is-special' : 'week-day-note';
    small.textContent = note;
    return { domNodes: [day, small] };
  };
}

/** @param {{ current: WeekProps }} latest */
function optionsOf(latest) {
  const { monday } = latest.current;
  return {
    initialView: 'timeGridWeek',
    initialDate: monday,
    firstDay: 1,
    timeZone: 'UTC',
    headerToolbar: false,
    allDaySlot: false,
    height: 'auto',
    slotDuration: '00:30:00',
    snapDuration: SNAP,
    slotLabelFormat: { hour: '2-digit', minute: '2-digit', hour12: false },
    eventTimeFormat: { hour: '2-digit', minute: '2-digit', hour12: false },
    slotEventOverlap: false,
    eventMinHeight: 24,
    nowIndicator: true,
    now: () => latest.current.now,
    eventInteractive: true,
    eventDurationEditable: false,
    dragRevertDuration: 0,
    dayHeaderContent: (/** @type {any} */ given) => headerContent(latest.current)(given),
    eventContent: (/** @type {any} */ { event }) => (event.display === 'background' ? true : { domNodes: latest.current.content(event) }),
    eventDidMount: (/** @type {any} */ { event, el }) => {
      if (event.display !== 'background') el.setAttribute('aria-label', latest.current.label(event));
    },
    eventClick: (/** @type {any} */ { event }) => event.display !== 'background' && latest.current.onOpen(event),
    eventDragStart: (/** @type {any} */ { event, view }) => latest.current.drag?.onStart(event, view.calendar),
    eventAllow: (/** @type {any} */ { start }, /** @type {any} */ event) =>
      latest.current.drag?.onOver(event, dateOf(start), start.toISOString().slice(11, 16)) ?? true,
    eventDrop: (/** @type {any} */ info) => info.revert(),
    eventDragStop: (/** @type {any} */ { event, jsEvent }) => {
      const at = document.elementFromPoint(jsEvent.clientX, jsEvent.clientY);
      latest.current.drag?.onStop(event, Boolean(at?.closest('.fc-timegrid-body')));
    },
  };
}

/** @param {WeekProps} props */
export function WeekCalendar(props) {
  useLanguage();
  const element = useRef(/** @type {HTMLDivElement | null} */ (null));
  const calendar = useRef(/** @type {any} */ (null));
  const latest = useRef(props);
  latest.current = props;
  const { monday, days, events, from, to } = props;

  useEffect(() => {
    const made = new FullCalendar.Calendar(element.current, optionsOf(latest));
    calendar.current = made;
    made.render();
    return () => made.destroy();
  }, []);
  useEffect(() => {
    const shown = calendar.current;
    shown.batchRendering(() => {
      shown.setOption('hiddenDays', hiddenDays(days));
      shown.setOption('slotMinTime', `${from}:00`);
      shown.setOption('slotMaxTime', `${to}:00`);
      shown.setOption('locale', language.code === 'en' ? 'en-gb' : 'zh-cn');
      shown.setOption('dayHeaderContent', headerContent(latest.current));
      shown.gotoDate(monday);
      shown.removeAllEvents();
      for (const event of events) shown.addEvent(event);
    });
  }, [monday, days.join(), events, from, to, language.code]);
  return html`<div class="week-calendar" ref=${element}></div>`;
}

/** @param {string} monday @returns {string[]} the dates of its week */
export const weekDates = (monday) => [0, 1, 2, 3, 4, 5, 6].map((day) => addDays(monday, day));
