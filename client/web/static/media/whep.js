// SPDX-License-Identifier: Apache-2.0
//
// Viewing: one WHEP session that offers a line for each slot a page shows. The relay ties lines to slots in
// their order, so that the page may join before the teacher and nothing is negotiated when a source comes or
// goes. The floor's lines are offered with the rest, since lines cannot be added later without a new session.
import { RelaySession } from './relay-session.js';

/** @typedef {'camera' | 'screen' | 'floor'} VideoSlot */
/** @typedef {'teacher' | 'floor' | 'screen'} AudioSlot */

/** @type {VideoSlot[]} */
export const VIDEO_SLOTS = ['camera', 'screen', 'floor'];
/** @type {AudioSlot[]} */
export const AUDIO_SLOTS = ['teacher', 'floor', 'screen'];

export class Viewing {
  session;
  /** Called with every new connection, before it carries anything. */
  onTracks = () => {};
  /** @type {Map<VideoSlot, RTCRtpReceiver>} */
  video = new Map();
  /** @type {Map<AudioSlot, RTCRtpReceiver>} */
  audio = new Map();

  /** @param {import('../shared/access.js').Access} access */
  constructor(access) {
    this.session = new RelaySession({
      endpoint: `/whep/${encodeURIComponent(access.lesson)}`,
      token: () => access.token,
      prepare: (peer) => this.#prepare(peer),
      renewToken: (refused) => access.renew(refused),
    });
  }

  /** @param {RTCPeerConnection} peer */
  #prepare(peer) {
    for (const slot of AUDIO_SLOTS) {
      this.audio.set(slot, peer.addTransceiver('audio', { direction: 'recvonly' }).receiver);
    }
    for (const slot of VIDEO_SLOTS) {
      this.video.set(slot, peer.addTransceiver('video', { direction: 'recvonly' }).receiver);
    }
    this.onTracks();
  }
}
