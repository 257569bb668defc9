// SPDX-License-Identifier: Apache-2.0
//
// The teacher's side of a lesson, without a line of how it looks: what is captured, whether the lesson is on,
// the two publications (camera with voice, screen) and how the line does. Camera and screen are sessions of
// their own, so that sharing starts and stops without touching the camera.
import { listDevices, openCameraAndMicrophone, openDevice, openScreen } from '../media/capture.js';
import { SendMeter } from '../media/figures.js';
import { Publication } from '../media/whip.js';
import { LessonWatch } from '../shared/lesson-watch.js';
import { recallForTab, rememberForTab } from '../shared/memory.js';
import { Subject } from '../shared/subject.js';
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

export class TeacherLesson extends Subject {
  watch;
  /** Between 开始上课 and 下课. */
  isLive = false;
  /** Wall clock, so that a page opened again goes on counting. */
  begunAtMs = 0;
  /** A microphone that was muted comes back muted. */
  isMuted = recallForTab('teacher.muted') === 'yes';
  isAsking = false;
  isExtending = false;
  /** Another page took the lesson over. */
  isElsewhere = false;
  /** Slides were shared when the page was closed; browsers want a click to share them again. */
  wasSharing = false;
  /** @type {CaptureProblem | null} */
  problem = null;
  /** @type {Record<Kind, MediaStreamTrack | null>} */
  tracks = { audio: null, video: null };
  /** @type {{ audio: MediaStreamTrack | null, video: MediaStreamTrack } | null} */
  screen = null;
  /** @type {Record<Kind, MediaDeviceInfo[]>} */
  devices = { audio: [], video: [] };
  /** @type {number[]} kbit/s, the newest last */
  speeds = [];
  lossFraction = 0;
  #access;
  #tabs;
  /** @type {Map<Source, { publication: Publication, meter: SendMeter }>} */
  #publications = new Map();
  #figuresTimer = 0;
  #haltedAtMs = -Infinity;

  /** @param {import('../shared/access.js').Access} access */
  constructor(access) {
    super();
    this.#access = access;
    this.watch = new LessonWatch(access);
    this.watch.subscribe(() => this.changed());
    this.watch.onRelayRestarted = () => this.#eachSession((session) => session.doubt());
    this.watch.onRelayReachable = () => this.#eachSession((session) => session.hurry());
    this.#tabs = new OtherTabs(access.lesson, () => this.#giveUp());
  }

  async begin() {
    void this.watch.run();
    navigator.mediaDevices?.addEventListener?.('devicechange', () => void this.#refreshDevices());
    await this.openDevices();
    // The page was closed or crashed in mid-lesson: go on where it stopped, the classrooms are waiting.
    if (recallForTab('teacher.live') !== 'yes') return;
    this.wasSharing = recallForTab('teacher.sharing') === 'yes';
    this.start();
  }

  /** Opens camera and microphone, as at the start and after whatever was wrong was put right. */
  async openDevices() {
    if (this.isAsking) return;
    this.isAsking = true;
    this.problem = null;
    this.changed();
    for (const track of Object.values(this.tracks)) track?.stop();
    const { audio, video, problem } = await openCameraAndMicrophone();
    this.isAsking = false;
    this.problem = problem;
    this.#take('audio', audio);
    this.#take('video', video);
    await this.#refreshDevices();
  }

  /** @param {Kind} kind @param {string} deviceId */
  async chooseDevice(kind, deviceId) {
    // Some cameras cannot be opened twice, so the old one goes first.
    this.tracks[kind]?.stop();
    const { track, problem } = await openDevice(kind, deviceId);
    this.problem = problem;
    this.#take(kind, track);
    this.changed();
  }

  start() {
    if (this.isLive) return;
    this.isLive = true;
    this.isElsewhere = false;
    this.begunAtMs = Number(recallForTab('teacher.begun')) || Date.now();
    rememberForTab('teacher.live', 'yes');
    rememberForTab('teacher.begun', String(this.begunAtMs));
    this.#tabs.announce();
    this.#publish('camera', this.tracks);
    if (this.screen) this.#publish('screen', this.screen);
    this.#figuresTimer = setInterval(() => void this.#readFigures(), FIGURES_EVERY_MS);
    this.changed();
  }

  end() {
    this.stopSharing();
    this.#halt();
  }

  toggleMute() {
    this.isMuted = !this.isMuted;
    rememberForTab('teacher.muted', this.isMuted ? 'yes' : null);
    if (this.tracks.audio) this.tracks.audio.enabled = !this.isMuted;
    this.changed();
  }

  async share() {
    const { audio, video, problem } = await openScreen();
    this.wasSharing = false;
    if (video === null) {
      this.#sayForAWhile(problem);
      return;
    }
    if (this.problem === 'shareRefused') this.problem = null;
    this.#releaseScreen();
    this.screen = { audio, video };
    rememberForTab('teacher.sharing', 'yes');
    // The browser's own bar has a button that ends sharing.
    video.addEventListener('ended', () => {
      if (this.screen?.video === video) this.stopSharing();
    });
    if (this.isLive) this.#publish('screen', this.screen);
    this.changed();
  }

  stopSharing() {
    this.wasSharing = false;
    rememberForTab('teacher.sharing', null);
    this.#unpublish('screen');
    this.#releaseScreen();
    this.changed();
  }

  /** The page goes away: tell the relay now, and remember that the lesson is on. */
  leave() {
    this.#eachSession((session) => session.stop());
  }

  /** The page asks for another pass code: let go of everything. */
  close() {
    this.leave();
    this.watch.stop();
    clearInterval(this.#figuresTimer);
    this.#releaseScreen();
    for (const track of Object.values(this.tracks)) track?.stop();
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
    if (facts?.closes_at === undefined) return null;
    const leftS = facts.closes_at - (Date.now() + aheadMs) / 1000;
    return leftS > 0 && leftS <= ENDS_SOON_S ? leftS : null;
  }

  /** Ten minutes more. Pressed twice it is twenty, so the answer is waited for. */
  async extend() {
    if (this.isExtending) return;
    this.isExtending = true;
    this.changed();
    await fetch(`/api/v1/lessons/${encodeURIComponent(this.#access.lesson)}/extend`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.#access.token}` },
    }).catch(() => {});
    await this.watch.ask();
    this.isExtending = false;
    this.changed();
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
    this.problem = problem;
    this.changed();
    setTimeout(() => {
      if (this.problem !== problem) return;
      this.problem = null;
      this.changed();
    }, SAY_MS);
  }

  #states() {
    return [...this.#publications.values()].map(({ publication }) => publication.session.state);
  }

  /** @param {Kind} kind @param {MediaStreamTrack | null} track */
  #take(kind, track) {
    this.tracks[kind] = track;
    if (track) {
      if (kind === 'audio') track.enabled = !this.isMuted;
      track.addEventListener('ended', () => this.#onTrackLost(kind, track));
    }
    this.#publications.get('camera')?.publication.setTrack(kind, track);
  }

  /** @param {Kind} kind @param {MediaStreamTrack} track */
  #onTrackLost(kind, track) {
    if (this.tracks[kind] !== track) return;
    this.problem = 'lost';
    this.#take(kind, null);
    void this.#refreshDevices();
  }

  async #refreshDevices() {
    this.devices = await listDevices();
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
    this.#haltedAtMs = performance.now();
    for (const name of ['teacher.live', 'teacher.begun']) rememberForTab(name, null);
    for (const source of [...this.#publications.keys()]) this.#unpublish(source);
    this.speeds = [];
    this.lossFraction = 0;
    this.changed();
  }

  #releaseScreen() {
    this.screen?.audio?.stop();
    this.screen?.video.stop();
    this.screen = null;
  }

  async #readFigures() {
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
  }
}
