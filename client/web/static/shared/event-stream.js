// SPDX-License-Identifier: Apache-2.0
//
// One stream of server-sent events, read by fetch: unlike EventSource it carries an Authorization header, and says
// with which status it was refused. It notices a line that is dead without a word, by the relay's heartbeat.
import { EventParser } from './event-parser.js';
import { line } from './line-probe.js';

/** The relay sends a heartbeat every 5 s: two of them lost, and it is gone. */
const SILENT_MS = 12000;
/** The answer's head comes at once. Over a line with a second of delay it still comes within this. */
const HEAD_MS = 4000;
/** How long a line that is dead is waited for before it is said again that there is none. */
const PATIENCE_MS = 4000;

/**
 * @param {object} options
 * @param {string} options.url
 * @param {Record<string, string>} options.headers
 * @param {AbortSignal} options.signal
 * @param {(aheadMs: number) => void} options.onOpen by how much the relay's clock is ahead
 * @param {(event: import('./event-parser.js').ServerEvent) => void} options.onEvent
 * @param {() => void} options.onAlive something came
 * @returns {Promise<'ended' | 'broken' | 'dead' | number>} ended: by the relay, in order. dead: there is no line. A
 *   number: refused with that status
 */
export async function readEvents({ url, headers, signal, onOpen, onEvent, onAlive }) {
  if (!(await line.reachableWithin(PATIENCE_MS))) return 'dead';
  const silence = new AbortController();
  const abort = () => silence.abort();
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  const onSilent = () => {
    line.doubt();
    abort();
  };
  let timer = setTimeout(onSilent, HEAD_MS);
  try {
    const response = await fetch(url, {
      cache: 'no-store',
      headers: { ...headers, Accept: 'text/event-stream' },
      signal: silence.signal,
    });
    line.heard();
    if (!response.ok || response.body === null) {
      abort();
      return response.status;
    }
    const sentMs = Date.parse(response.headers.get('Date') ?? '');
    onOpen(Number.isNaN(sentMs) ? 0 : sentMs - Date.now());
    const parser = new EventParser();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      clearTimeout(timer);
      timer = setTimeout(onSilent, SILENT_MS);
      const { done, value } = await reader.read();
      if (done) return 'ended';
      line.heard();
      onAlive();
      for (const event of parser.push(decoder.decode(value, { stream: true }))) onEvent(event);
    }
  } catch {
    if (!silence.signal.aborted) line.heard(); // it failed by itself: whatever comes next does, too, or is answered
    silence.abort();
    return 'broken';
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
