// SPDX-License-Identifier: Apache-2.0
//
// What the teacher sees and hears of the class: the wall and whoever has the floor, in one WHEP session whose lines the
// relay ties to the slots named in the address. It comes back by itself after whatever happens to the line.
import { Sound } from '../classroom/sound.js';
import { RelaySession } from '../media/relay-session.js';
import { Subject } from '../shared/subject.js';

/** @typedef {'wall' | 'floor' | 'floor2'} ClassSlot */

/** The floor comes first: a lone line of it is worth more than the wall. @type {ClassSlot[]} */
const VIDEO = ['floor', 'wall', 'floor2'];
/** @type {('floor' | 'floor2')[]} */
const AUDIO = ['floor', 'floor2'];

export class ClassViewing extends Subject {
  session;
  sound = new Sound();
  /** @type {Map<ClassSlot, MediaStreamTrack>} */
  tracks = new Map();

  /** @param {import('../shared/access.js').Access} access */
  constructor(access) {
    super();
    const slots = new URLSearchParams({ video: VIDEO.join(','), audio: AUDIO.join(',') });
    this.session = new RelaySession({
      endpoint: `/whep/${encodeURIComponent(access.lesson)}?${slots}`,
      token: () => access.token,
      prepare: (peer) => this.#prepare(peer),
      renewToken: (refused) => access.renew(refused),
    });
    this.session.subscribe(() => this.changed());
    this.sound.subscribe(() => this.changed());
  }

  /** Something is wrong with the way here; the relay may yet be reached for actions. */
  get isAway() {
    return this.session.state === 'retrying' || this.session.state === 'refused';
  }

  start() {
    void this.session.run();
  }

  stop() {
    this.session.stop();
    this.sound.silence();
    this.tracks.clear();
  }

  /** @param {RTCPeerConnection} peer */
  #prepare(peer) {
    for (const slot of AUDIO) this.sound.play(slot, peer.addTransceiver('audio', { direction: 'recvonly' }).receiver.track);
    for (const slot of VIDEO) {
      this.tracks.set(slot, peer.addTransceiver('video', { direction: 'recvonly' }).receiver.track);
    }
    this.changed();
  }
}
