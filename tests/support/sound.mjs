// SPDX-License-Identifier: Apache-2.0
//
// Sound for the tests: spoken sentences, song, piano and howls as samples, their spectra as an AnalyserNode reads them,
// and WAV files to play. All of it is made when a test runs, and the same each time.
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const RATE = 48000;
/** As media/microphone.js looks. */
const FFT_SIZE = 2048;
const LOOK_MS = 50;

/** @param {number} seconds @param {(s: number) => number} wave @returns {Float32Array} */
export function made(seconds, wave) {
  return Float32Array.from({ length: Math.round(seconds * RATE) }, (_, i) => wave(i / RATE));
}

const decibels = (db) => 10 ** (db / 20);

/** A loop that grows by some decibels a second from a whisper until it is clipped. */
export function howl(seconds, hz, dbPerSecond) {
  return made(seconds, (s) => {
    const wave = decibels(-55 + dbPerSecond * s) * Math.sin(2 * Math.PI * hz * s);
    return Math.max(-0.9, Math.min(0.9, wave));
  });
}

/** Notes a half second each, eight partials that die away faster the higher they are. */
export function piano(seconds, notesHz) {
  return made(seconds, (s) => {
    const note = Math.floor(s / 0.5) % notesHz.length;
    const since = s % 0.5;
    let sum = 0;
    for (let partial = 1; partial <= 8; partial++) {
      const decay = Math.exp(-since * (1.5 + partial * notesHz[note] * 0.002));
      sum += (decay / partial ** 1.3) * Math.sin(2 * Math.PI * notesHz[note] * partial * since);
    }
    return 0.4 * Math.min(1, since * 200) * sum;
  });
}

/** Long notes with a voice's partials, a vibrato of half a semitone and swelling breath. */
export function song(seconds, notesHz) {
  let phase = 0;
  return made(seconds, (s) => {
    const hz = notesHz[Math.floor(s / 2) % notesHz.length];
    phase += (2 * Math.PI * hz * (1 + 0.015 * Math.sin(2 * Math.PI * 5.5 * s))) / RATE;
    let sum = 0;
    for (let partial = 1; partial <= 6; partial++) sum += Math.sin(phase * partial) / partial ** 1.5;
    return 0.3 * Math.sin((Math.PI * (s % 2)) / 2) * sum;
  });
}

/** A sentence by espeak-ng, at RATE. @param {string} voice @param {string} text */
export async function speech(voice, text) {
  const file = join(tmpdir(), `speech-${process.pid}-${Math.random().toString(36).slice(2)}.wav`);
  await run('espeak-ng', ['-v', voice, '-s', '150', '-w', file, text]);
  const wav = await readFile(file);
  await rm(file);
  return resampled(...samplesOf(wav));
}

/** @param {Buffer} wav of one channel and 16 bits, as espeak-ng writes it @returns {[Float32Array, number]} */
function samplesOf(wav) {
  const rate = wav.readUInt32LE(24);
  const start = wav.indexOf('data') + 8;
  return [Float32Array.from({ length: (wav.length - start) >> 1 }, (_, i) => wav.readInt16LE(start + 2 * i) / 32768), rate];
}

/** @param {Float32Array} samples @param {number} rate */
function resampled(samples, rate) {
  return Float32Array.from({ length: Math.floor((samples.length * RATE) / rate) - 2 }, (_, i) => {
    const at = (i * rate) / RATE;
    const left = Math.floor(at);
    return samples[left] + (at - left) * ((samples[left + 1] ?? 0) - samples[left]);
  });
}

/** @param {string} file @param {Float32Array} samples one channel @param {Float32Array} [right] a second one */
export async function writeWav(file, samples, right) {
  const channels = right ? 2 : 1;
  const wav = Buffer.alloc(44 + 2 * channels * samples.length);
  wav.write('RIFF');
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(channels, 22);
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(RATE * 2 * channels, 28);
  wav.writeUInt16LE(2 * channels, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(wav.length - 44, 40);
  const put = (value, at) => wav.writeInt16LE(Math.round(Math.max(-1, Math.min(1, value)) * 32767), at);
  samples.forEach((value, i) => {
    put(value, 44 + 2 * channels * i);
    if (right) put(right[i], 46 + 4 * i);
  });
  await writeFile(file, wav);
}

/** Spectra in dB below full scale, one each 50 ms, through a Blackman window as the Web Audio API says. */
export function* looks(samples) {
  const window = Float64Array.from({ length: FFT_SIZE }, (_, i) => {
    const turn = (2 * Math.PI * i) / FFT_SIZE;
    return 0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn);
  });
  for (let ms = LOOK_MS; (ms * RATE) / 1000 <= samples.length; ms += LOOK_MS) {
    const start = Math.round((ms * RATE) / 1000) - FFT_SIZE;
    const real = Float64Array.from(window, (weight, i) => weight * (samples[start + i] ?? 0));
    const imaginary = new Float64Array(FFT_SIZE);
    transform(real, imaginary);
    const spectrum = Float32Array.from({ length: FFT_SIZE / 2 }, (_, i) =>
      20 * Math.log10(Math.hypot(real[i], imaginary[i]) / FFT_SIZE + 1e-12),
    );
    yield { ms, spectrum, binHz: RATE / FFT_SIZE };
  }
}

/** Radix-2 FFT in place. @param {Float64Array} real @param {Float64Array} imaginary */
function transform(real, imaginary) {
  const n = real.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j], real[i]];
      [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    for (let k = 0; k < size / 2; k++) {
      const cos = Math.cos((-2 * Math.PI * k) / size);
      const sin = Math.sin((-2 * Math.PI * k) / size);
      for (let i = k; i < n; i += size) {
        const j = i + size / 2;
        const x = real[j] * cos - imaginary[j] * sin;
        const y = real[j] * sin + imaginary[j] * cos;
        real[j] = real[i] - x;
        imaginary[j] = imaginary[i] - y;
        real[i] += x;
        imaginary[i] += y;
      }
    }
  }
}
