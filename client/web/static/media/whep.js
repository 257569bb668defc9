// SPDX-License-Identifier: Apache-2.0
//
// Viewing: one WHEP session that offers a line for each slot a page shows, and names them in that order, so that the
// page may join before the teacher and nothing is negotiated when a source comes or goes. The floor's lines are
// offered with the rest, since lines cannot be added later without a new session.
import { RelaySession } from './relay-session.js';

/** @typedef {'camera' | 'screen' | 'floor' | 'floor2' | 'wall'} VideoSlot */
/** @typedef {'teacher' | 'floor' | 'screen' | 'floor2'} AudioSlot */
/** @typedef {{ video: VideoSlot[], audio: AudioSlot[] }} Slots */

/** A classroom sees and hears everything but the wall. @type {Slots} */
export const CLASSROOM_SLOTS = {
  video: ['camera', 'screen', 'floor', 'floor2'],
  audio: ['teacher', 'floor', 'screen', 'floor2'],
};

export class Viewing {
  session;
  /** Called with every new connection, before it carries anything. */
  onTracks = () => {};
  /** @type {Map<VideoSlot, RTCRtpReceiver>} */
  video = new Map();
  /** @type {Map<AudioSlot, RTCRtpReceiver>} */
  audio = new Map();

  #slots;

  /**
   * @param {import('../shared/access.js').Access} access
   * @param {Slots} slots
   */
  constructor(access, slots) {
    this.#slots = slots;
    const query = `video=${slots.video.join(',')}&audio=${slots.audio.join(',')}`;
    this.session = new RelaySession({
      endpoint: `/whep/${encodeURIComponent(access.lesson)}?${query}`,
      token: () => access.token,
      prepare: (peer) => this.#prepare(peer),
      renewToken: (refused) => access.renew(refused),
    });
  }

  /** @param {RTCPeerConnection} peer */
  #prepare(peer) {
    for (const slot of this.#slots.audio) {
      this.audio.set(slot, peer.addTransceiver('audio', { direction: 'recvonly' }).receiver);
    }
    for (const slot of this.#slots.video) {
      this.video.set(slot, peer.addTransceiver('video', { direction: 'recvonly' }).receiver);
    }
    this.onTracks();
  }
}
