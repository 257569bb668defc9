// SPDX-License-Identifier: Apache-2.0
//
// What the teacher does with the class: giving and taking the floor, muting a classroom, lowering a hand, calling the
// coordinator. What holds is always what the relay says; a wish is shown at once and stands until the relay's events
// show it, or its refusal is said in words.
import { t } from '../shared/language.js';
import { Subject } from '../shared/subject.js';

/** @typedef {import('../shared/lesson-document.js').ClassroomRow} ClassroomRow */
/** @typedef {import('../shared/lesson-events.js').LessonEvents} LessonEvents */
/** @typedef {import('../shared/lesson-events.js').Outcome} Outcome */

/** Two classrooms at most, for a dialogue. */
const N_FLOORS = 2;
/** The answer comes when the action is on the relay's disk; its event at the latest this much later. */
const EVENT_MS = 3000;
/** Long enough to read a sentence. */
const SAY_MS = 10000;

/** @param {string[]} a @param {string[]} b */
const isSame = (a, b) => a.length === b.length && a.every((key, index) => key === b[index]);

export class ClassControl extends Subject {
  /** The next classroom joins the one that has the floor, in place of replacing it. */
  isAdding = false;
  /** What was refused, as a sentence. */
  problem = '';
  #events;
  /** @type {string[] | null} who shall have the floor; null: nothing is under way */
  #wantedFloor = null;
  #isSendingFloor = false;
  /** @type {Map<string, boolean>} whom the teacher is muting or unmuting just now */
  #wantedMutes = new Map();
  /** @type {Set<string>} hands that are being lowered */
  #lowering = new Set();
  /** @type {boolean | null} the coordinator is being called, or told that it is settled */
  #wantedCall = null;
  /** @type {number | undefined} */
  #problemTimer;

  /** @param {LessonEvents} events */
  constructor(events) {
    super();
    this.#events = events;
  }

  /** @returns {ClassroomRow[]} in the order of their numbers */
  get rows() {
    return this.#events.facts?.classrooms ?? [];
  }

  /** @param {string} key @returns {ClassroomRow | undefined} */
  row(key) {
    return this.rows.find(({ id }) => id === key);
  }

  /** @param {number} number */
  rowOfNumber(number) {
    return this.rows.find((row) => row.number === number);
  }

  /** @param {string} key its name, or the key of a classroom that has left the roster */
  nameOf(key) {
    return this.row(key)?.name ?? key;
  }

  /** @returns {ClassroomRow[]} raised hands in their order, without those being lowered */
  get hands() {
    const keys = this.#events.facts?.hands ?? [];
    const rows = keys.filter((key) => !this.#lowering.has(key)).map((key) => this.row(key));
    return rows.flatMap((row) => (row ? [row] : []));
  }

  /** @returns {ClassroomRow[]} who has not had the floor today */
  get notCalled() {
    return this.rows.filter((row) => row.turns === 0 && !this.floor.includes(row.id));
  }

  /** @returns {string[]} who has the floor, by the relay's word */
  get floor() {
    return (this.#events.facts?.floor ?? []).flatMap((key) => (key === null ? [] : [key]));
  }

  /** @returns {string[]} who is about to get it */
  get coming() {
    return (this.#wantedFloor ?? []).filter((key) => !this.floor.includes(key));
  }

  get isTakingBack() {
    return this.#wantedFloor !== null && this.floor.some((key) => !this.#wantedFloor?.includes(key));
  }

  /** @param {ClassroomRow} row */
  isMuted(row) {
    return this.#wantedMutes.get(row.id) ?? row.muted;
  }

  /** @param {string} key @param {boolean} [isAdding] beside the one that has it */
  give(key, isAdding = this.isAdding) {
    const holders = this.#wantedFloor ?? this.floor;
    this.isAdding = false;
    const others = holders.filter((holder) => holder !== key);
    // Two have it already: the first stays, as the one the lesson began to talk with.
    const wanted = isAdding ? [...others.slice(0, N_FLOORS - 1), key] : [key];
    this.#wantFloor(wanted);
  }

  /** The first raised hand. */
  giveToNextHand() {
    const [next] = this.hands.filter(({ id }) => !this.floor.includes(id));
    if (next) this.give(next.id);
  }

  takeBack() {
    this.isAdding = false;
    if (this.floor.length > 0 || this.#wantedFloor !== null) this.#wantFloor([]);
    else this.changed();
  }

  /** @param {string} key one of the two of a dialogue */
  takeBackFrom(key) {
    this.#wantFloor((this.#wantedFloor ?? this.floor).filter((holder) => holder !== key));
  }

  toggleAdding() {
    this.isAdding = !this.isAdding;
    this.changed();
  }

  /** @param {ClassroomRow} row */
  async toggleMute(row) {
    const muted = !this.isMuted(row);
    this.#wantedMutes.set(row.id, muted);
    this.changed();
    await this.#confirm(this.#events.act('mute', { classroom: row.id, muted }), () => this.row(row.id)?.muted === muted);
    if (this.#wantedMutes.get(row.id) === muted) this.#wantedMutes.delete(row.id);
    this.changed();
  }

  /** @param {string} key */
  async lowerHand(key) {
    this.#lowering.add(key);
    this.changed();
    const isDown = () => !this.#events.facts?.hands?.includes(key);
    await this.#confirm(this.#events.act('hand', { raised: false, classroom: key }), isDown);
    this.#lowering.delete(key);
    this.changed();
  }

  get isCalling() {
    return this.#wantedCall ?? this.#hasCalled;
  }

  get #hasCalled() {
    return this.#events.facts?.calls?.some(({ who }) => who === 'teacher') ?? false;
  }

  /** Calls the coordinator, or says that it is settled. */
  async toggleCall() {
    const open = !this.isCalling;
    this.#wantedCall = open;
    this.changed();
    await this.#confirm(this.#events.act('call', { open }), () => this.#hasCalled === open);
    if (this.#wantedCall === open) this.#wantedCall = null;
    this.changed();
  }

  /** @param {string[]} wanted */
  #wantFloor(wanted) {
    this.#wantedFloor = wanted;
    this.#forgetProblem();
    this.changed();
    if (!this.#isSendingFloor) void this.#sendFloor();
  }

  /** One request at a time, so that the last wish is the last to arrive. */
  async #sendFloor() {
    this.#isSendingFloor = true;
    for (;;) {
      const wanted = this.#wantedFloor ?? [];
      const isSettled = () => this.#wantedFloor !== wanted || isSame([...this.floor].sort(), [...wanted].sort());
      await this.#confirm(this.#events.act('floor', { classrooms: wanted }), isSettled);
      if (this.#wantedFloor === wanted) break;
    }
    this.#isSendingFloor = false;
    this.#wantedFloor = null;
    this.changed();
  }

  /**
   * Until the relay's events show what it has accepted; a refusal is said.
   * @param {Promise<Outcome>} action
   * @param {() => boolean} isShown
   */
  async #confirm(action, isShown) {
    const outcome = await action;
    if (!outcome.ok) {
      this.#say(sentenceOf(outcome));
      return;
    }
    if (isShown()) return;
    await new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        for (const end of ends) end();
        resolve(undefined);
      };
      const look = () => isShown() && finish();
      const ends = [this.#events.subscribe(look), this.subscribe(look)];
      const timer = setTimeout(finish, EVENT_MS);
    });
  }

  /** @param {string} sentence */
  #say(sentence) {
    clearTimeout(this.#problemTimer);
    this.problem = sentence;
    this.#problemTimer = setTimeout(() => this.#forgetProblem(), SAY_MS);
    this.changed();
  }

  #forgetProblem() {
    clearTimeout(this.#problemTimer);
    if (this.problem === '') return;
    this.problem = '';
    this.changed();
  }
}

/** @param {Outcome} outcome @returns {string} */
function sentenceOf({ status, problem }) {
  if (status === 0) return t('actNoAnswer');
  return problem?.detail || problem?.title || t('actRefused', { n: status });
}
