// SPDX-License-Identifier: Apache-2.0
//
// A classroom's side of a lesson, without a line of how it looks: which pictures are there, whether the line
// is good, slow or broken, and since when. It never needs anybody: a lost path, a restarted relay, a computer that
// slept, a teacher who comes and goes are all dealt with here and in the sessions.
import { ReceiveMeter } from '../media/figures.js';
import { CLASSROOM_SLOTS, Viewing } from '../media/whep.js';
import { LessonEvents } from '../shared/lesson-events.js';
import { line } from '../shared/line-probe.js';
import { Subject } from '../shared/subject.js';
import { SHOWN_SLOTS, placesOf } from './layout.js';
import { LineJudge } from './line-judge.js';
import { OwnRoom } from './own-room.js';
import { Sound } from './sound.js';
import { Stills } from './stills.js';

/** @typedef {import('./layout.js').ShownSlot} ShownSlot */

const LOOK_EVERY_MS = 1000;
/** Timers that stood still for so long mean that the computer slept. */
const SLEPT_MS = 15000;
/** Slides that do not change come about once a second, so a source that is merely still is not taken away. */
const GONE_MS = 4000;
/** A teacher whose page is opened again finds the last picture still there. */
const KEEP_ALL_MS = 15000;
/** No lesson is longer: one that only ends some time today has no bell to wait for. */
const LONGEST_MINUTES = 120;
/** So long without a packet, and the relay is asked whether it is there. */
const ASK_MS = 2000;
/**
 * The relay says that a source flows and nothing comes: longer than it takes to hear that a source went away, and
 * sooner than browsers find a dead path. The path is repaired first; what stays silent then is opened anew.
 */
const SILENT_MS = 5000;
const USELESS_MS = 15000;

export class ClassroomLesson extends Subject {
  events;
  room;
  stills;
  sound = new Sound();
  /** @type {Map<string, MediaStreamTrack>} by slot */
  tracks = new Map();
  judge = new LineJudge(performance.now());
  #viewing;
  #meter = new ReceiveMeter();
  /** When a picture last came, by slot; absent when there has been none. @type {Map<string, number>} */
  #lastPictureMs = new Map();
  #lastPacketMs = performance.now();
  #expectedSinceMs = Infinity;
  /** Until when it was known who sends. */
  #knownMs = -Infinity;
  #hasDoubted = false;
  #lookedAtMs = Date.now();
  #timer = 0;

  /** @param {import('../shared/access.js').Access} access */
  constructor(access) {
    super();
    this.events = new LessonEvents(access);
    this.room = new OwnRoom(access, this.events);
    this.stills = new Stills(access);
    this.#viewing = new Viewing(access, CLASSROOM_SLOTS);
    this.events.onRelayRestarted = () => {
      this.stills.forget();
      this.#doubt();
    };
    this.events.onRelayReachable = () => this.#hurry();
    this.events.subscribe(() => this.#onNews());
    for (const part of [this.sound, this.room, this.stills]) part.subscribe(() => this.changed());
    this.#viewing.onTracks = () => this.#onTracks();
    this.#viewing.session.subscribe(() => this.#judge());
  }

  begin() {
    void this.events.run();
    void this.#viewing.session.run();
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  leave() {
    clearInterval(this.#timer);
    this.events.stop();
    this.sound.silence();
    this.room.close();
    this.stills.close();
    this.#viewing.session.stop();
  }

  /** HTTP status with which the relay keeps this classroom out, 0 while it does not. */
  get refusal() {
    const { session } = this.#viewing;
    return session.state === 'refused' ? session.problem : 0;
  }

  get isCut() {
    return this.judge.condition === 'broken';
  }

  get places() {
    return placesOf(SHOWN_SLOTS.filter((slot) => this.#isShown(slot)));
  }

  /** @param {'floor' | 'floor2'} slot @returns {string} the classroom that is seen there, '' where that is nobody else */
  nameOn(slot) {
    const key = this.#holderOf(slot);
    if (key === null) return '';
    return this.events.facts?.classrooms?.find(({ id }) => id === key)?.name ?? key;
  }

  /** The teacher is known not to be sending, whatever picture still stands. */
  get isTeacherAway() {
    const publishers = this.events.facts?.publishers;
    return publishers !== undefined && !publishers.camera && !publishers.screen;
  }

  /** The slides are shown as a still: somebody pages, or the moving picture is lost. */
  get isStill() {
    return this.stills.url !== null && (this.stills.looked !== null || this.#isSlideLost);
  }

  /** Whole minutes to the bell, null of a lesson without one. */
  get minutesLeft() {
    const endsAt = this.events.facts?.ends_at;
    if (typeof endsAt !== 'number') return null;
    const minutes = Math.max(0, Math.ceil((endsAt * 1000 - Date.now() - this.events.aheadMs) / 60000));
    return minutes > LONGEST_MINUTES ? null : minutes;
  }

  /** Turns pages, which is for a cut line only: on a good one the teacher does. @param {number} step */
  page(step) {
    if (this.isCut) this.stills.page(step);
  }

  get #isSlideLost() {
    if (this.events.facts?.publishers?.screen !== true) return false;
    return performance.now() - (this.#lastPictureMs.get('screen') ?? this.#expectedSinceMs) > GONE_MS;
  }

  /** @param {'floor' | 'floor2'} slot @returns {string | null} */
  #holderOf(slot) {
    const { floor, you } = this.events.facts ?? {};
    const key = floor?.[slot === 'floor' ? 0 : 1] ?? null;
    return key === you?.classroom ? null : key;
  }

  /** @param {ShownSlot} slot */
  #isShown(slot) {
    if (slot === 'floor' || slot === 'floor2') return this.#holderOf(slot) !== null;
    if (slot === 'screen' && this.isStill) return true;
    const lastMs = this.#lastPictureMs.get(slot);
    if (lastMs === undefined) return false;
    const { facts } = this.events;
    if (facts === null || facts.publishers?.[slot]) return true;
    // While the line is broken nothing is known, and what was shown then stays: nothing that had ended before.
    const nowMs = this.#isInTheDark ? this.#knownMs : performance.now();
    return nowMs - lastMs < (this.isTeacherAway ? KEEP_ALL_MS : GONE_MS);
  }

  get #isInTheDark() {
    return this.isCut || !this.events.isReachable;
  }

  #onNews() {
    if (!this.#isInTheDark) this.#knownMs = performance.now();
    this.room.follow();
    this.stills.follow(this.events.facts?.slide?.number ?? null, this.#isSlideLost);
    this.changed();
  }

  #doubt() {
    this.#viewing.session.doubt();
    this.room.doubt();
  }

  #hurry() {
    this.#viewing.session.hurry();
    this.room.hurry();
  }

  #onTracks() {
    this.#meter = new ReceiveMeter();
    this.tracks = new Map();
    for (const [slot, receiver] of this.#viewing.video) this.tracks.set(slot, receiver.track);
    for (const [slot, receiver] of this.#viewing.audio) this.sound.play(slot, receiver.track);
    this.changed();
  }

  /** Once a second: what came, and what that says. */
  async #look() {
    this.#noticeSleep();
    const report = await this.#viewing.session.peer?.getStats().catch(() => null);
    const nowMs = performance.now();
    let packets = 0;
    let lost = 0;
    let freezes = 0;
    if (report) {
      const received = this.#meter.read(report);
      for (const change of received.values()) {
        packets += change.packets;
        lost += change.lost;
        freezes += change.freezes;
      }
      for (const [slot, track] of this.tracks) {
        if ((received.get(track.id)?.frames ?? 0) > 0) this.#lastPictureMs.set(slot, nowMs);
      }
    }
    if (packets > 0) this.#lastPacketMs = nowMs;
    this.judge.addSecond({ packets, lost, freezes });
    this.#doubtSilence(nowMs);
    this.#judge();
    this.#onNews();
  }

  #noticeSleep() {
    const nowMs = Date.now();
    const passedMs = nowMs - this.#lookedAtMs;
    this.#lookedAtMs = nowMs;
    if (passedMs < SLEPT_MS) return;
    this.events.restart();
    this.#doubt();
  }

  #judge() {
    this.judge.judge({
      nowMs: performance.now(),
      lastPacketMs: this.#lastPacketMs,
      isConnected: this.#viewing.session.state === 'connected',
      isFirstAttempt: this.#viewing.session.state === 'connecting',
      isReachable: this.events.isReachable,
      isExpecting: this.#isExpecting,
    });
    if (!this.isCut) this.stills.endPaging();
    this.changed();
  }

  get #isExpecting() {
    const { publishers } = this.events.facts ?? {};
    return publishers?.camera === true || publishers?.screen === true;
  }

  /** @param {number} nowMs */
  #doubtSilence(nowMs) {
    if (!this.events.isReachable || !this.#isExpecting || this.#viewing.session.state !== 'connected') {
      this.#expectedSinceMs = Infinity;
      return;
    }
    if (this.#expectedSinceMs === Infinity) this.#expectedSinceMs = nowMs;
    const silentMs = nowMs - Math.max(this.#expectedSinceMs, this.#lastPacketMs);
    if (silentMs > ASK_MS) {
      line.doubt(nowMs - silentMs);
      void this.events.ask();
    }
    if (silentMs < SILENT_MS) {
      this.#hasDoubted = false;
    } else if (!this.#hasDoubted) {
      this.#hasDoubted = true;
      this.#viewing.session.doubt();
    } else if (silentMs > USELESS_MS) {
      this.#expectedSinceMs = nowMs;
      this.#viewing.session.reopen();
    }
  }
}
