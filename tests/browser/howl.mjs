// SPDX-License-Identifier: Apache-2.0
//
// The howl watch without a browser: it notices howls of many pitches and speeds, also with somebody talking into them,
// and leaves speech, song, piano and a recorder alone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HowlDetector, HowlGuard } from '../../client/web/static/media/howl.js';
import { howl, looks, made, piano, song, speech } from '../support/sound.mjs';

/** @returns {number | null} seconds until a howl is noticed */
function noticed(samples) {
  const detector = new HowlDetector();
  for (const { ms, spectrum, binHz } of looks(samples)) if (detector.look(ms, spectrum, binHz)) return ms / 1000;
  return null;
}

const mixed = (one, other) => one.map((value, i) => value + (other[i % other.length] ?? 0));
const quieter = (samples, gain) => samples.map((value) => gain * value);
const SCALE = [262, 294, 330, 349, 392, 440, 494, 523];
/** Seeded noise, so that each run is the same (Numerical Recipes' generator). */
function noise(seconds, gain) {
  let seed = 1;
  return made(seconds, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return gain * (seed / 2 ** 31 - 1);
  });
}

describe('howl', () => {
  test('a howl is noticed within seconds of being audible', () => {
    for (const hz of [310, 850, 1234, 2900, 5100]) {
      for (const dbPerSecond of [4, 10, 120]) {
        const heardAt = 9 / dbPerSecond; // -46 dB below full scale
        const at = noticed(mixed(howl(10, hz, dbPerSecond), noise(10, 0.002)));
        assert.ok(at !== null && at < heardAt + 5, `${hz} Hz at ${dbPerSecond} dB/s: ${at}`);
      }
    }
  });

  test('also where rounds beat with each other and the sound card skips', () => {
    const beating = howl(10, 1234, 20).map((value, i) => {
      const s = i / 48000;
      const isSkipped = s % 0.9 < 0.06;
      return isSkipped ? 0 : value * (0.55 + 0.45 * Math.cos(2 * Math.PI * 3.7 * s));
    });
    const at = noticed(mixed(beating, noise(10, 0.001)));
    assert.ok(at !== null && at < 5, `at ${at}`);
    // It is at its limit already when the watch begins.
    const late = noticed(beating.slice(5 * 48000));
    assert.ok(late !== null && late < 4, `at ${late}`);
  });

  test('also while somebody talks', async () => {
    const talk = quieter(await speech('cmn', '同学们好，今天我们一起来学唱一首歌，请大家先听一遍。'), 0.1);
    const at = noticed(mixed(howl(12, 1234, 10), talk));
    assert.ok(at !== null && at < 8, `at ${at}`);
  });

  test('speech, song and instruments are none', async () => {
    const mandarin = '同学们好，今天我们一起来学唱一首歌。啊，呜，衣，嗯。请第二小学的同学先唱第一句，然后我们一起拍手。';
    const english = 'Good morning everybody. Today we sing about the river. Hum with me: mmmm, ooooh, eeee, aaaah.';
    for (const voice of ['cmn', 'cmn+f3']) assert.equal(noticed(await speech(voice, mandarin)), null, voice);
    for (const voice of ['en+f4']) assert.equal(noticed(await speech(voice, english)), null, voice);
    for (const octave of [0.5, 2]) {
      const notes = SCALE.map((hz) => hz * octave);
      assert.equal(noticed(piano(7, notes)), null, `piano ${octave}`);
      assert.equal(noticed(song(7, notes)), null, `song ${octave}`);
      assert.equal(noticed(song(7, [notes[3]])), null, `one note ${octave}`);
    }
    // A recorder's tone is nearly pure; a pupil holds it for two seconds.
    const recorder = made(7, (s) => 0.5 * Math.min(1, (s % 2.2) * 20) * (s % 2.2 < 2 ? 1 : 0) * Math.sin(2 * Math.PI * 880 * s));
    assert.equal(noticed(recorder), null, 'recorder');
    assert.equal(noticed(piano(7, [1760])), null, 'one high key');
    assert.equal(noticed(noise(7, 0.3)), null, 'noise');
    assert.equal(noticed(made(7, (s) => 0.01 * Math.sin(2 * Math.PI * 50 * s))), null, 'hum');
    assert.equal(noticed(new Float32Array(7 * 48000)), null, 'silence');
  });

  test('the microphone is lowered, comes back, and stays lowered longer each time', () => {
    const guard = new HowlGuard();
    const howling = [...looks(howl(3, 1234, 20))];
    const quiet = [...looks(noise(0.2, 0.001))][0];
    let nowMs = 0;
    const hear = (frames) => {
      for (const { spectrum, binHz } of frames) {
        if (guard.look((nowMs += 50), spectrum, binHz) < 1) return true;
      }
      return false;
    };
    const backAfterMs = () => {
      const since = nowMs;
      while (guard.gain < 1 && nowMs - since < 300000) guard.look((nowMs += 50), quiet.spectrum, quiet.binHz);
      return nowMs - since;
    };
    assert.equal(hear(howling), true);
    assert.ok(guard.gain <= 0.1);
    const first = backAfterMs();
    assert.ok(first > 8000 && first < 16000, `${first} ms`);
    assert.equal(hear(howling), true);
    const second = backAfterMs();
    assert.ok(second > first + 7000, `${second} ms`);
    nowMs += 10 * 60000;
    assert.equal(hear(howling), true);
    assert.ok(Math.abs(backAfterMs() - first) < 100, 'an old howl is forgotten');
  });
});
