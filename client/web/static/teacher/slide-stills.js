// SPDX-License-Identifier: Apache-2.0
//
// One sharp picture per slide, for classrooms whose line carries nothing else. Once a second the shared screen is drawn
// very small and compared with the look before: when it has changed and then stood still, it is a new slide, drawn at
// full size and sent to the relay as PNG. A video that plays never stands still, and costs nothing.
import { askRelay } from '../shared/line-probe.js';

/** Small enough to compare in a millisecond; a line of text still changes dozens of its points. */
const LOOK_WIDTH = 160;
const LOOK_HEIGHT = 90;
const LOOK_EVERY_MS = 1000;
/** The next look after a change counts as standing still; timers are not exact. */
const STILL_MS = 900;
const TAKE_EVERY_MS = 2000;
/** Grey levels of 256 by which a point must differ, and how many such points make a change: more than a pointer has. */
const POINT_DIFFERENCE = 12;
const POINTS_CHANGED = 24;

/** What a classroom shows at most, and what the relay takes. */
const WIDEST = 1920;
const MOST_BYTES = 2 * 1024 * 1024;
/** Half the points at each try: photographs as PNG are large, and legible at less. */
const SHRINK = Math.SQRT1_2;
/** Below this no slide can be read. */
const NARROWEST = 480;
const UPLOAD_TIMEOUT_MS = 20000;
const PATIENCE_MS = 5000;

/** Says when to take a picture. Pure: looks and the time are given. */
export class StillJudge {
  /** @type {Uint8ClampedArray | Uint8Array | null} */
  #last = null;
  /** @type {Uint8ClampedArray | Uint8Array | null} the slide that was taken */
  #taken = null;
  #stillSinceMs = 0;
  #takenMs = -Infinity;

  /**
   * @param {number} nowMs
   * @param {Uint8ClampedArray | Uint8Array} look grey, one byte a point; kept
   * @returns {boolean} this is a new slide: take it
   */
  look(nowMs, look) {
    if (this.#last === null || differs(this.#last, look)) this.#stillSinceMs = nowMs;
    this.#last = look;
    if (nowMs - this.#stillSinceMs < STILL_MS || nowMs - this.#takenMs < TAKE_EVERY_MS) return false;
    if (this.#taken !== null && !differs(this.#taken, look)) return false;
    this.#taken = look;
    this.#takenMs = nowMs;
    return true;
  }

  /** The relay has not got the picture that was taken, or no longer: take it again. */
  again() {
    this.#taken = null;
  }
}

/** @param {Uint8ClampedArray | Uint8Array} one @param {Uint8ClampedArray | Uint8Array} other */
function differs(one, other) {
  let points = 0;
  for (let i = 0; i < one.length; i++) if (Math.abs(one[i] - other[i]) > POINT_DIFFERENCE) points++;
  return points >= POINTS_CHANGED || one.length !== other.length;
}

export class SlideStills {
  /** Number of the last slide that the relay has, 0 before. */
  number = 0;
  #access;
  #judge = new StillJudge();
  #video = document.createElement('video');
  #small = new OffscreenCanvas(LOOK_WIDTH, LOOK_HEIGHT);
  #timer = 0;
  #isBusy = false;

  /** @param {import('../shared/access.js').Access} access */
  constructor(access) {
    this.#access = access;
    this.#video.muted = true;
  }

  /** @param {MediaStreamTrack | null} track the shared screen; null: none */
  watch(track) {
    clearInterval(this.#timer);
    this.#judge = new StillJudge();
    this.#video.srcObject = track && new MediaStream([track]);
    if (track === null) return;
    this.#video.play().catch(() => {});
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  /** A relay that was restarted has lost the slide that is on. */
  again() {
    this.#judge.again();
  }

  async #look() {
    if (this.#isBusy || this.#video.videoWidth === 0) return;
    const judge = this.#judge;
    if (!judge.look(performance.now(), this.#grey())) return;
    this.#isBusy = true;
    const picture = await this.#draw().catch(() => null);
    if (picture === null || !(await this.#send(picture))) judge.again();
    this.#isBusy = false;
  }

  #grey() {
    const context = this.#small.getContext('2d', { willReadFrequently: true });
    const grey = new Uint8Array(LOOK_WIDTH * LOOK_HEIGHT);
    if (context === null) return grey;
    context.drawImage(this.#video, 0, 0, LOOK_WIDTH, LOOK_HEIGHT);
    const { data } = context.getImageData(0, 0, LOOK_WIDTH, LOOK_HEIGHT);
    // Green counts for more than half of what the eye calls bright (ITU-R BT.601).
    for (let i = 0; i < grey.length; i++) grey[i] = (data[4 * i] * 77 + data[4 * i + 1] * 150 + data[4 * i + 2] * 29) >> 8;
    return grey;
  }

  /** @returns {Promise<Blob | null>} PNG as large as the relay takes */
  async #draw() {
    const { videoWidth, videoHeight } = this.#video;
    // Drawn once, so that a smaller try shows the same slide.
    const source = await createImageBitmap(this.#video);
    try {
      for (let width = Math.min(videoWidth, WIDEST); width >= NARROWEST; width = Math.floor(width * SHRINK)) {
        const canvas = new OffscreenCanvas(width, Math.round((width * videoHeight) / videoWidth));
        const context = canvas.getContext('2d');
        if (context === null) return null;
        context.imageSmoothingQuality = 'high';
        context.drawImage(source, 0, 0, canvas.width, canvas.height);
        const picture = await canvas.convertToBlob({ type: 'image/png' });
        if (picture.size <= MOST_BYTES) return picture;
      }
      return null;
    } finally {
      source.close();
    }
  }

  /** @param {Blob} picture @returns {Promise<boolean>} false: worth another try */
  async #send(picture) {
    try {
      const url = `/api/v1/lessons/${encodeURIComponent(this.#access.lesson)}/slides`;
      const headers = { Authorization: `Bearer ${this.#access.token}`, 'Content-Type': 'image/png' };
      const limits = { timeoutMs: UPLOAD_TIMEOUT_MS, patienceMs: PATIENCE_MS };
      const response = await askRelay(url, { method: 'POST', headers, body: picture }, limits);
      if (response.ok) this.number = (await response.json()).number;
      // What the relay refuses once it refuses again; a relay in trouble may take it later.
      return response.ok || (response.status < 500 && response.status !== 429);
    } catch {
      return false;
    }
  }
}
