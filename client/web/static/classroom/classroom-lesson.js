// SPDX-License-Identifier: Apache-2.0
//
// A classroom's side of a lesson, without a line of how it looks: which pictures are there, whether the line
// is good, slow or broken, and since when. It never needs anybody: a lost path, a restarted relay, a teacher
// who comes and goes are all dealt with here and in the session.
import { ReceiveMeter } from '../media/figures.js';
import { CLASSROOM_SLOTS, Viewing } from '../media/whep.js';
import { LessonWatch } from '../shared/lesson-watch.js';
import { Subject } from '../shared/subject.js';
import { LineJudge } from './line-judge.js';
import { Sound } from './sound.js';

/** @typedef {import('../media/whep.js').VideoSlot} VideoSlot */
/** @typedef {'slides-and-teacher' | 'slides' | 'teacher' | 'waiting'} Layout */

/** Slots that this page shows. */
/** @type {('camera' | 'screen')[]} */
export const SHOWN_SLOTS = ['camera', 'screen'];

const LOOK_EVERY_MS = 1000;
/** Slides that do not change come about once a second, so a source that is merely still is not taken away. */
const GONE_MS = 4000;
/** A teacher whose page is opened again finds the last picture still there. */
const KEEP_ALL_MS = 15000;
/**
 * The relay says that a source flows and nothing comes: longer than it takes to hear that a source went away, and
 * sooner than browsers find a dead path. The path is repaired first; what stays silent then is opened anew.
 */
const SILENT_MS = 5000;
const USELESS_MS = 15000;

export class ClassroomLesson extends Subject {
  watch;
  sound = new Sound();
  /** @type {Map<VideoSlot, MediaStreamTrack>} */
  tracks = new Map();
  judge = new LineJudge(performance.now());
  #viewing;
  #meter = new ReceiveMeter();
  /** When a picture last came, by slot; absent when there has been none. @type {Map<VideoSlot, number>} */
  #lastPictureMs = new Map();
  #lastPacketMs = performance.now();
  #expectedSinceMs = Infinity;
  #hasDoubted = false;
  #timer = 0;

  /** @param {import('../shared/access.js').Access} access */
  constructor(access) {
    super();
    this.watch = new LessonWatch(access);
    this.watch.onRelayRestarted = () => this.#viewing.session.doubt();
    this.watch.onRelayReachable = () => this.#viewing.session.hurry();
    this.watch.subscribe(() => this.changed());
    this.sound.subscribe(() => this.changed());
    this.#viewing = new Viewing(access, CLASSROOM_SLOTS);
    this.#viewing.onTracks = () => this.#onTracks();
    this.#viewing.session.subscribe(() => this.#judge());
  }

  begin() {
    void this.watch.run();
    void this.#viewing.session.run();
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  leave() {
    clearInterval(this.#timer);
    this.watch.stop();
    this.sound.silence();
    this.#viewing.session.stop();
  }

  /** HTTP status with which the relay keeps this classroom out, 0 while it does not. */
  get refusal() {
    const { session } = this.#viewing;
    return session.state === 'refused' ? session.problem : 0;
  }

  /** @returns {Layout} */
  get layout() {
    const hasSlides = this.#isShown('screen');
    const hasTeacher = this.#isShown('camera');
    if (hasSlides) return hasTeacher ? 'slides-and-teacher' : 'slides';
    return hasTeacher ? 'teacher' : 'waiting';
  }

  /** The teacher is known not to be sending, whatever picture still stands. */
  get isTeacherAway() {
    const publishers = this.watch.facts?.publishers;
    return publishers !== undefined && !publishers.camera && !publishers.screen;
  }

  /** @param {VideoSlot} slot */
  #isShown(slot) {
    const lastMs = this.#lastPictureMs.get(slot);
    if (lastMs === undefined) return false;
    const { facts } = this.watch;
    // While the line is broken nothing is known, and the last picture stays.
    const isKept = this.judge.condition === 'broken' || !this.watch.isReachable || facts === null;
    if (isKept || ((slot === 'camera' || slot === 'screen') && facts.publishers?.[slot])) return true;
    return performance.now() - lastMs < (this.isTeacherAway ? KEEP_ALL_MS : GONE_MS);
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
  }

  #judge() {
    const { publishers } = this.watch.facts ?? {};
    this.judge.judge({
      nowMs: performance.now(),
      lastPacketMs: this.#lastPacketMs,
      isConnected: this.#viewing.session.state === 'connected',
      isFirstAttempt: this.#viewing.session.state === 'connecting',
      isReachable: this.watch.isReachable,
      isExpecting: publishers?.camera === true || publishers?.screen === true,
    });
    this.changed();
  }

  /** @param {number} nowMs */
  #doubtSilence(nowMs) {
    const { publishers } = this.watch.facts ?? {};
    const isExpecting = this.watch.isReachable && (publishers?.camera === true || publishers?.screen === true);
    if (!isExpecting || this.#viewing.session.state !== 'connected') {
      this.#expectedSinceMs = Infinity;
      return;
    }
    if (this.#expectedSinceMs === Infinity) this.#expectedSinceMs = nowMs;
    const silentMs = nowMs - Math.max(this.#expectedSinceMs, this.#lastPacketMs);
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
