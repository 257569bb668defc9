// SPDX-License-Identifier: Apache-2.0
//
// Opus in two channels (RFC 7587): said once in every offer, in both directions, so that a microphone in stereo can be
// switched to later without negotiation. One channel costs nothing more for it: Opus codes the difference of two equal
// channels in no bits.

/** Full-band speech (RFC 7587 §3.1.1 names 28–40 kbit/s), as browsers choose themselves. */
export const SPEECH_BPS = 32000;
/** Full-band music in stereo (64–128 kbit/s): beyond it nobody hears a difference from a classroom's loudspeakers. */
export const MUSIC_BPS = 96000;

/** @param {string} sdp an offer of ours @returns {string} */
export function withStereo(sdp) {
  const opus = [...sdp.matchAll(/^a=rtpmap:(\d+) opus\/48000\/2\r?$/gim)].map((match) => match[1]);
  return sdp.replace(/^(a=fmtp:(\d+) )([^\r\n]*)/gm, (line, head, payloadType, parameters) => {
    if (!opus.includes(payloadType) || /(^|;)\s*stereo=/.test(parameters)) return line;
    return `${head}${parameters};stereo=1;sprop-stereo=1`;
  });
}
