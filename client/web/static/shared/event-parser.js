// SPDX-License-Identifier: Apache-2.0
//
// Server-sent events (HTML standard, "Parsing an event stream") out of pieces of text as a fetch delivers them, cut
// anywhere. Pure. What a relay would never send is an error rather than memory: the reader connects anew.

/** @typedef {{ id: string, name: string, data: string }} ServerEvent `id`: the last one named, '' before any */

/** A snapshot of 20 classrooms with notes is 8 KiB; this leaves room for every school of a county. */
export const LONGEST_LINE = 262144;
export const LONGEST_EVENT = 524288;

const ANY_LINE_END = /\r\n|\n|\r/;

export class EventParser {
  #rest = '';
  #isFirst = true;
  #id = '';
  #name = '';
  /** @type {string[]} */
  #data = [];
  #dataLength = 0;

  /**
   * @param {string} text the next piece
   * @returns {ServerEvent[]} the events that it completes
   * @throws {RangeError} when a line or an event is longer than any that the relay sends
   */
  push(text) {
    let pending = this.#rest + text;
    if (this.#isFirst && pending !== '') {
      this.#isFirst = false;
      if (pending.startsWith('\uFEFF')) pending = pending.slice(1);
    }
    // A CR at the very end may be half of a CRLF: it waits for what follows.
    const isHalf = pending.endsWith('\r');
    const lines = (isHalf ? pending.slice(0, -1) : pending).split(ANY_LINE_END);
    this.#rest = /** @type {string} */ (lines.pop()) + (isHalf ? '\r' : '');
    /** @type {ServerEvent[]} */
    const events = [];
    for (const line of lines) {
      if (line.length > LONGEST_LINE) throw new RangeError('event line too long');
      if (line === '') this.#dispatch(events);
      else this.#field(line);
    }
    if (this.#rest.length > LONGEST_LINE) throw new RangeError('event line too long');
    return events;
  }

  /** @param {string} line */
  #field(line) {
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment: the heartbeat
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') {
      this.#dataLength += value.length + 1;
      if (this.#dataLength > LONGEST_EVENT) throw new RangeError('event too long');
      this.#data.push(value);
    } else if (field === 'event') {
      this.#name = value;
    } else if (field === 'id' && !value.includes('\0')) {
      this.#id = value;
    }
  }

  /** @param {ServerEvent[]} events */
  #dispatch(events) {
    if (this.#data.length > 0) {
      events.push({ id: this.#id, name: this.#name || 'message', data: this.#data.join('\n') });
    }
    this.#name = '';
    this.#data = [];
    this.#dataLength = 0;
  }
}
