// SPDX-License-Identifier: Apache-2.0
//
// The loudness of a microphone, read from an AnalyserNode once per drawn picture. The meter is for trust, not
// for measuring: it shows that the right microphone hears the teacher.

/** Speech at a desk lies between these, in dB below full scale. */
const QUIETEST_DB = -60;
const LOUDEST_DB = -10;
/** How much of the old value stays for each picture as it falls, so that the bar can be followed by eye. */
const FALL = 0.9;

/** @param {Float32Array} samples from -1 to 1 @returns {number} loudness from 0 to 1 */
export function loudnessOf(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const db = 10 * Math.log10(sum / samples.length + 1e-12);
  return Math.min(1, Math.max(0, (db - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)));
}

export class LevelMeter {
  #context = new AudioContext();
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null;
  #analyser = this.#context.createAnalyser();
  #samples;
  #level = 0;
  #frame = 0;
  #onLevel;

  /** @param {(level: number) => void} onLevel from 0 to 1, once per picture */
  constructor(onLevel) {
    this.#onLevel = onLevel;
    // 21 ms at 48 kHz: a little more than the time between two pictures.
    this.#analyser.fftSize = 1024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
  }

  /** @param {MediaStreamTrack | null} track */
  listenTo(track) {
    this.#source?.disconnect();
    this.#source = track && this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#source?.connect(this.#analyser);
    this.wake();
    if (this.#frame === 0) this.#draw();
  }

  /** Browsers may hold sound processing back until the first click or key. */
  wake() {
    if (this.#context.state === 'suspended') this.#context.resume().catch(() => {});
  }

  close() {
    cancelAnimationFrame(this.#frame);
    this.#source?.disconnect();
    this.#context.close().catch(() => {});
  }

  #draw() {
    this.#frame = requestAnimationFrame(() => this.#draw());
    if (this.#source === null) {
      this.#onLevel(0);
      return;
    }
    this.#analyser.getFloatTimeDomainData(this.#samples);
    this.#level = Math.max(loudnessOf(this.#samples), this.#level * FALL);
    this.#onLevel(this.#level);
  }
}
