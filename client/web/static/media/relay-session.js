// SPDX-License-Identifier: Apache-2.0
//
// One session with the relay, kept alive: POST an offer, watch the path, repair it by an ICE restart (PATCH),
// and POST anew when the relay no longer knows the session or was restarted. WHIP (RFC 9725) and WHEP
// (draft-ietf-wish-whep-03) are the same here but for the direction of media, which whip.js and whep.js add.
// What to do about a refusal is left to the page.
import { BackOff, retryAfterMs } from '../shared/back-off.js';
import { askRelay, line } from '../shared/line-probe.js';
import { Subject } from '../shared/subject.js';
import { answerAfterRestart, restartFragmentOf } from './ice-fragment.js';
import { iceServersOf } from './link-header.js';
import { withStereo } from './opus.js';

/**
 * connecting: the first attempt. connected: media can flow. retrying: it cannot, and this keeps trying.
 * refused: the relay said no (`problem`), tried again slowly. replaced: somebody else sends this source now.
 * stopped: ended from here.
 * @typedef {'connecting' | 'connected' | 'retrying' | 'refused' | 'replaced' | 'stopped'} SessionState
 */
/**
 * path: it looks broken. doubt: the relay may have forgotten the session; ask it. reopen: POST anew.
 * @typedef {'path' | 'doubt' | 'reopen' | 'stop'} Trouble
 */
/** @typedef {'again' | 'give-up'} WhenGone */
/**
 * @typedef {object} SessionOptions
 * @property {string} endpoint path of the WHIP or WHEP endpoint
 * @property {() => string} token asked for each request, since a demo's changes when it starts again
 * @property {(peer: RTCPeerConnection) => void} prepare adds the transceivers
 * @property {(refused: string) => Promise<boolean>} [renewToken] the relay refused it: true when there is another
 * @property {(answer: string) => string} [amendAnswer] hints to this browser alone, put into the relay's answer
 * @property {() => Promise<WhenGone>} [whenGone] the relay no longer knows the session
 */

/** A request over a bad line still ends within this. */
const REQUEST_TIMEOUT_MS = 8000;
/** While the line is dead, how often to look whether the session is still wanted. */
const WANTED_EVERY_MS = 5000;
/** The relay forgets a session by itself when its line has been silent for so long. */
const FORGOTTEN_MS = 30000;
/** ICE, DTLS and their retransmissions at 10 % loss and a second of delay, with room. */
const CONNECT_TIMEOUT_MS = 15000;
/** The browser calls a path disconnected after a few lost checks; most such gaps close by themselves. */
const DISCONNECTED_MS = 2500;
/** After a refusal somebody has to do something first; asking more often helps nobody. */
const REFUSED_AGAIN_MS = 10000;
/** A closed connection fires no event of its own. */
const CLOSED_EVENT = 'classrelay-closed';

/** What the relay answered, when it was not what was hoped for. */
class RelayRefusal extends Error {
  /** @param {Response} response */
  constructor(response) {
    super(`relay answered ${response.status}`);
    this.status = response.status;
    this.retryAfterMs = retryAfterMs(response.headers.get('Retry-After'), Date.now());
  }
}

export class RelaySession extends Subject {
  /** @type {SessionState} */
  state = 'connecting';
  /** HTTP status of the last refusal, 0 when there was none. */
  problem = 0;
  /** @type {RTCPeerConnection | null} */
  peer = null;
  #options;
  #backOff = new BackOff();
  #location = '';
  #answer = '';
  #lastToken = '';
  #isStopped = false;
  /** @type {((trouble: Trouble) => void) | null} resolves the wait that is under way */
  #interrupt = null;
  /** @type {number | undefined} */
  #pathTimer;

  /** @param {SessionOptions} options */
  constructor(options) {
    super();
    this.#options = options;
  }

  /** Runs until stop(). Never rejects. */
  async run() {
    /** @type {Trouble} */
    let trouble = 'reopen';
    while (!this.#isStopped) {
      const isRepaired = trouble !== 'reopen' && (await this.#repair(trouble === 'doubt'));
      if (this.#isStopped) return;
      if (!isRepaired && !(await this.#open())) {
        trouble = 'reopen';
        continue;
      }
      trouble = await this.#wait(null);
    }
  }

  /**
   * The relay was restarted, or sends nothing although it should. It is asked by an ICE restart: a session
   * that it still knows goes on, another is opened anew.
   */
  doubt() {
    if (this.#interrupt !== null) this.#interrupt('doubt');
    else if (this.state !== 'connected' && this.peer?.connectionState !== 'connected') this.#closePeer();
  }

  /** The session is known to the relay and yet useless. */
  reopen() {
    this.#interrupt?.('reopen');
  }

  /** The relay can be reached again: no use in waiting longer. */
  hurry() {
    if (this.state === 'retrying') this.#interrupt?.('path');
  }

  /** Ends the session and tells the relay, also while the page is being closed. */
  stop() {
    if (this.#isStopped) return;
    this.#delete();
    this.#end('stopped');
  }

  /** @param {SessionState} state */
  #end(state) {
    this.#isStopped = true;
    this.#closePeer();
    this.#become(state);
    this.#interrupt?.('stop');
  }

  /** @param {SessionState} state */
  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.changed();
  }

  /**
   * Waits for something to happen to the session.
   * @param {number | null} timeoutMs null: as long as it takes
   * @returns {Promise<Trouble>} 'path' when the time is up
   */
  async #wait(timeoutMs) {
    if (this.#isStopped) return 'stop';
    /** @type {number | undefined} */
    let timer;
    const trouble = await new Promise((resolve) => {
      this.#interrupt = resolve;
      if (timeoutMs !== null) timer = setTimeout(() => resolve('path'), timeoutMs);
    });
    clearTimeout(timer);
    this.#interrupt = null;
    return trouble;
  }

  /** @returns {Promise<boolean>} true when connected */
  async #open() {
    this.#closePeer();
    try {
      await this.#untilReachable();
      const { peer, connected } = await this.#post();
      await connected;
      if (this.#isStopped || peer !== this.peer) return false;
      this.#backOff.reset();
      this.problem = 0;
      this.#become('connected');
      return true;
    } catch (error) {
      if (!this.#isStopped) await this.#recoverFrom(error);
      return false;
    }
  }

  /**
   * Offer, POST, answer. The local description is set only after the answer is here, so that gathering
   * starts with the ICE servers that came with it (RFC 9725 §4.6).
   */
  async #post() {
    const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.peer = peer;
    this.#options.prepare(peer);
    const offer = await offerOf(peer);
    const response = await this.#request(this.#options.endpoint, 'POST', 'application/sdp', offer.sdp);
    if (response.status !== 201) throw new RelayRefusal(response);

    this.#location = new URL(response.headers.get('Location') ?? '', response.url).href;
    const answer = await response.text();
    this.#answer = this.#options.amendAnswer?.(answer) ?? answer;
    if (this.#isStopped) {
      this.#delete();
      throw new Error('stopped');
    }
    const iceServers = iceServersOf(response.headers.get('Link'));
    if (iceServers.length > 0) peer.setConfiguration({ ...peer.getConfiguration(), iceServers });
    const connected = this.#connected(peer);
    connected.catch(() => {});
    await peer.setLocalDescription(offer);
    await peer.setRemoteDescription({ type: 'answer', sdp: this.#answer });
    this.#watchPath(peer);
    return { peer, connected };
  }

  /**
   * Repairs the path by an ICE restart, which keeps DTLS and every track.
   * @param {boolean} isForced restarts although the path looks well
   * @returns {Promise<boolean>} false when a new session is needed
   */
  async #repair(isForced) {
    const { peer } = this;
    while (!this.#isStopped && peer !== null && peer === this.peer && this.#location !== '') {
      if (peer.connectionState === 'connected' && !isForced) {
        this.#become('connected');
        return true;
      }
      if (peer.connectionState !== 'connected') this.#become('retrying');
      try {
        await this.#untilReachable();
        if (peer !== this.peer) return false;
        // Within half a minute the path comes back by itself.
        if (peer.connectionState === 'connected' && !isForced) continue;
        await this.#restartIce(peer);
        this.#backOff.reset();
        this.#become('connected');
        return true;
      } catch (error) {
        if (error instanceof RelayRefusal && error.status !== 503) return this.#isGone(error);
        if (!(error instanceof RelayRefusal) && !(error instanceof TypeError) && !isTimeout(error)) return false;
        const trouble = await this.#wait(this.#backOff.next(error instanceof RelayRefusal ? error.retryAfterMs : 0));
        if (trouble === 'reopen') return false;
      }
    }
    return false;
  }

  /** @param {RelayRefusal} refusal */
  async #isGone(refusal) {
    const isUnknown = refusal.status === 404 || refusal.status === 410;
    if (isUnknown && (await this.#options.whenGone?.()) === 'give-up') this.#end('replaced');
    return false;
  }

  /** @param {RTCPeerConnection} peer */
  async #restartIce(peer) {
    const offer = await offerOf(peer, { iceRestart: true });
    const fragment = restartFragmentOf(offer.sdp);
    const response = await this.#request(this.#location, 'PATCH', 'application/trickle-ice-sdpfrag', fragment);
    if (response.status !== 200) throw new RelayRefusal(response);
    const answer = answerAfterRestart(this.#answer, await response.text());
    if (answer === null) throw new Error('the relay restarted without credentials');

    const connected = this.#connected(peer);
    connected.catch(() => {});
    await peer.setLocalDescription(offer);
    await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    this.#answer = answer;
    await connected;
  }

  /** @param {unknown} error */
  async #recoverFrom(error) {
    this.#closePeer();
    const refusal = error instanceof RelayRefusal ? error : null;
    if (refusal?.status === 401 || refusal?.status === 403) {
      this.problem = refusal.status;
      if (await this.#options.renewToken?.(this.#lastToken)) return;
    }
    if (refusal !== null && refusal.status < 500 && refusal.status !== 429) {
      this.problem = refusal.status;
      this.#become('refused');
      this.changed();
      await this.#wait(REFUSED_AGAIN_MS);
      return;
    }
    this.#become('retrying');
    await this.#wait(this.#backOff.next(refusal?.retryAfterMs ?? 0));
  }

  /**
   * @param {RTCPeerConnection} peer
   * @returns {Promise<void>} rejects when it failed, was closed, or took too long
   */
  #connected(peer) {
    const events = ['connectionstatechange', 'signalingstatechange', CLOSED_EVENT];
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(new Error('no path to the relay')), CONNECT_TIMEOUT_MS);
      /** @param {Event} event */
      const look = (event) => {
        const isConnected = peer.connectionState === 'connected' && peer.signalingState === 'stable';
        if (event.type === CLOSED_EVENT) finish(new Error('closed'));
        else if (isConnected) finish(null);
        // A path that failed before the restart is still called failed while the descriptions are set.
        else if (event.type === 'connectionstatechange' && peer.connectionState === 'failed')
          finish(new Error('no path to the relay'));
      };
      /** @param {Error | null} error */
      const finish = (error) => {
        clearTimeout(timer);
        for (const event of events) peer.removeEventListener(event, look);
        if (error === null) resolve();
        else reject(error);
      };
      for (const event of events) peer.addEventListener(event, look);
    });
  }

  /** @param {RTCPeerConnection} peer */
  #watchPath(peer) {
    const look = () => {
      if (peer !== this.peer) return;
      if (peer.connectionState === 'connected') line.heard();
      else if (peer.connectionState !== 'connecting') line.doubt();
      clearTimeout(this.#pathTimer);
      if (this.state !== 'connected') return;
      if (peer.connectionState === 'disconnected') {
        this.#pathTimer = setTimeout(() => this.#interrupt?.('path'), DISCONNECTED_MS);
      } else if (peer.connectionState !== 'connected') {
        this.#interrupt?.('path');
      }
    };
    peer.addEventListener('connectionstatechange', look);
    const transport = peer.getTransceivers()[0]?.receiver.transport;
    // The relay says goodbye on DTLS when it is stopped or drops the session.
    transport?.addEventListener('statechange', () => {
      if (peer === this.peer && this.state === 'connected' && transport.state === 'closed') this.#interrupt?.('path');
    });
  }

  #closePeer() {
    clearTimeout(this.#pathTimer);
    const { peer } = this;
    this.peer = null;
    this.#location = '';
    peer?.close();
    peer?.dispatchEvent(new Event(CLOSED_EVENT));
  }

  /** Rejects when the session was stopped meanwhile. */
  async #untilReachable() {
    let isReachable = false;
    while (!isReachable && !this.#isStopped) isReachable = await line.reachableWithin(WANTED_EVERY_MS);
    if (this.#isStopped) throw new Error('stopped');
  }

  /**
   * @param {string} url
   * @param {string} method
   * @param {string} type
   * @param {string | undefined} body
   */
  #request(url, method, type, body) {
    this.#lastToken = this.#options.token();
    /** @type {Record<string, string>} */
    const headers = { Authorization: `Bearer ${this.#lastToken}`, 'Content-Type': type };
    // An ICE restart is not tied to the credentials in force (RFC 9725 §4.3.3).
    if (method === 'PATCH') headers['If-Match'] = '*';
    const limits = { timeoutMs: REQUEST_TIMEOUT_MS, patienceMs: REQUEST_TIMEOUT_MS };
    return askRelay(url, { method, headers, body }, limits);
  }

  #delete() {
    if (this.#location === '') return;
    const url = this.#location;
    const headers = { Authorization: `Bearer ${this.#options.token()}` };
    const send = async () => {
      // At once, since the page may be about to go; but not into a dead line.
      if (!line.isSure && !(await line.reachableWithin(FORGOTTEN_MS))) return;
      await fetch(url, { method: 'DELETE', headers, keepalive: true });
    };
    send().catch(() => {});
  }
}

/** @param {RTCPeerConnection} peer @param {RTCOfferOptions} [options] */
async function offerOf(peer, options) {
  const { sdp } = await peer.createOffer(options);
  return { type: /** @type {const} */ ('offer'), sdp: withStereo(sdp ?? '') };
}

/** @param {unknown} error */
function isTimeout(error) {
  return error instanceof DOMException && error.name === 'TimeoutError';
}
