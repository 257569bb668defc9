// SPDX-License-Identifier: Apache-2.0
//
// A classroom's own picture and voice: one WHIP session for the source `classroom`. The picture goes in two layers, a
// small one for the teacher's wall, which is always sent, and the full one, which is sent with the voice only while
// the classroom has the floor. Both layers and the voice are negotiated at the start, so that a grant costs no more
// than the next picture. Before the grant the relay passes nothing on, whatever this page does, but the small one into
// the teacher's wall.
import { RelaySession } from './relay-session.js';
import { withStartBitrate } from './start-bitrate.js';
import { preferCodecs } from './whip.js';

/** A tile of the wall: 1280×720 in five columns and four rows is 256×180 each. */
const SMALL = { width: 320, height: 180, maxBitrate: 100_000, maxFramerate: 10 };
/** What a county's uplink carries beside the small one, at a size in which faces can be told. */
const FULL = { maxBitrate: 900_000, maxFramerate: 20 };
/** Of a camera that has not said its size. */
const USUAL = { width: 1280, height: 720 };

/**
 * @param {MediaStreamTrack | null} camera
 * @returns {number} by which its pictures are divided, so that they fit a tile
 */
export function smallScaleOf(camera) {
  const { width = USUAL.width, height = USUAL.height } = camera?.getSettings() ?? {};
  return Math.max(1, width / SMALL.width, height / SMALL.height);
}

export class Talkback {
  session;
  /** @type {MediaStreamTrack | null} */
  #camera = null;
  /** @type {MediaStreamTrack | null} */
  #microphone = null;
  #hasFloor = false;
  #hasVoice = false;
  /** Changes of the senders, one after another. */
  #applying = Promise.resolve();

  /**
   * @param {import('../shared/access.js').Access} access
   * @param {() => Promise<'again' | 'give-up'>} whenGone
   */
  constructor(access, whenGone) {
    this.session = new RelaySession({
      endpoint: `/whip/${encodeURIComponent(access.lesson)}/classroom`,
      token: () => access.token,
      prepare: (peer) => this.#prepare(peer),
      renewToken: (refused) => access.renew(refused),
      amendAnswer: withStartBitrate,
      whenGone,
    });
    this.session.subscribe(() => this.#apply());
  }

  /** @param {MediaStreamTrack | null} camera */
  setCamera(camera) {
    this.#camera = camera;
    this.#apply();
  }

  /** @param {MediaStreamTrack | null} microphone heard only while the classroom may speak */
  setMicrophone(microphone) {
    this.#microphone = microphone;
    this.#apply();
  }

  /** @param {boolean} hasFloor @param {boolean} hasVoice false: seen and not heard */
  setFloor(hasFloor, hasVoice) {
    if (hasFloor === this.#hasFloor && hasVoice === this.#hasVoice) return;
    this.#hasFloor = hasFloor;
    this.#hasVoice = hasVoice;
    this.#apply();
  }

  get #voice() {
    return this.#hasFloor && this.#hasVoice ? this.#microphone : null;
  }

  /** @returns {RTCRtpEncodingParameters[]} */
  get #encodings() {
    const { maxBitrate, maxFramerate } = SMALL;
    return [
      { rid: 'l', active: true, maxBitrate, maxFramerate, scaleResolutionDownBy: smallScaleOf(this.#camera) },
      { rid: 'h', active: this.#hasFloor, ...FULL, scaleResolutionDownBy: 1 },
    ];
  }

  /** @param {RTCPeerConnection} peer */
  #prepare(peer) {
    const streams = [new MediaStream()];
    peer.addTransceiver(this.#voice ?? 'audio', { direction: 'sendonly', streams });
    const video = peer.addTransceiver(this.#camera ?? 'video', {
      direction: 'sendonly',
      streams,
      sendEncodings: this.#encodings,
    });
    preferCodecs(video);
  }

  /** Brings the senders of the present connection to what is wanted. The voice first: it is missed first. */
  #apply() {
    this.#applying = this.#applying.then(async () => {
      const { peer } = this.session;
      if (peer === null) return;
      const [audio, video] = peer.getTransceivers().map(({ sender }) => sender);
      try {
        if (audio.track !== this.#voice) await audio.replaceTrack(this.#voice);
        if (video.track !== this.#camera) await video.replaceTrack(this.#camera);
        await setEncodings(video, this.#encodings);
      } catch {
        // The connection was closed meanwhile; the next one begins with what is wanted.
      }
    });
  }
}

/** @param {RTCRtpSender} sender @param {RTCRtpEncodingParameters[]} wanted */
async function setEncodings(sender, wanted) {
  const parameters = sender.getParameters();
  let isOther = false;
  for (const encoding of parameters.encodings) {
    const wish = wanted.find(({ rid }) => rid === encoding.rid);
    if (wish === undefined) continue;
    isOther ||= encoding.active !== wish.active || encoding.scaleResolutionDownBy !== wish.scaleResolutionDownBy;
    encoding.active = wish.active;
    encoding.scaleResolutionDownBy = wish.scaleResolutionDownBy;
  }
  if (isOther) await sender.setParameters(parameters);
}
