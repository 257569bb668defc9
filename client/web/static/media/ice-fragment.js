// SPDX-License-Identifier: Apache-2.0
//
// The two halves of an ICE restart by PATCH (RFC 9725 §4.3.3, RFC 8840): a fragment with this side's new
// credentials cut out of a fresh offer, and the relay's fragment put into the answer that is in force, so
// that the browser can be given it as a new answer.

/** @param {string} sdp @param {string} name */
function lineOf(sdp, name) {
  return sdp.match(new RegExp(`^a=${name}:.*$`, 'm'))?.[0].trim();
}

/**
 * @param {string} offer an offer made with iceRestart
 * @returns {string} application/trickle-ice-sdpfrag
 */
export function restartFragmentOf(offer) {
  const firstMedia = offer.match(/^m=.*$/m)?.[0].trim();
  const lines = [
    lineOf(offer, 'ice-options') ?? 'a=ice-options:trickle',
    lineOf(offer, 'group'),
    firstMedia,
    lineOf(offer, 'mid'),
    lineOf(offer, 'ice-ufrag'),
    lineOf(offer, 'ice-pwd'),
  ];
  return `${lines.filter(Boolean).join('\r\n')}\r\n`;
}

/**
 * @param {string} answer the answer in force
 * @param {string} fragment what the relay answered to the restart
 * @returns {string | null} the new answer; null when the fragment lacks credentials
 */
export function answerAfterRestart(answer, fragment) {
  const ufrag = lineOf(fragment, 'ice-ufrag');
  const password = lineOf(fragment, 'ice-pwd');
  if (!ufrag || !password) return null;

  const candidates = fragment.match(/^a=candidate:.*$/gm)?.map((line) => line.trim()) ?? [];
  const lines = [];
  let isPlaced = candidates.length === 0;
  for (const line of answer.split(/\r?\n/)) {
    if (candidates.length > 0 && /^a=(candidate:|end-of-candidates)/.test(line)) continue;
    if (line.startsWith('a=ice-ufrag:')) lines.push(ufrag);
    else if (line.startsWith('a=ice-pwd:')) lines.push(password);
    else lines.push(line);
    // With BUNDLE the candidates of the first m-line serve all; a=mid is the one line that each surely has.
    if (!isPlaced && line.startsWith('a=mid:')) {
      lines.push(...candidates, 'a=end-of-candidates');
      isPlaced = true;
    }
  }
  return isPlaced ? lines.join('\r\n') : null;
}
