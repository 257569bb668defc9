// SPDX-License-Identifier: Apache-2.0
//
// ICE servers out of the Link header of a WHIP or WHEP answer (RFC 9725 §4.6): the relay hands out its TURN
// server and time-limited credentials there. Only the part of RFC 8288 that this needs.

/** Matches one `<target>; parameter; …` of a Link header, commas inside quotes and brackets included. */
const LINK = /<([^>]*)>((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s";,]+))?)*)/g;
const PARAMETER = /;\s*([\w*-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]+)))?/g;

/** @param {string} text */
function parametersOf(text) {
  /** @type {Record<string, string>} */
  const parameters = {};
  for (const [, name, quoted, plain] of text.matchAll(PARAMETER)) {
    parameters[name.toLowerCase()] = quoted !== undefined ? quoted.replace(/\\(.)/g, '$1') : (plain ?? '');
  }
  return parameters;
}

/**
 * @param {string | null} header the value of Link; several headers arrive joined by commas
 * @returns {RTCIceServer[]}
 */
export function iceServersOf(header) {
  /** @type {RTCIceServer[]} */
  const servers = [];
  for (const [, target, rest] of (header ?? '').matchAll(LINK)) {
    const { rel, username, credential } = parametersOf(rest);
    if (!rel?.split(/\s+/).includes('ice-server')) continue;
    if (!/^(stun|turns?):/i.test(target)) continue;
    servers.push(username === undefined ? { urls: target } : { urls: target, username, credential });
  }
  return servers;
}
