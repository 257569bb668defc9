// SPDX-License-Identifier: Apache-2.0
//
// Judges a lesson by what everybody heard: between two changes of it, each one must have heard whoever had the floor and
// the teacher, and must not have heard anybody else, himself least of all. Pure: times and runs are given.
import { TEACHER } from './hearing.mjs';

/** A page's jitter buffer plays out, and a report of an end is half a second old. */
const SETTLE_MS = 1500;
/** So much of an interval must be heard: a busy machine drops sound now and then. */
const LEAST_SHARE = 0.6;
/** One such drop in a short interval is more than its share. */
const ONE_DROP_MS = 700;
/** Shorter ones say nothing about what was heard, only about what was not. */
const SHORTEST_MS = 800;

/**
 * @typedef {object} Change what holds from now on
 * @property {number} asked wall clock, ms
 * @property {number} answered
 * @property {number[]} floor numbers of those who may be heard
 * @property {number[]} away who neither hears nor is heard, TEACHER among them
 * @property {boolean} isSettling something was broken: nobody needs to hear anything until the next change
 * @property {string} what
 */

/** @param {import('./hearing.mjs').Run[]} runs @param {number} tone */
function hearingOf(runs, tone, from, to) {
  const inside = (run) => Math.max(0, Math.min(to, run.to) - Math.max(from, run.from));
  return runs.filter((run) => run.heard.includes(tone)).reduce((sum, run) => sum + inside(run), 0);
}

/** @returns {number | null} the first moment from `since` on of which `holds` is true */
export function firstSince(runs, since, holds) {
  const run = runs.find((one) => one.to >= since && holds(one));
  return run ? Math.max(run.from, since) : null;
}

/**
 * @param {Change[]} changes in the order of time
 * @param {number} endedMs
 * @param {import('./hearing.mjs').Hearing} hearing
 */
export function judge(changes, endedMs, hearing) {
  const verdict = { intervals: 0, heard: 0, unheard: 0, leastShare: 1, violations: [] };
  changes.forEach((change, index) => {
    const from = change.answered + SETTLE_MS;
    const to = changes[index + 1]?.asked ?? endedMs;
    if (to <= from) return;
    verdict.intervals++;
    for (const number of hearing.numbers) judgeOne(verdict, change, number, hearing.of(number), from, to);
  });
  return verdict;
}

function judgeOne(verdict, change, number, runs, from, to) {
  const speakers = change.floor.filter((one) => one !== number);
  if (number !== TEACHER) speakers.push(TEACHER);
  const at = `${change.what}: ${nameOf(number)}`;
  for (const run of runs.filter((one) => one.from < to && one.to > from)) {
    for (const tone of run.heard.filter((one) => !speakers.includes(one))) {
      const begun = Math.max(run.from, from);
      const times = `for ${Math.round(Math.min(to, run.to) - begun)} ms, ${Math.round(begun - change.answered)} ms after the answer`;
      verdict.violations.push(`${at} heard ${nameOf(tone)} ${times}`);
    }
  }
  verdict.unheard++;
  if (change.isSettling || change.away.includes(number) || to - from < SHORTEST_MS) return;
  for (const tone of speakers.filter((one) => !change.away.includes(one))) {
    const heardMs = hearingOf(runs, tone, from, to);
    const share = heardMs / (to - from);
    verdict.heard++;
    verdict.leastShare = Math.min(verdict.leastShare, share);
    if (share >= LEAST_SHARE || to - from - heardMs <= ONE_DROP_MS) continue;
    verdict.violations.push(`${at} heard ${nameOf(tone)} for ${Math.round(100 * share)} % of ${Math.round(to - from)} ms`);
  }
}

export const nameOf = (number) => (number === TEACHER ? 'the teacher' : `classroom ${number}`);

/** Grant to first heard and revoke to last heard, by each of `numbers`. @param {Change[]} changes */
export function delays(changes, endedMs, hearing, numbers) {
  const found = { granted: [], revoked: [] };
  changes.forEach((change, index) => {
    const before = changes[index - 1];
    if (!before || change.isSettling || before.isSettling) return;
    const to = changes[index + 1]?.asked ?? endedMs;
    for (const number of numbers.filter((one) => !change.away.includes(one) && !before.away.includes(one))) {
      const runs = hearing.of(number);
      for (const tone of newIn(change, before, number)) {
        const at = firstSince(runs, change.asked, (run) => run.heard.includes(tone));
        if (at !== null && at < to) found.granted.push(at - change.asked);
      }
      for (const tone of newIn(before, change, number)) {
        const isOfThis = (run) => run.from < change.answered + SETTLE_MS && run.to > before.answered;
        const last = runs.filter((run) => run.heard.includes(tone) && isOfThis(run)).at(-1);
        if (last) found.revoked.push(last.to - change.answered);
      }
    }
  });
  return found;
}

/** Whom `number` may hear in `change` and could not in `other`. */
function newIn(change, other, number) {
  const isThere = (one) => !change.away.includes(one) && !other.away.includes(one);
  return change.floor.filter((one) => one !== number && !other.floor.includes(one) && isThere(one));
}

/** @param {number[]} values */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return sorted.length === 0 ? null : { n: sorted.length, p50: at(0.5), p95: at(0.95), max: sorted.at(-1) };
}
