// SPDX-License-Identifier: Apache-2.0
//
// This classroom's own part in a lesson, without a line of how it looks: its camera and microphone, which are open only
// while the lesson is, its talkback, its hand, its mute and its call for help. What was pressed is sent until the relay
// has it; what the relay says is what counts. A classroom without camera or microphone takes part all the same.
import { openCameraAndMicrophone } from '../media/capture.js';
import { Microphone } from '../media/microphone.js';
import { Talkback } from '../media/talkback.js';
import { ownRow } from '../shared/lesson-document.js';
import { recall, remember } from '../shared/memory.js';
import { Subject } from '../shared/subject.js';
import { mayCapture } from './privacy.js';
import { Wish } from './wish.js';

/** @typedef {import('../media/capture.js').CaptureProblem} CaptureProblem */
/** @typedef {import('../shared/lesson-events.js').LessonEvents} LessonEvents */

/** A camera that another program held is tried again. */
const DEVICES_AGAIN_MS = 15000;
/** How long a refusal is shown. */
const REFUSAL_SHOWN_MS = 8000;

const MUTED_LESSON = 'classroom.muted';

export class OwnRoom extends Subject {
  /** @type {MediaStreamTrack | null} */
  camera = null;
  microphone = new Microphone();
  /** @type {CaptureProblem | null} */
  problem = null;
  /** The browser is asking somebody whether it may. */
  isAsking = false;
  /** Another computer shows this classroom. */
  isElsewhere = false;
  #access;
  #events;
  /** @type {Talkback | null} */
  #talkback = null;
  #hand;
  #call;
  #hasClosed = false;
  #isOpen = false;
  #isWatchingHowl = false;
  #triedMs = -Infinity;
  #onDevices = () => {
    this.#triedMs = -Infinity;
    this.follow();
  };

  /**
   * @param {import('../shared/access.js').Access} access
   * @param {LessonEvents} events
   */
  constructor(access, events) {
    super();
    this.#access = access;
    this.#events = events;
    this.#hand = new Wish(events, 'hand', (raised) => ({ raised }), () => this.changed());
    this.#call = new Wish(events, 'call', (open) => ({ open }), () => this.changed());
    this.microphone.isMuted = recall(MUTED_LESSON) === access.lesson;
    this.microphone.onTrackChanged = (track) => this.#talkback?.setMicrophone(track);
    this.microphone.subscribe(() => this.changed());
    navigator.mediaDevices?.addEventListener?.('devicechange', this.#onDevices);
  }

  get row() {
    return ownRow(this.#events.facts);
  }

  /** This page is a classroom of the lesson, and not merely somebody who watches. */
  get isClassroom() {
    return this.row !== null;
  }

  get hasFloor() {
    return (this.row?.floor ?? null) !== null;
  }

  /** @returns {boolean} as it was pressed, until the relay has said so */
  get isHandUp() {
    return this.#hand.wanted ?? (this.row?.hand ?? 0) > 0;
  }

  get isHandOnItsWay() {
    return this.#hand.wanted !== null;
  }

  get wasRefused() {
    return performance.now() - Math.max(this.#hand.refusedMs, this.#call.refusedMs) < REFUSAL_SHOWN_MS;
  }

  /** @returns {boolean} the coordinator is called, by this page or the assistant's phone, and has not closed the call */
  get isCalling() {
    return this.#call.wanted ?? this.#events.facts?.you?.calling === true;
  }

  get isCallOnItsWay() {
    return this.#call.wanted !== null;
  }

  get isMuted() {
    return this.microphone.isMuted;
  }

  toggleHand() {
    if (this.isClassroom) this.#hand.set(!this.isHandUp);
  }

  toggleMute() {
    const isMuted = !this.isMuted;
    remember(MUTED_LESSON, isMuted ? this.#access.lesson : null);
    this.microphone.setMuted(isMuted);
    this.changed();
  }

  toggleCall() {
    if (this.isClassroom) this.#call.set(!this.isCalling);
  }

  /** Brings everything to what the lesson is now. Called with each news and once a second. */
  follow() {
    if (this.#hasClosed) return;
    const relayNowMs = Date.now() + this.#events.aheadMs;
    const isOpen = this.isClassroom && mayCapture(this.#events.facts, relayNowMs);
    // While the relay is away nothing is known to have ended.
    if (this.#isOpen && !isOpen && this.#events.isReachable) this.#shut();
    if (isOpen) this.#open();
    this.#talkback?.setFloor(this.hasFloor, this.row?.muted !== true);
    this.#watchHowl(this.hasFloor && this.#isOpen);
    if (this.#events.isReachable) {
      this.#hand.follow();
      this.#call.follow();
    }
    if (this.isElsewhere && this.row?.publishing === false) this.#publish();
  }

  /** The computer slept, or the relay was restarted: the session may be gone. */
  doubt() {
    this.#talkback?.session.doubt();
  }

  hurry() {
    this.#talkback?.session.hurry();
  }

  close() {
    this.#hasClosed = true;
    navigator.mediaDevices?.removeEventListener?.('devicechange', this.#onDevices);
    this.#shut();
    this.microphone.close();
  }

  /** Only a room that is heard can howl. @param {boolean} isHeard */
  #watchHowl(isHeard) {
    if (isHeard === this.#isWatchingHowl) return;
    this.#isWatchingHowl = isHeard;
    this.microphone.watchHowl(isHeard);
  }

  #open() {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#publish();
    }
    const isComplete = this.camera !== null && this.microphone.track !== null;
    if (isComplete || this.isAsking || performance.now() - this.#triedMs < DEVICES_AGAIN_MS) return;
    // Asking again after a refusal would only show the question again.
    if (this.problem === 'refused' && this.#triedMs !== -Infinity) return;
    void this.#openDevices();
  }

  async #openDevices() {
    this.isAsking = true;
    const { audio, video, problem } = await openCameraAndMicrophone();
    this.isAsking = false;
    this.#triedMs = performance.now();
    this.problem = problem;
    if (this.#hasClosed || !this.#isOpen || this.camera !== null) video?.stop();
    else this.#takeCamera(video);
    if (this.#hasClosed || !this.#isOpen || this.microphone.track !== null) audio?.stop();
    else if (audio !== null) await this.microphone.adopt(audio, null);
    this.changed();
  }

  /** @param {MediaStreamTrack | null} camera */
  #takeCamera(camera) {
    this.camera = camera;
    this.#talkback?.setCamera(camera);
    camera?.addEventListener('ended', () => {
      if (this.camera !== camera) return;
      this.problem = 'lost';
      this.#takeCamera(null);
      this.changed();
    });
  }

  #publish() {
    this.isElsewhere = false;
    this.#talkback?.session.stop();
    const talkback = new Talkback(this.#access, () => this.#whenGone());
    this.#talkback = talkback;
    talkback.setCamera(this.camera);
    talkback.setMicrophone(this.microphone.track);
    talkback.setFloor(this.hasFloor, this.row?.muted !== true);
    talkback.session.subscribe(() => {
      if (talkback === this.#talkback) this.isElsewhere = talkback.session.state === 'replaced';
      this.changed();
    });
    void talkback.session.run();
  }

  /** The relay no longer knows our session: was it restarted, or does another computer stand for this classroom? */
  async #whenGone() {
    await this.#events.ask();
    return this.#events.isReachable && this.row?.publishing === true ? 'give-up' : 'again';
  }

  #shut() {
    this.#isOpen = false;
    this.#talkback?.session.stop();
    this.#talkback = null;
    this.microphone.release();
    this.camera?.stop();
    this.camera = null;
    this.problem = null;
    this.changed();
  }
}
