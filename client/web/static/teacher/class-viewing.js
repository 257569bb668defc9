// SPDX-License-Identifier: Apache-2.0
//
// What the teacher sees and hears of the class: the wall and whoever has the floor, who is played aloud. It comes back
// by itself after whatever happens to the line.
import { Sound } from '../classroom/sound.js';
import { Viewing } from '../media/whep.js';
import { Subject } from '../shared/subject.js';

/** @typedef {'wall' | 'floor' | 'floor2'} ClassSlot */

/** @type {import('../media/whep.js').Slots} */
const SLOTS = { video: ['floor', 'wall', 'floor2'], audio: ['floor', 'floor2'] };

export class ClassViewing extends Subject {
  sound = new Sound();
  #viewing;

  /** @param {import('../shared/access.js').Access} access */
  constructor(access) {
    super();
    this.#viewing = new Viewing(access, SLOTS);
    this.#viewing.onTracks = () => this.#onTracks();
    this.#viewing.session.subscribe(() => this.changed());
    this.sound.subscribe(() => this.changed());
  }

  get session() {
    return this.#viewing.session;
  }

  /** Something is wrong with the way here; the relay may yet be reached for actions. */
  get isAway() {
    return this.session.state === 'retrying' || this.session.state === 'refused';
  }

  /** @param {ClassSlot} slot @returns {MediaStreamTrack | undefined} */
  trackOf(slot) {
    return this.#viewing.video.get(slot)?.track;
  }

  start() {
    void this.session.run();
  }

  stop() {
    this.session.stop();
    this.sound.silence();
  }

  #onTracks() {
    for (const [slot, { track }] of this.#viewing.audio) this.sound.play(slot, track);
    this.changed();
  }
}
