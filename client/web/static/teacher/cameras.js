// SPDX-License-Identifier: Apache-2.0
//
// The cameras of the host room: up to four of them in an order that stays, so that key 2 is the same camera every day,
// whatever order the browser lists them in today. Switching opens the next camera, waits for its first picture and only
// then gives its track to the sender, so that the classrooms see no gap; where the machine cannot run two cameras at
// once, the old one is closed first.
import { listDevices, openCamera } from '../media/capture.js';
import { recall, remember } from '../shared/memory.js';
import { Subject } from '../shared/subject.js';

/** @typedef {import('../media/capture.js').CaptureProblem} CaptureProblem */
/**
 * @typedef {object} Camera
 * @property {number} number the key that switches to it, from 1
 * @property {string} deviceId
 * @property {string} name the teacher's own, or the browser's
 */

/** Keys 1 to 4. */
const MOST = 4;
/** The order outlives cameras that are not plugged in today; older ones are forgotten. */
const MOST_KEPT = 8;
/** A camera on a slow USB hub shows its first picture within this, or it is sent as it is. */
const FIRST_PICTURE_MS = 3000;

/**
 * The order of last time, then what is new.
 * @param {string[]} kept device ids
 * @param {string[]} present device ids as the browser lists them
 * @returns {string[]} of all, also of those that are not present
 */
export function cameraOrder(kept, present) {
  const order = [...kept, ...present.filter((id) => !kept.includes(id))];
  // Forgotten first: those that are away, the latest of them first.
  for (let i = order.length - 1; i >= 0 && order.length > MOST_KEPT; i--) {
    if (!present.includes(order[i])) order.splice(i, 1);
  }
  return order;
}

export class Cameras extends Subject {
  /** @type {Camera[]} */
  list = [];
  /** @type {MediaStreamTrack | null} what is to be sent */
  track = null;
  /** @type {CaptureProblem | null} */
  problem = null;
  /** @type {Map<string, MediaStreamTrack>} pictures of all cameras by device id, before class */
  previews = new Map();
  /** Called with the track to be sent from now on. */
  onTrackChanged = (/** @type {MediaStreamTrack | null} */ _track) => {};
  /** @type {string | null} the camera that is to be on, while it is being opened */
  #wanted = null;
  #isPreviewing = false;
  #isClosed = false;
  /** @type {Promise<void>} switches one after another */
  #switching = Promise.resolve();
  #onDevices = () => void this.refresh();

  get deviceId() {
    return this.track?.getSettings().deviceId ?? '';
  }

  /** Number of the camera that is on, or about to be; 0 for none. */
  get number() {
    const deviceId = this.#wanted ?? this.deviceId;
    return this.list.find((camera) => camera.deviceId === deviceId)?.number ?? 0;
  }

  /**
   * Takes over the camera that was opened together with the microphone.
   * @param {MediaStreamTrack | null} track
   * @param {CaptureProblem | null} problem
   */
  async adopt(track, problem) {
    navigator.mediaDevices?.addEventListener?.('devicechange', this.#onDevices);
    this.problem = problem;
    this.#take(track);
    await this.refresh();
  }

  /** @param {number} number from 1; one that does not exist changes nothing */
  use(number) {
    const camera = this.list.find((one) => one.number === number);
    return camera === undefined ? Promise.resolve() : this.choose(camera.deviceId);
  }

  /** Of several asked for in a row, only the last is opened. @param {string} deviceId */
  choose(deviceId) {
    this.#wanted = deviceId;
    this.changed();
    this.#switching = this.#switching.then(() => this.#switchTo(deviceId));
    return this.#switching;
  }

  /** @param {string} deviceId @param {string} name '' for the browser's */
  rename(deviceId, name) {
    const names = namesKept();
    if (name.trim() === '') delete names[deviceId];
    else names[deviceId] = name.trim();
    remember('cameras.names', JSON.stringify(names));
    void this.refresh();
  }

  /** Opens all cameras at once to look at, as far as the machine can. @param {boolean} isOn */
  async preview(isOn) {
    this.#isPreviewing = isOn;
    await (this.#switching = this.#switching.then(() => this.#adjustPreviews()));
  }

  close() {
    this.#isClosed = true;
    navigator.mediaDevices?.removeEventListener?.('devicechange', this.#onDevices);
    for (const track of [this.track, ...this.previews.values()]) track?.stop();
    this.previews.clear();
    this.track = null;
  }

  async refresh() {
    const { video } = await listDevices();
    const present = video.map((device) => device.deviceId);
    const kept = orderKept();
    const order = cameraOrder(kept, present);
    if (order.join() !== kept.join()) remember('cameras.order', JSON.stringify(order));
    const names = namesKept();
    this.list = order
      .filter((id) => present.includes(id))
      .slice(0, MOST)
      .map((deviceId, index) => {
        const label = video.find((device) => device.deviceId === deviceId)?.label ?? '';
        return { number: index + 1, deviceId, name: names[deviceId] ?? label };
      });
    const isBack = this.track === null && this.problem !== 'refused' && this.#wanted === null && this.list.length > 0;
    if (isBack && this.problem === 'lost') void this.choose(this.list[0].deviceId);
    this.changed();
  }

  /** @param {string} deviceId */
  async #switchTo(deviceId) {
    if (this.#isClosed || this.#wanted !== deviceId) return;
    if (this.track === null || this.deviceId !== deviceId) {
      const { track, problem } = await this.#open(deviceId);
      if (track) await firstPicture(track);
      if (this.#isClosed) track?.stop();
      else if (track !== null || this.track?.readyState !== 'live') this.#take(track);
      if (problem === null) remember('device.video', deviceId);
      this.problem = problem;
    } else {
      this.problem = null;
    }
    if (this.#wanted === deviceId) this.#wanted = null;
    this.changed();
  }

  /** @param {string} deviceId */
  async #open(deviceId) {
    const last = this.track;
    const lastId = this.deviceId;
    const first = await openCamera(deviceId);
    if (first.problem !== 'inUse' || last === null) return first;
    // Two cameras on one USB hub may be more than it can carry.
    last.stop();
    const second = await openCamera(deviceId);
    if (second.track !== null) return second;
    return { track: (await openCamera(lastId)).track, problem: second.problem };
  }

  /** @param {MediaStreamTrack | null} track */
  #take(track) {
    const last = this.track;
    this.track = track;
    track?.addEventListener('ended', () => {
      if (this.track !== track) return;
      this.problem = 'lost';
      this.#take(null);
      void this.refresh();
    });
    this.onTrackChanged(track);
    if (last !== track) last?.stop();
    this.changed();
  }

  async #adjustPreviews() {
    const wanted = this.#isPreviewing && !this.#isClosed ? this.list : [];
    for (const [deviceId, track] of this.previews) {
      if (wanted.some((camera) => camera.deviceId === deviceId)) continue;
      track.stop();
      this.previews.delete(deviceId);
    }
    for (const { deviceId } of wanted) {
      if (this.previews.has(deviceId)) continue;
      const { track } = await openCamera(deviceId);
      if (track) this.previews.set(deviceId, track);
    }
    this.changed();
  }
}

/** @returns {string[]} */
function orderKept() {
  const kept = parse(recall('cameras.order'));
  return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : [];
}

/** @returns {Record<string, string>} */
function namesKept() {
  const kept = parse(recall('cameras.names'));
  return kept !== null && typeof kept === 'object' && !Array.isArray(kept) ? { ...kept } : {};
}

/** @param {string | null} text @returns {any} null where it is no JSON */
function parse(text) {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

/** Resolves when the track has shown a picture, or takes too long. @param {MediaStreamTrack} track */
async function firstPicture(track) {
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = new MediaStream([track]);
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, FIRST_PICTURE_MS);
    video.addEventListener('loadeddata', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    video.play().catch(() => {});
  });
  video.srcObject = null;
}
