// SPDX-License-Identifier: Apache-2.0
//
// Feedback: a loudspeaker that is heard by the microphone it plays, round and round, howls. HowlDetector knows a howl
// by its spectrum, and HowlGuard says how far the microphone is to be lowered and when it may come back. Both are pure:
// spectra and the time are given. What tells a howl from speech, song and instruments: one narrow tone holds nearly all
// the power, it has no octave above it, it stays on its pitch, and it grows from one round to the next or stays at its
// limit, where a string or a piano dies away and a voice moves.

/** Below, mains hum is a steady tone too; above, microphones and Opus carry little. */
const LOWEST_HZ = 150;
const HIGHEST_HZ = 10000;
/** A tone through the analyser's Blackman window fills its bin and three on either side. */
const TONE_BINS = 3;
/** Part of the power that the tone holds. Clipped into a square wave, a howl still keeps 0.81 (8/π²). */
const TONE_SHARE = 0.75;
/** Voices and strings have an octave within this of their ground tone; clipping adds only odd harmonics. */
const OCTAVE_BELOW_DB = 26;
/** A tone quieter than this disturbs nobody. A tone at full scale reads −13.6 dB through that window. */
const QUIETEST_DB = -58;
/** A voice's vibrato and the steps of a tune go farther. */
const DRIFT_BINS = 2.5;
/** Neighbouring rounds beat with each other: the pitch that counts is their mean, of about five looks. */
const FOLLOW = 0.2;
/**
 * Looks in a row without the tone, of which there are twenty a second, fewer on a busy machine. Words said into a howl
 * hide it for so many; sound cards skip for less; a note that is played again is silent longer.
 */
const HIDDEN_LOOKS = 6;
const SKIPPED_LOOKS = 3;
/** So far below its loudest a tone is gone, and not hidden. */
const GONE_DB = 20;
/** A tone whose loudest of the last five to ten looks is so much lower is dying away. */
const FALL_LOOKS = 5;
const FALL_DB = 6;
/** By then a blown or struck note has reached its loudness: growth counts from here. */
const ATTACK_MS = 200;
const GROWTH_DB = 6;
const GROWN_AFTER_MS = 700;
/** So loud it can grow no more, and for longer than a pupil's breath at a recorder. */
const LIMIT_DB = -17;
const AT_LIMIT_AFTER_MS = 2500;
/** Nobody in a primary school holds one pitch for so long. */
const ENDLESS_AFTER_MS = 5000;

export class HowlDetector {
  /** @type {Tone | null} */
  #tone = null;

  reset() {
    this.#tone = null;
  }

  /**
   * @param {number} nowMs
   * @param {Float32Array | number[]} spectrum decibels below full scale, a value for each bin
   * @param {number} binHz
   * @returns {boolean} it howls
   */
  look(nowMs, spectrum, binHz) {
    const { bin, loudestDb } = toneOf(spectrum, binHz);
    const isHeard = bin !== null && loudestDb >= QUIETEST_DB;
    if (isHeard && this.#tone?.isNear(bin)) {
      if (this.#tone.goOn(nowMs, bin, loudestDb)) return true;
    } else {
      this.#tone?.miss(loudestDb);
    }
    if (this.#tone?.isOver) this.#tone = null;
    if (isHeard) this.#tone ??= new Tone(nowMs, bin, loudestDb);
    return false;
  }
}

/** One tone from when it was first heard. */
class Tone {
  #bin;
  #sinceMs;
  #attackDb;
  #topDb;
  /** The loudest of the last looks, and of those before them. */
  #recentDb;
  #formerDb;
  #recentLooks = 1;
  #missedLooks = 0;
  #isGone = false;

  /** @param {number} nowMs @param {number} bin @param {number} db */
  constructor(nowMs, bin, db) {
    this.#bin = bin;
    this.#sinceMs = nowMs;
    this.#attackDb = this.#topDb = this.#recentDb = this.#formerDb = db;
  }

  /** @param {number} bin */
  isNear(bin) {
    return Math.abs(bin - this.#bin) <= DRIFT_BINS;
  }

  get isOver() {
    if (Math.max(this.#recentDb, this.#formerDb) < this.#topDb - FALL_DB) return true;
    return this.#missedLooks > (this.#isGone ? SKIPPED_LOOKS : HIDDEN_LOOKS);
  }

  /** Not heard. @param {number} loudestDb of what is heard instead */
  miss(loudestDb) {
    this.#missedLooks++;
    this.#isGone = loudestDb < this.#topDb - GONE_DB;
  }

  /** Heard again. @param {number} nowMs @param {number} bin @param {number} db @returns {boolean} it howls */
  goOn(nowMs, bin, db) {
    this.#missedLooks = 0;
    this.#bin += FOLLOW * (bin - this.#bin);
    if (this.#recentLooks++ >= FALL_LOOKS) {
      this.#formerDb = this.#recentDb;
      this.#recentDb = db;
      this.#recentLooks = 1;
    }
    this.#recentDb = Math.max(this.#recentDb, db);
    this.#topDb = Math.max(this.#topDb, db);
    const ageMs = nowMs - this.#sinceMs;
    if (ageMs <= ATTACK_MS) this.#attackDb = this.#topDb;
    const nowDb = Math.max(this.#recentDb, this.#formerDb);
    const hasGrown = ageMs >= GROWN_AFTER_MS && nowDb - this.#attackDb >= GROWTH_DB;
    const isAtLimit = ageMs >= AT_LIMIT_AFTER_MS && nowDb >= LIMIT_DB;
    return hasGrown || isAtLimit || ageMs >= ENDLESS_AFTER_MS;
  }
}

/**
 * The loudest bin, which is null where the spectrum does not consist of one tone, and how loud it is.
 * @param {Float32Array | number[]} spectrum
 * @param {number} binHz
 */
function toneOf(spectrum, binHz) {
  const first = Math.ceil(LOWEST_HZ / binHz);
  const last = Math.min(spectrum.length - 1, Math.floor(HIGHEST_HZ / binHz));
  let peak = first;
  let power = 0;
  for (let bin = first; bin <= last; bin++) {
    power += 10 ** (spectrum[bin] / 10);
    if (spectrum[bin] > spectrum[peak]) peak = bin;
  }
  let tonePower = 0;
  for (let bin = Math.max(first, peak - TONE_BINS); bin <= Math.min(last, peak + TONE_BINS); bin++) {
    tonePower += 10 ** (spectrum[bin] / 10);
  }
  const loudestDb = spectrum[peak];
  const isTone = tonePower >= TONE_SHARE * power && loudestDb - octaveOf(spectrum, peak) >= OCTAVE_BELOW_DB;
  return { bin: isTone ? peak : null, loudestDb };
}

/** The loudest bin about the octave, which may lie between two. @param {Float32Array | number[]} spectrum @param {number} peak */
function octaveOf(spectrum, peak) {
  let loudest = -Infinity;
  for (let bin = 2 * peak - 1; bin <= 2 * peak + 1; bin++) loudest = Math.max(loudest, spectrum[bin] ?? -Infinity);
  return loudest;
}

/** A tenth: the loop of any room that began to howl is far below its limit then. */
const LOWERED_GAIN = 0.1;
/** If it goes on even so, the loop is much louder than a room's. */
const LOWEST_GAIN = 0.01;
/** Time to turn the loudspeaker down; twice as long each time it howls again, up to the longest. */
const HOLD_MS = 8000;
const LONGEST_HOLD_MS = 120000;
/** 1.2 dB each quarter of a second: back in about four seconds, slow enough to notice a howl that comes with it. */
const RISE_EVERY_MS = 250;
const RISE = 1.15;
/** So long without a howl, and the next one is a new one. */
const FORGET_MS = 60000;

export class HowlGuard {
  /** What the microphone's sound is to be multiplied with. */
  gain = 1;
  #detector = new HowlDetector();
  #holdMs = HOLD_MS;
  #heardMs = -Infinity;
  #nextMs = 0;

  reset() {
    this.gain = 1;
    this.#detector.reset();
  }

  /**
   * @param {number} nowMs
   * @param {Float32Array | number[]} spectrum of the microphone before the gain
   * @param {number} binHz
   * @returns {number} the gain from now on
   */
  look(nowMs, spectrum, binHz) {
    if (this.#detector.look(nowMs, spectrum, binHz)) {
      this.#lower(nowMs);
    } else if (this.gain < 1 && nowMs >= this.#nextMs) {
      this.gain = Math.min(1, this.gain * RISE);
      this.#nextMs = nowMs + RISE_EVERY_MS;
    }
    return this.gain;
  }

  /** @param {number} nowMs */
  #lower(nowMs) {
    const isAgain = nowMs - this.#heardMs < FORGET_MS;
    this.#holdMs = isAgain ? Math.min(2 * this.#holdMs, LONGEST_HOLD_MS) : HOLD_MS;
    this.gain = this.gain <= LOWERED_GAIN ? LOWEST_GAIN : LOWERED_GAIN;
    this.#heardMs = nowMs;
    this.#nextMs = nowMs + this.#holdMs;
    this.#detector.reset();
  }
}
