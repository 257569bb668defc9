// SPDX-License-Identifier: Apache-2.0
//
// Asking the server: JSON in and out, the session's cookie, the version that an edit is based on, lists page by
// page. Everything that goes wrong comes out as one Problem with a sentence for people, which the server has
// written in the language of the page.
import { language, t } from '../shared/language.js';
import { askRelay, line } from '../shared/line-probe.js';
import { Subject } from '../shared/subject.js';

/** @typedef {import('../shared/language.js').WordKey} WordKey */

/** A server that is busy answers within this or not at all. */
const TIMEOUT_MS = 20000;
/** While the line is known to be dead there is no use in waiting for as long. */
const PATIENCE_MS = 5000;
/** The most that a list gives at once. */
const PAGE_ITEMS = 200;

/** Says so when the server no longer knows who this is. */
export const signedOut = new Subject();

/** What the people's side of the server refuses with codes that a page has better words for. @type {Record<string, WordKey>} */
const WORDS = {
  'sign-in': 'problemSignIn',
  'weak-password': 'problemWeakPassword',
  'too-often': 'problemTooOften',
  'last-coordinator': 'problemLastCoordinator',
  taken: 'problemTaken',
  'in-use': 'problemInUseElsewhere',
  'changed-meanwhile': 'officeEditedElsewhere',
  forbidden: 'problemForbidden',
  'not-found': 'problemNotFound',
  'not-secure': 'problemNotSecure',
  busy: 'problemBusy',
  'read-only': 'problemReadOnly',
};

/** @param {number} status @param {Record<string, any>} body @returns {string} */
function sentenceOf(status, body) {
  const word = WORDS[body.code];
  if (word) return t(word);
  return body.detail || body.title || (status === 0 ? t('officeNoAnswer') : t('officeRefused', { n: status }));
}

export class Problem extends Error {
  /**
   * @param {number} status 0 when there was no answer
   * @param {Record<string, any>} body problem+json (RFC 9457) with our code and field
   */
  constructor(status, body = {}) {
    super(sentenceOf(status, body));
    this.status = status;
    /** @type {string} */
    this.code = body.code ?? '';
    /** @type {string} */
    this.field = body.field ?? '';
    this.body = body;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{ json?: unknown, body?: BodyInit, type?: string, version?: number, confirm?: string, isSigningIn?: boolean,
 *   bearer?: string }} [options]
 *   `confirm`: what stands although lessons clash; `bearer`: a device's credential, in place of the cookie
 * @returns {Promise<any>} what the answer holds, null when it is empty
 */
export async function ask(method, path, { json, body, type, version, confirm, isSigningIn, bearer } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json', 'Accept-Language': language.code === 'en' ? 'en' : 'zh-CN' };
  if (json !== undefined) headers['Content-Type'] = 'application/json';
  if (type !== undefined) headers['Content-Type'] = type;
  if (bearer !== undefined) headers.Authorization = `Bearer ${bearer}`;
  if (version !== undefined) headers['If-Match'] = `"v${version}"`;
  let response;
  try {
    /** @type {RequestInit} */
    const request = {
      method,
      headers,
      body: json === undefined ? body : JSON.stringify(json),
      cache: 'no-store',
      credentials: bearer === undefined ? 'same-origin' : 'omit',
    };
    // Most of these pages hear nothing while nobody asks: silence means nothing there.
    const hasHeartbeat = bearer !== undefined || line.isDoubted;
    const limits = { timeoutMs: TIMEOUT_MS, patienceMs: PATIENCE_MS };
    if (hasHeartbeat) response = await askRelay(withQuery(path, { confirm }), request, limits);
    else response = await fetch(withQuery(path, { confirm }), { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new Problem(0);
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  if (response.status === 401 && !isSigningIn && bearer === undefined) signedOut.changed();
  throw new Problem(response.status, answer ?? {});
}

/** @param {string} path @param {Record<string, string | number | undefined | null>} values empty ones are left out */
export function withQuery(path, values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/**
 * All of a list, however many pages it has.
 * @param {string} path
 * @param {Record<string, string | number | undefined | null>} [values]
 * @returns {Promise<any[]>}
 */
export async function askAll(path, values = {}) {
  const items = [];
  let cursor = '';
  do {
    const page = await ask('GET', withQuery(path, { ...values, limit: PAGE_ITEMS, cursor }));
    items.push(...page.items);
    cursor = page.next ?? '';
  } while (cursor);
  return items;
}
