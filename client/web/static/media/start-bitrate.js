// SPDX-License-Identifier: Apache-2.0
//
// A hint at the rate with which a sender begins, put into the relay's answer for this browser alone.

/**
 * What Chromium takes the line for until it knows better. It sends nothing of a 720-line picture below some 700 kbit/s,
 * and with only the small one to send it learns of more no sooner than after many seconds.
 */
const START_KBPS = 1000;

/**
 * @param {string} answer
 * @returns {string} with a hint at the start bitrate, which other browsers ignore
 */
export function withStartBitrate(answer) {
  const hint = `x-google-start-bitrate=${START_KBPS}`;
  return answer.replace(/^a=rtpmap:(\d+) (?:H264|VP8)\/90000(?=\r?$)/gim, (line, type) => {
    const hasFormat = new RegExp(`^a=fmtp:${type} `, 'm').test(answer);
    return hasFormat ? line : `${line}\r\na=fmtp:${type} ${hint}`;
  }).replace(/^(a=fmtp:\d+ (?=.*packetization-mode)[^\r\n]*)/gm, `$1;${hint}`);
}
