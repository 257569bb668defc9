// SPDX-License-Identifier: Apache-2.0
//
// Who hears whom in a lesson, by tones: each classroom's voice is a tone of its own, the same that a simulated
// classroom of its number has (client/simulator/talk-tone.h), and so is the teacher's. Pages speak by an oscillator in
// place of the microphone and look for all tones in each track that they receive; simulated classrooms report by
// `--hear`. Both become runs: from when to when somebody heard the same.
import { open } from 'node:fs/promises';

/** The teacher, as one who hears, and the number of the teacher's tone: no classroom has it. */
export const TEACHER = 0;
const TEACHER_TONE = 39;
const N_CLASSROOMS = 18;

/** @param {number} number of a classroom, or TEACHER */
export const toneHz = (number) => 1150 + 90 * ((number === TEACHER ? TEACHER_TONE : number) - 1);

/** What speakAndListen() is to be given. @param {number} number @param {{ width: number, height: number }} camera */
export const partOf = (number, camera) => ({
  hertz: toneHz(number),
  camera,
  tones: Array.from({ length: N_CLASSROOMS + 1 }, (_, one) => [one, toneHz(one)]),
});

/**
 * Runs in a page before its own scripts, after chromium.mjs's probe: its microphone is a tone, its camera as large as
 * is asked for, and every 50 ms it looks which tones are in what it receives and which pictures move. Told to
 * window.reportHearing as runs, twice a second.
 */
export function speakAndListen({ hertz, camera, tones }) {
  const LOOK_MS = 50;
  const REPORT_MS = 500;
  /** A picture that shows none anew for so long stands still. */
  const STILL_MS = 600;
  const HEARD_DB = -55;
  /** Opus adds a little everywhere; a voice that leaked would be as loud as the others. */
  const BELOW_LOUDEST_DB = 15;
  const FFT_SIZE = 4096;
  /** Half of the 90 Hz between two tones, in bins of 12 Hz. */
  const HALFWAY_BINS = 4;
  const PEAK_DB = 6;
  if (window !== window.top || !navigator.mediaDevices) return;

  navigator.mediaDevices.getUserMedia = async ({ audio, video }) => {
    const tracks = [];
    if (video) {
      const wish = { video: { ...camera, frameRate: 10 } };
      tracks.push(...(await MediaDevices.prototype.getUserMedia.call(navigator.mediaDevices, wish)).getTracks());
    }
    if (audio) {
      const context = new AudioContext();
      const out = context.createMediaStreamDestination();
      // With an octave, which a howl has not.
      for (const [frequency, gain] of [[hertz, 0.4], [2 * hertz, 0.04]]) {
        const tone = new OscillatorNode(context, { frequency });
        tone.connect(new GainNode(context, { gain })).connect(out);
        tone.start();
      }
      tracks.push(...out.stream.getTracks());
    }
    return new MediaStream(tracks);
  };

  const ears = new Map();
  let context = null;
  function followTracks() {
    context ??= new AudioContext({ sampleRate: 48000 });
    const alive = new Set();
    for (const peer of window.testPeers.filter((one) => one.signalingState !== 'closed')) {
      const tracks = peer.getReceivers().map(({ track }) => track);
      for (const track of tracks.filter(({ kind, readyState }) => kind === 'audio' && readyState === 'live')) alive.add(track);
    }
    for (const [track, { source }] of ears) {
      if (alive.has(track)) continue;
      source.disconnect();
      ears.delete(track);
    }
    for (const track of alive) {
      if (ears.has(track)) continue;
      const analyser = new AnalyserNode(context, { fftSize: FFT_SIZE, smoothingTimeConstant: 0 });
      const source = context.createMediaStreamSource(new MediaStream([track]));
      source.connect(analyser);
      ears.set(track, { source, analyser });
    }
  }

  const bins = new Float32Array(FFT_SIZE / 2);
  /** @type {Set<number>} */
  let foundBefore = new Set();
  /** What is found twice in a row: where a busy machine drops sound there is a click, which is of all tones for one look. */
  function heardNow() {
    const found = new Set();
    for (const { analyser } of ears.values()) {
      analyser.getFloatFrequencyData(bins);
      const levels = tones.map(([number, hz]) => {
        const bin = Math.round((hz * FFT_SIZE) / context.sampleRate);
        const db = Math.max(bins[bin - 1], bins[bin], bins[bin + 1]);
        // A tone that begins within the window is broad for a moment, which is no tone of its neighbours.
        const isPeak = db > Math.max(bins[bin - HALFWAY_BINS], bins[bin + HALFWAY_BINS]) + PEAK_DB;
        return [number, isPeak ? db : -Infinity];
      });
      const least = Math.max(HEARD_DB, Math.max(...levels.map(([, db]) => db)) - BELOW_LOUDEST_DB);
      for (const [number, db] of levels) if (db > least) found.add(number);
    }
    const heard = [...found].filter((number) => foundBefore.has(number));
    foundBefore = found;
    return heard.sort((a, b) => a - b);
  }

  const pictures = new Map();
  function picturesNow(nowMs) {
    const now = { moving: [], large: [] };
    for (const video of document.querySelectorAll('video[data-slot]')) {
      const { slot } = video.dataset;
      const frames = video.getVideoPlaybackQuality().totalVideoFrames;
      const last = pictures.get(slot);
      const stream = video.srcObject;
      if (last?.video !== video || last.stream !== stream) pictures.set(slot, { video, stream, frames, movedMs: -Infinity });
      else if (last.frames !== frames) Object.assign(last, { frames, movedMs: nowMs });
      if (nowMs - pictures.get(slot).movedMs > STILL_MS) continue;
      now.moving.push(slot);
      if (video.videoHeight >= 720) now.large.push(slot);
    }
    return now;
  }

  let runs = [];
  let current = null;
  let reportedMs = 0;
  setInterval(() => {
    const nowMs = performance.timeOrigin + performance.now();
    followTracks();
    const found = { heard: heardNow(), ...picturesNow(nowMs) };
    const key = JSON.stringify(found);
    if (current?.key !== key) {
      if (current) runs.push(current);
      current = { key, from: nowMs, to: nowMs, ...found };
    }
    current.to = nowMs;
    if (nowMs - reportedMs < REPORT_MS) return;
    reportedMs = nowMs;
    void window.reportHearing([...runs, { ...current }]);
    runs = [];
    current.from = nowMs;
  }, LOOK_MS);
}

/**
 * @typedef {object} Run
 * @property {number} from wall clock, ms
 * @property {number} to
 * @property {number[]} heard numbers, TEACHER among them
 * @property {string[]} moving slots whose picture moves; pages only
 * @property {string[]} large those of 720 lines; pages only
 */

/** What everybody has heard so far. */
export class Hearing {
  /** @type {Map<number, Run[]>} */
  #runs = new Map();
  /** @type {SimulatedEars[]} */
  #simulated = [];

  /** @param {number} number @returns {Run[]} in the order of time */
  of(number) {
    return this.#runs.get(number) ?? [];
  }

  get numbers() {
    return [...this.#runs.keys()].sort((a, b) => a - b);
  }

  /** Pages of this context report as `number`. @param {import('playwright-core').BrowserContext} context */
  async join(context, number) {
    this.#runs.set(number, []);
    await context.exposeBinding('reportHearing', (_, runs) => void this.#runs.get(number).push(...runs));
  }

  /**
   * A file that `--hear` writes for the first `n` classrooms.
   * @param {string} path
   * @param {string[]} keys of all, in their order
   * @param {number} n
   */
  async follow(path, keys, n) {
    for (let number = 1; number <= n; number++) this.#runs.set(number, []);
    this.#simulated.push(new SimulatedEars(await open(path), keys));
  }

  /** Takes in what simulated classrooms have written meanwhile. */
  async read() {
    for (const ears of this.#simulated) {
      await ears.read();
      for (const [number, runs] of ears.runs) this.#runs.set(number, runs);
    }
  }

  async close() {
    for (const ears of this.#simulated) await ears.close();
  }
}

/** The reports of one process: news, of which what is heard between them follows. */
class SimulatedEars {
  /** @type {Map<number, Run[]>} */
  runs = new Map();
  #file;
  #numbers;
  #rest = '';
  /** @type {Map<number, { t: number, heard: number[] }[]>} */
  #news = new Map();

  constructor(file, keys) {
    this.#file = file;
    this.#numbers = new Map([...keys.map((key, index) => [key, index + 1]), [`#${TEACHER_TONE}`, TEACHER]]);
  }

  async read() {
    const lines = (this.#rest + (await this.#readAll())).split('\n');
    this.#rest = lines.pop();
    for (const line of lines.map((text) => JSON.parse(text))) {
      if (!line.heard) continue;
      const number = this.#numbers.get(line.classroom);
      if (!this.#news.has(number)) this.#news.set(number, []);
      const heard = line.heard.map((key) => this.#numbers.get(key) ?? NaN);
      this.#news.get(number).push({ t: line.t * 1000, heard });
    }
    const nowMs = Date.now();
    for (const [number, news] of this.#news) this.runs.set(number, runsOf(news, nowMs));
  }

  async #readAll() {
    let text = '';
    const buffer = Buffer.alloc(65536);
    for (;;) {
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return text;
      text += buffer.toString('utf8', 0, bytesRead);
    }
  }

  close() {
    return this.#file.close();
  }
}

/** An end is told later than it was: each tone by itself, between its own news. */
function runsOf(news, nowMs) {
  const runs = [];
  const since = new Map();
  let heard = [];
  for (const { t, heard: next } of news) {
    for (const tone of next.filter((one) => !heard.includes(one))) since.set(tone, t);
    for (const tone of heard.filter((one) => !next.includes(one))) runs.push(run(since.get(tone), t, tone));
    heard = next;
  }
  for (const tone of heard) runs.push(run(since.get(tone), nowMs, tone));
  return runs.sort((a, b) => a.from - b.from);
}

const run = (from, to, tone) => ({ from, to, heard: [tone], moving: [], large: [] });
