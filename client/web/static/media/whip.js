// SPDX-License-Identifier: Apache-2.0
//
// Publishing: one WHIP session for one source (camera with the voice, or screen with the sound of a clip).
// Both lines are always offered, so that a microphone or camera that is plugged in later only replaces a
// track and nothing is negotiated anew.
import { MUSIC_BPS, SPEECH_BPS } from './opus.js';
import { RelaySession } from './relay-session.js';

/** @typedef {'camera' | 'screen'} Source */
/**
 * @typedef {object} Limits
 * @property {number} maxBitrate bit/s
 * @property {number} maxFramerate
 */

/**
 * Together with the voice they fit the 3 Mbit/s of a rural line. Slides get more: text suffers first.
 * @type {Record<Source, Limits>}
 */
const LIMITS = {
  camera: { maxBitrate: 1_000_000, maxFramerate: 30 },
  screen: { maxBitrate: 1_600_000, maxFramerate: 15 },
};

/**
 * H.264 constrained baseline in packetization-mode 1 first, since old classroom PCs decode it in hardware,
 * then VP8; the rest behind them, for a relay that has neither.
 * @param {RTCRtpCodec} codec
 */
function rank(codec) {
  const type = codec.mimeType.toLowerCase();
  const parameters = codec.sdpFmtpLine ?? '';
  if (type === 'video/h264') {
    if (!parameters.includes('packetization-mode=1')) return 2;
    return /profile-level-id=42e0/i.test(parameters) ? 0 : 1;
  }
  return type === 'video/vp8' ? 3 : 4;
}

/** @returns {RTCRtpCodec[]} */
function videoCodecs() {
  const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
  const sendable = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
  const known = codecs.filter((codec) =>
    sendable.some((other) => other.mimeType === codec.mimeType && other.sdpFmtpLine === codec.sdpFmtpLine),
  );
  // Array.sort is stable: RTX and FEC keep their place behind the codecs.
  return (known.length > 0 ? known : sendable).sort((a, b) => rank(a) - rank(b));
}

export class Publication {
  session;
  /** @type {Record<'audio' | 'video', MediaStreamTrack | null>} */
  #tracks = { audio: null, video: null };
  #soundBps;
  #source;

  /**
   * @param {object} options
   * @param {Source} options.source
   * @param {import('../shared/access.js').Access} options.access
   * @param {() => Promise<'again' | 'give-up'>} options.whenGone
   */
  constructor({ source, access, whenGone }) {
    this.#source = source;
    // With a screen goes the sound of a clip.
    this.#soundBps = source === 'screen' ? MUSIC_BPS : SPEECH_BPS;
    this.session = new RelaySession({
      endpoint: `/whip/${encodeURIComponent(access.lesson)}/${source}`,
      token: () => access.token,
      prepare: (peer) => this.#prepare(peer),
      renewToken: (refused) => access.renew(refused),
      whenGone,
    });
  }

  get source() {
    return this.#source;
  }

  /**
   * Sends this track from now on, without negotiation.
   * @param {'audio' | 'video'} kind
   * @param {MediaStreamTrack | null} track
   */
  setTrack(kind, track) {
    this.#tracks[kind] = track;
    for (const { sender, receiver } of this.session.peer?.getTransceivers() ?? []) {
      if (receiver.track.kind !== kind) continue;
      // A connection that was closed meanwhile gets the track with the next one.
      sender.replaceTrack(track).catch(() => {});
    }
  }

  /**
   * What Opus may use from now on, without negotiation.
   * @param {number} bps
   */
  setSoundBitrate(bps) {
    this.#soundBps = bps;
    for (const { sender, receiver } of this.session.peer?.getTransceivers() ?? []) {
      if (receiver.track.kind !== 'audio') continue;
      const parameters = sender.getParameters();
      for (const encoding of parameters.encodings) encoding.maxBitrate = bps;
      sender.setParameters(parameters).catch(() => {});
    }
  }

  /** @param {RTCPeerConnection} peer */
  #prepare(peer) {
    const streams = [new MediaStream()];
    for (const kind of /** @type {const} */ (['audio', 'video'])) {
      const sendEncodings = kind === 'video' ? [{ ...LIMITS[this.#source] }] : [{ maxBitrate: this.#soundBps }];
      const transceiver = peer.addTransceiver(this.#tracks[kind] ?? kind, {
        direction: 'sendonly',
        streams,
        sendEncodings,
      });
      if (kind === 'video') preferCodecs(transceiver);
    }
  }
}

/** @param {RTCRtpTransceiver} transceiver */
export function preferCodecs(transceiver) {
  try {
    transceiver.setCodecPreferences(videoCodecs());
  } catch {
    // Without preferences the relay still names the one codec it wants.
  }
}
