// SPDX-License-Identifier: Apache-2.0
//
// Calendar dates as 'YYYY-MM-DD' and minutes of the day, without zones: a date here is a day on the wall of a
// school. Moments are turned into both by the term's zone.

const DAY_MS = 86400000;

/** @param {string} date @returns {number} days since 1970 */
const dayNumber = (date) => Date.parse(`${date}T00:00:00Z`) / DAY_MS;

/** @param {string} date @param {number} days */
export const addDays = (date, days) => new Date((dayNumber(date) + days) * DAY_MS).toISOString().slice(0, 10);

/** @param {string} from @param {string} to */
export const daysBetween = (from, to) => dayNumber(to) - dayNumber(from);

/** @param {string} date @returns {number} 1 (Monday) … 7 */
export const weekdayOf = (date) => ((((dayNumber(date) + 3) % 7) + 7) % 7) + 1;

/** @param {string} date */
export const mondayOf = (date) => addDays(date, 1 - weekdayOf(date));

/** @param {number} minute */
export function clockOfMinute(minute) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** @param {string} clock 'HH:MM' */
export function minuteOfClock(clock) {
  const [hours, minutes] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

/**
 * The wall clock of a zone at a moment.
 * @param {number} seconds since 1970
 * @param {string} zone
 * @returns {{ date: string, clock: string }}
 */
export function wallClock(seconds, zone) {
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(new Date(seconds * 1000));
  const [date, clock] = text.split(' ');
  return { date, clock: clock.slice(0, 5) };
}

/**
 * A moment to the second, as logs tell it.
 * @param {number} seconds since 1970
 * @param {string} zone
 * @returns {string} '2026-09-07 08:00:00'
 */
export const momentText = (seconds, zone) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(new Date(seconds * 1000));

/**
 * The moment when a zone's wall clock shows this. Where it shows it twice or never, one beside it.
 * @param {string} local 'YYYY-MM-DDTHH:MM', as a field for date and time holds it
 * @param {string} zone
 * @returns {number} seconds since 1970
 */
export function secondsOf(local, zone) {
  const asUtc = (/** @type {string} */ text) => Date.parse(`${text}:00Z`) / 1000;
  const wanted = asUtc(local);
  let at = wanted;
  // The second step is for a zone whose clocks were put forward or back in between.
  for (let i = 0; i < 2; i++) {
    const shown = wallClock(at, zone);
    at += wanted - asUtc(`${shown.date}T${shown.clock}`);
  }
  return at;
}

/** @param {string} zone */
export const today = (zone) => wallClock(Date.now() / 1000, zone).date;

/** @param {string} date @returns {string} '10-12' without the year */
export const shortDate = (date) => date.slice(5);
