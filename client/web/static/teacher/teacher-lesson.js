// SPDX-License-Identifier: Apache-2.0
//
// The teacher's side of a lesson, without a line of how it looks: what is captured, whether the lesson is on, the two
// publications (camera with voice, screen), what is seen of the class, and how the line does. Camera and screen are
// sessions of their own, so that sharing starts and stops without touching the camera.
import { SendMeter } from '../media/figures.js';
import { Publication } from '../media/whip.js';
import { LessonEvents } from '../shared/lesson-events.js';
import { askRelay } from '../shared/line-probe.js';
import { Subject } from '../shared/subject.js';
import { ClassControl } from './class-control.js';
import { ClassViewing } from './class-viewing.js';
import { forgetLesson, isLessonLost, keepLesson, keptLesson, TeachingLock } from './kept-lesson.js';
import { HostRoom } from './host-room.js';
import { OtherTabs } from './other-tabs.js';

/** @typedef {import('../media/capture.js').Kind} Kind */
/** @typedef {import('../media/capture.js').CaptureProblem} CaptureProblem */
/** @typedef {import('../media/whip.js').Source} Source */
/** @typedef {import('../shared/parts.js').Condition} Condition */

/** One reading a second for a minute. */
const FIGURES_EVERY_MS = 1000;
const SPEEDS_KEPT = 60;
/** From here on pupils notice: the voice has gaps that its built-in repair no longer hides. */
const SLOW_LOSS_FRACTION = 0.05;
/** Long enough to read two lines. */
const SAY_MS = 15000;
/** The relay calls a source away 2 s after its last packet; only later can it be somebody else's. */
const AWAY_MS = 3000;
/** That, and two answers of the relay. */
const SETTLE_MS = AWAY_MS + 4000;
/** Time enough to finish a sentence, or to ask for more. */
const ENDS_SOON_S = 120;
/** The end of a lesson is written to the relay's disk before it is answered; over a dead line nobody waits so long. */
const CLOCK_TIMEOUT_MS = 8000;
const CLOCK_PATIENCE_MS = 2000;

export class TeacherLesson extends Subject {
  watch;
  control;
  /** @type {ClassViewing | null} while the lesson is on */
  viewing = null;
  /** Between 开始上课 and 下课. */
  isLive = false;
  /** Wall clock, so that a page opened again goes on counting. */
  begunAtMs = 0;
  isExtending = false;
  /** Another page took the lesson over. */
  isElsewhere = false;
  /** Slides were shared when the page was closed; browsers want a click to share them again. */
  wasSharing = false;
  /** What is captured. */
  room;
  /** @type {number[]} kbit/s, the newest last */
  speeds = [];
  lossFraction = 0;
  #access;
  #tabs;
  #lock = new TeachingLock();
  /** @type {Map<Source, { publication: Publication, meter: SendMeter }>} */
  #publications = new Map();
  #figuresTimer = 0;
  #haltedAtMs = -Infinity;
  #isClosed = false;
  /** @type {CaptureProblem | null} */
  #shareProblem = null;

  /** @param {import('../shared/access.js').Access} access */
  constructor(access) {
    super();
    this.#access = access;
    this.watch = new LessonEvents(access);
    this.watch.subscribe(() => {
      this.room.music.setFloorTaken(this.watch.facts?.floor?.some((key) => key !== null) ?? false);
      this.changed();
    });
    this.control = new ClassControl(this.watch);
    this.control.subscribe(() => this.changed());
    this.room = new HostRoom(access);
    this.room.subscribe(() => this.changed());
    this.room.onTrackChanged = (source, kind, track) => this.#publications.get(source)?.publication.setTrack(kind, track);
    this.room.onScreenEnded = () => this.#onScreenEnded();
    this.room.music.onBitrateChanged = (bps) => this.#publications.get('camera')?.publication.setSoundBitrate(bps);
    this.watch.onRelayRestarted = () => {
      this.room.stills.again();
      this.#eachSession((session) => session.doubt());
    };
    this.watch.onRelayReachable = () => this.#eachSession((session) => session.hurry());
    this.#tabs = new OtherTabs(access.lesson, () => this.#giveUp());
  }

  async begin() {
    void this.watch.run();
    const kept = keptLesson();
    const isKept = kept?.lesson === this.#access.lesson;
    if (isKept && kept.isMuted) this.room.setMuted(true);
    if (isKept && kept.isMusic) void this.room.music.set(true);
    await Promise.all([this.openDevices(), isKept ? this.#resume(kept) : null]);
  }

  /**
   * The page was closed or crashed in mid-lesson: go on where it stopped, the classrooms are waiting. The way to the
   * relay is laid while camera and microphone are being opened.
   * @param {import('./kept-lesson.js').Kept} kept
   */
  async #resume(kept) {
    if (!(await isLessonLost(kept.lesson)) || this.#isClosed) return;
    this.wasSharing = kept.isSharing;
    this.begunAtMs = kept.begunAtMs;
    this.start();
  }

  /** Opens camera and microphone, as at the start and after whatever was wrong was put right. */
  openDevices() {
    return this.room.open();
  }

  /** @param {Kind} kind @param {string} deviceId */
  chooseDevice(kind, deviceId) {
    return kind === 'audio' ? this.room.microphone.choose(deviceId) : this.room.cameras.choose(deviceId);
  }

  get isMuted() {
    return this.room.microphone.isMuted;
  }

  get isAsking() {
    return this.room.isAsking;
  }

  /** @returns {CaptureProblem | null} */
  get problem() {
    return this.#shareProblem ?? this.room.problem;
  }

  get tracks() {
    return this.room.tracks;
  }

  get screen() {
    return this.room.screen;
  }

  /** @returns {Record<Kind, { deviceId: string, label: string }[]>} */
  get devices() {
    const cameras = this.room.cameras.list.map(({ deviceId, name }) => ({ deviceId, label: name }));
    return { audio: this.room.microphone.devices, video: cameras };
  }

  start() {
    if (this.isLive) return;
    this.isLive = true;
    this.isElsewhere = false;
    this.begunAtMs ||= Date.now();
    this.#tabs.announce();
    this.#lock.hold(this.#access.lesson);
    this.#keep();
    this.viewing = new ClassViewing(this.#access);
    this.viewing.subscribe(() => this.changed());
    this.viewing.start();
    this.room.setLive(true);
    this.#publish('camera', this.tracks);
    if (this.screen) this.#publish('screen', this.screen);
    this.#figuresTimer = setInterval(() => void this.#readFigures(), FIGURES_EVERY_MS);
    this.changed();
  }

  /** 下课: a lesson of the timetable is over for everybody; another only loses its teacher. */
  async end() {
    this.stopSharing();
    this.#halt();
    const isOver = await this.#tellClock('end');
    // Classrooms would go on hearing each other.
    if (!isOver && this.control.floor.length > 0) this.control.takeBack();
  }

  toggleMute() {
    this.room.setMuted(!this.isMuted);
    this.#keep();
  }

  async share() {
    const problem = await this.room.share();
    this.wasSharing = false;
    this.#sayForAWhile(problem);
    // What is shared already only changes its tracks.
    if (this.isLive && this.screen && !this.#publications.has('screen')) this.#publish('screen', this.screen);
    this.#keep();
  }

  stopSharing() {
    this.wasSharing = false;
    this.room.stopSharing();
    this.#keep();
    this.changed();
  }

  /** The page goes away: tell the relay now, and remember that the lesson is on. */
  leave() {
    this.#keep();
    this.#eachSession((session) => session.stop());
  }

  /** The page asks for another pass code: let go of everything. */
  close() {
    this.#isClosed = true;
    this.leave();
    this.viewing?.stop();
    this.#lock.release();
    this.watch.stop();
    clearInterval(this.#figuresTimer);
    this.room.close();
  }

  /** @returns {Condition} */
  get condition() {
    const states = this.#states();
    if (states.length === 0) return 'waiting';
    if (states.includes('retrying') || states.includes('refused') || !this.watch.isReachable) return 'broken';
    if (states.includes('connecting')) return 'waiting';
    return this.lossFraction > SLOW_LOSS_FRACTION ? 'slow' : 'good';
  }

  /** HTTP status with which the relay refuses to take the lesson, 0 while it does not. */
  get refusal() {
    for (const { publication } of this.#publications.values()) {
      if (publication.session.state === 'refused') return publication.session.problem;
    }
    return 0;
  }

  /** Seconds until the clock ends the lesson, null while that is not soon. */
  get endsInS() {
    const { facts, aheadMs } = this.watch;
    const leftS = (facts?.closes_at ?? Infinity) - (Date.now() + aheadMs) / 1000;
    return leftS > 0 && leftS <= ENDS_SOON_S ? leftS : null;
  }

  /** Ten minutes more. Pressed twice it is twenty, so the answer is waited for. */
  async extend() {
    if (this.isExtending) return;
    this.isExtending = true;
    this.changed();
    await this.#tellClock('extend');
    await this.watch.ask();
    this.isExtending = false;
    this.changed();
  }

  /**
   * The timetable's clock listens to who has signed in; a lesson outside the timetable has none.
   * @param {'extend' | 'end'} what
   * @returns {Promise<boolean>} it has taken it
   */
  async #tellClock(what) {
    const { lesson, token, isJoined } = this.#access;
    const path = `/api/v1/lessons/${encodeURIComponent(lesson)}/${what}`;
    /** @type {Record<string, string>} */
    const headers = isJoined ? {} : { Authorization: `Bearer ${token}` };
    const limits = { timeoutMs: CLOCK_TIMEOUT_MS, patienceMs: CLOCK_PATIENCE_MS };
    const response = await askRelay(path, { method: 'POST', headers }, limits).catch(() => null);
    return response?.ok ?? false;
  }

  /** Somebody sends this lesson's picture, and it is not this page. */
  get isOtherTeaching() {
    // Right after the lesson's end the relay may still call our own picture one that flows.
    if (performance.now() - this.#haltedAtMs < SETTLE_MS) return false;
    return !this.isLive && !this.isElsewhere && this.watch.facts?.publishers?.camera === true;
  }

  /**
   * For what is mostly a change of mind, such as closing the browser's question.
   * @param {CaptureProblem | null} problem
   */
  #sayForAWhile(problem) {
    this.#shareProblem = problem;
    this.changed();
    setTimeout(() => {
      if (this.#shareProblem !== problem) return;
      this.#shareProblem = null;
      this.changed();
    }, SAY_MS);
  }

  #states() {
    return [...this.#publications.values()].map(({ publication }) => publication.session.state);
  }

  #onScreenEnded() {
    this.#unpublish('screen');
    this.#keep();
    this.changed();
  }

  /** @param {Source} source @param {Record<Kind, MediaStreamTrack | null>} tracks */
  #publish(source, tracks) {
    this.#unpublish(source);
    const publication = new Publication({
      source,
      access: this.#access,
      whenGone: () => this.#whenGone(source),
    });
    publication.setTrack('audio', tracks.audio);
    publication.setTrack('video', tracks.video);
    if (source === 'camera') publication.setSoundBitrate(this.room.music.bps);
    publication.session.subscribe(() => {
      if (publication.session.state === 'replaced') this.#giveUp();
      this.changed();
    });
    this.#publications.set(source, { publication, meter: new SendMeter() });
    void publication.session.run();
  }

  /** @param {Source} source */
  #unpublish(source) {
    this.#publications.get(source)?.publication.session.stop();
    this.#publications.delete(source);
  }

  /**
   * The relay no longer knows our session: was it restarted, or does somebody else teach now?
   * @param {Source} source
   * @returns {Promise<'again' | 'give-up'>}
   */
  async #whenGone(source) {
    for (const waitMs of [AWAY_MS, 0]) {
      await this.watch.ask();
      if (!this.watch.isReachable || this.watch.facts?.publishers?.[source] !== true) return 'again';
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    return 'give-up';
  }

  #giveUp() {
    if (!this.isLive) return;
    this.isElsewhere = true;
    this.#halt();
  }

  #halt() {
    clearInterval(this.#figuresTimer);
    this.isLive = false;
    this.room.setLive(false);
    this.begunAtMs = 0;
    this.#haltedAtMs = performance.now();
    forgetLesson(this.#access.lesson);
    this.#lock.release();
    this.viewing?.stop();
    this.viewing = null;
    for (const source of [...this.#publications.keys()]) this.#unpublish(source);
    this.speeds = [];
    this.lossFraction = 0;
    this.changed();
  }

  /** What a page opened again needs to go on. */
  #keep() {
    if (!this.isLive) return;
    const { begunAtMs, isMuted } = this;
    const { lesson } = this.#access;
    const isSharing = this.screen !== null || this.wasSharing;
    keepLesson({ lesson, begunAtMs, isMuted, isMusic: this.room.music.isOn, isSharing });
  }

  async #readFigures() {
    this.#keep();
    let kbps = 0;
    let lossFraction = 0;
    for (const { publication, meter } of this.#publications.values()) {
      const report = await publication.session.peer?.getStats().catch(() => null);
      if (!report) continue;
      const flow = meter.read(report);
      kbps += flow.kbps;
      lossFraction = Math.max(lossFraction, flow.lossFraction);
    }
    if (!this.isLive) return;
    this.speeds = [...this.speeds, kbps].slice(-SPEEDS_KEPT);
    this.lossFraction = lossFraction;
    this.changed();
  }

  /** @param {(session: import('../media/relay-session.js').RelaySession) => void} what */
  #eachSession(what) {
    for (const { publication } of this.#publications.values()) what(publication.session);
    if (this.viewing) what(this.viewing.session);
  }
}
