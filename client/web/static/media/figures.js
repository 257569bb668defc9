// SPDX-License-Identifier: Apache-2.0
//
// From the browser's growing counters (W3C webrtc-stats) to the few figures a person can use: how much goes
// through a second, and what part of it is lost. Pure but for the report it is given; each connection gets a
// meter of its own.

/**
 * @typedef {object} Flow
 * @property {number} kbps
 * @property {number} lossFraction 0 to 1
 * @property {number} frames pictures encoded or decoded since the last reading
 */

/** Counters that started anew, as after a new connection, read as nothing rather than as less than nothing.
 * @param {number} now @param {number | undefined} before */
const since = (now, before) => (before === undefined || now < before ? 0 : now - before);

/** What is sent: bytes from outbound-rtp, the loss as the relay reports it. */
export class SendMeter {
  /** @type {{ atMs: number, bytes: number, frames: number } | null} */
  #last = null;

  /** @param {Map<string, any> | RTCStatsReport} report @returns {Flow} */
  read(report) {
    let bytes = 0;
    let frames = 0;
    let atMs = 0;
    let lossFraction = 0;
    report.forEach((/** @type {any} */ entry) => {
      if (entry.type === 'outbound-rtp') {
        bytes += (entry.bytesSent ?? 0) + (entry.headerBytesSent ?? 0);
        frames += entry.framesEncoded ?? 0;
        atMs = entry.timestamp;
      } else if (entry.type === 'remote-inbound-rtp') {
        lossFraction = Math.max(lossFraction, entry.fractionLost ?? 0);
      }
    });
    const last = this.#last;
    this.#last = { atMs, bytes, frames };
    const passedMs = since(atMs, last?.atMs);
    return {
      kbps: passedMs > 0 ? (since(bytes, last?.bytes) * 8) / passedMs : 0,
      lossFraction,
      frames: since(frames, last?.frames),
    };
  }
}

/**
 * @typedef {object} Received
 * @property {number} packets
 * @property {number} lost
 * @property {number} frames
 * @property {number} freezes
 */

/** What arrives, by track id, so that each slot can be told from the others. */
export class ReceiveMeter {
  /** @type {Map<string, Received>} */
  #last = new Map();

  /**
   * @param {Map<string, any> | RTCStatsReport} report
   * @returns {Map<string, Received>} what came since the last reading, by track identifier
   */
  read(report) {
    /** @type {Map<string, Received>} */
    const changes = new Map();
    report.forEach((/** @type {any} */ entry) => {
      if (entry.type !== 'inbound-rtp' || typeof entry.trackIdentifier !== 'string') return;
      const now = {
        packets: entry.packetsReceived ?? 0,
        lost: entry.packetsLost ?? 0,
        frames: entry.framesDecoded ?? 0,
        freezes: entry.freezeCount ?? 0,
      };
      const last = this.#last.get(entry.trackIdentifier);
      this.#last.set(entry.trackIdentifier, now);
      changes.set(entry.trackIdentifier, {
        packets: last ? since(now.packets, last.packets) : now.packets,
        lost: since(now.lost, last?.lost),
        frames: last ? since(now.frames, last.frames) : now.frames,
        freezes: since(now.freezes, last?.freezes),
      });
    });
    return changes;
  }
}
