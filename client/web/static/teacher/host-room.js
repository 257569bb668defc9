// SPDX-License-Identifier: Apache-2.0
//
// What the host room sends, before it goes anywhere: the microphone, one of the cameras, and the shared screen with its
// slide pictures. Tracks come and go here; whoever publishes is told by onTrackChanged() and replaces them.
import { openCameraAndMicrophone, openScreen } from '../media/capture.js';
import { Microphone } from '../media/microphone.js';
import { recallForTab, rememberForTab } from '../shared/memory.js';
import { Subject } from '../shared/subject.js';
import { Cameras } from './cameras.js';
import { MusicMode } from './music-mode.js';
import { SlideStills } from './slide-stills.js';

/** @typedef {import('../media/capture.js').Kind} Kind */
/** @typedef {import('../media/capture.js').CaptureProblem} CaptureProblem */
/** @typedef {import('../media/whip.js').Source} Source */
/** @typedef {{ audio: MediaStreamTrack | null, video: MediaStreamTrack }} Screen */

export class HostRoom extends Subject {
  microphone = new Microphone();
  cameras = new Cameras();
  music = new MusicMode(this.microphone);
  /** @type {SlideStills} */
  stills;
  /** @type {Screen | null} */
  screen = null;
  /** The browser is asking whether it may. */
  isAsking = false;
  /** Called with the track to be sent from now on. */
  onTrackChanged = (/** @type {Source} */ _source, /** @type {Kind} */ _kind, /** @type {MediaStreamTrack | null} */ _track) => {};
  /** The shared screen is gone, also by the browser's own button. */
  onScreenEnded = () => {};
  #isLive = false;

  /** @param {import('../shared/access.js').Access} access */
  constructor(access) {
    super();
    this.stills = new SlideStills(access);
    this.microphone.setMuted(recallForTab('teacher.muted') === 'yes');
    this.microphone.onTrackChanged = (track) => this.onTrackChanged('camera', 'audio', track);
    this.cameras.onTrackChanged = (track) => this.onTrackChanged('camera', 'video', track);
    for (const part of [this.microphone, this.cameras, this.music]) part.subscribe(() => this.changed());
  }

  /** @returns {Record<Kind, MediaStreamTrack | null>} */
  get tracks() {
    return { audio: this.microphone.track, video: this.cameras.track };
  }

  /** @returns {CaptureProblem | null} */
  get problem() {
    const problems = [this.microphone.problem, this.cameras.problem];
    const worst = problems.includes('refused') ? 'refused' : null;
    return worst ?? this.microphone.problem ?? this.cameras.problem;
  }

  /** Opens camera and microphone, as at the start and after whatever was wrong was put right. */
  async open() {
    if (this.isAsking) return;
    this.isAsking = true;
    this.changed();
    for (const track of Object.values(this.tracks)) track?.stop();
    const { audio, video, problem } = await openCameraAndMicrophone();
    this.isAsking = false;
    await Promise.all([
      this.microphone.adopt(audio, audio === null ? problem : null),
      this.cameras.adopt(video, video === null ? problem : null),
    ]);
    this.changed();
  }

  /** @param {boolean} isMuted */
  setMuted(isMuted) {
    rememberForTab('teacher.muted', isMuted ? 'yes' : null);
    this.microphone.setMuted(isMuted);
  }

  /**
   * Shares a screen or a window, or another one than is shared now, without a gap for those who watch.
   * @returns {Promise<CaptureProblem | null>}
   */
  async share() {
    const { audio, video, problem } = await openScreen();
    if (video === null) return problem;
    const last = this.screen;
    this.screen = { audio, video };
    // The browser's own bar has a button that ends sharing.
    video.addEventListener('ended', () => {
      if (this.screen?.video === video) this.stopSharing();
    });
    this.onTrackChanged('screen', 'video', video);
    this.onTrackChanged('screen', 'audio', audio);
    release(last);
    if (this.#isLive) this.stills.watch(video);
    this.changed();
    return null;
  }

  stopSharing() {
    if (this.screen === null) return;
    release(this.screen);
    this.screen = null;
    this.stills.watch(null);
    this.onScreenEnded();
    this.changed();
  }

  /** Slides go to the classrooms only in class, and previews are for before. @param {boolean} isLive */
  setLive(isLive) {
    this.#isLive = isLive;
    this.stills.watch(isLive ? (this.screen?.video ?? null) : null);
    if (isLive) void this.cameras.preview(false);
  }

  close() {
    this.stopSharing();
    this.microphone.close();
    this.cameras.close();
  }
}

/** @param {Screen | null} screen */
function release(screen) {
  screen?.audio?.stop();
  screen?.video.stop();
}
