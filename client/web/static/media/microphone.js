// SPDX-License-Identifier: Apache-2.0
//
// One microphone, kept ready for a lesson: which one, muted or not, for speech or for music, and lowered while it
// howls. What is to be sent is `track`; when that becomes another one, onTrackChanged() is called, and the sender
// replaces it without negotiation. Sound goes from the browser's own processing straight to the sender; only while
// it is lowered does it pass a gain of ours. Echo is cancelled by the browser against what its pages play.
import { remember } from '../shared/memory.js';
import { Subject } from '../shared/subject.js';
import { listDevices, openMicrophone, soundConstraints } from './capture.js';
import { HowlGuard } from './howl.js';
import { loudnessOf } from './level-meter.js';

/** @typedef {import('./capture.js').CaptureProblem} CaptureProblem */

/** Twenty looks a second see a howl grow and cost nothing that can be measured. */
const LOOK_EVERY_MS = 50;
/** Bins of 23 Hz at 48 kHz: narrow enough to tell one tone from its neighbours, 43 ms long. */
const FFT_SIZE = 2048;
const GESTURES = ['pointerdown', 'keydown'];
/** No click to be heard when the gain changes. */
const RAMP_S = 0.03;

export class Microphone extends Subject {
  /** @type {MediaStreamTrack | null} what is to be sent; null while there is no microphone */
  track = null;
  /** @type {CaptureProblem | null} why there is none */
  problem = null;
  /** @type {MediaDeviceInfo[]} */
  devices = [];
  isMuted = false;
  isMusic = false;
  /** It howled, and is quieter for a while. */
  isLowered = false;
  /** Called with the track to be sent from now on. */
  onTrackChanged = (/** @type {MediaStreamTrack | null} */ _track) => {};
  /** @type {MediaStreamTrack | null} what the browser captures */
  #source = null;
  #isEchoing = false;
  /** Between open() or adopt() and release(). */
  #isOpen = false;
  /** @type {Promise<void>} openings one after another */
  #opening = Promise.resolve();
  /** @type {Chain | null} */
  #chain = null;
  #guard = new HowlGuard();
  #gain = 1;
  #timer = 0;
  #onDevices = () => void this.#refreshDevices();
  /** Browsers may hold sound processing back until the first click or key; capturing goes on without. */
  #onGesture = () => this.#chain?.wake();

  /** The device as the browser names it, '' for none. */
  get deviceId() {
    return this.#source?.getSettings().deviceId ?? '';
  }

  /** @returns {number} loudness now, from 0 to 1 */
  get level() {
    return this.#chain?.level ?? 0;
  }

  /** Opens the microphone that was chosen last. Never rejects; `problem` says what went wrong. */
  open() {
    this.#begin();
    return this.#reopen();
  }

  /**
   * Takes over a track that was opened together with a camera, so that the browser asks once.
   * @param {MediaStreamTrack | null} track
   * @param {CaptureProblem | null} problem
   */
  async adopt(track, problem) {
    this.#begin();
    this.#take(track, problem);
    await this.#refreshDevices();
    if (this.isMusic) await this.#reopen();
  }

  /** @param {string} deviceId remembered */
  choose(deviceId) {
    remember('device.audio', deviceId);
    return this.#reopen();
  }

  /** @param {boolean} isMuted */
  setMuted(isMuted) {
    this.isMuted = isMuted;
    this.#applyMute();
    this.changed();
  }

  /**
   * 音乐模式: no suppression, no gain control, and echo cancelled only while setEchoing(true).
   * @param {boolean} isMusic
   */
  async setMusic(isMusic) {
    if (this.isMusic === isMusic) return;
    this.isMusic = isMusic;
    this.changed();
    await this.#adapt();
  }

  /** @param {boolean} isEchoing the room's loudspeaker plays somebody, as while a classroom has the floor */
  async setEchoing(isEchoing) {
    if (this.#isEchoing === isEchoing) return;
    this.#isEchoing = isEchoing;
    if (this.isMusic) await this.#adapt();
  }

  /** Watches for a howl, which lowers the microphone. @param {boolean} isWatched */
  watchHowl(isWatched) {
    this.#guard.reset();
    clearInterval(this.#timer);
    this.#timer = isWatched ? setInterval(() => this.#look(), LOOK_EVERY_MS) : 0;
    if (!isWatched) this.#lower(1);
  }

  /** Lets go of the device, which may be opened again. */
  release() {
    this.#isOpen = false;
    navigator.mediaDevices?.removeEventListener?.('devicechange', this.#onDevices);
    for (const event of GESTURES) removeEventListener(event, this.#onGesture);
    this.#take(null, null);
  }

  close() {
    this.watchHowl(false);
    this.release();
    this.onTrackChanged = () => {};
  }

  #begin() {
    this.#isOpen = true;
    navigator.mediaDevices?.addEventListener?.('devicechange', this.#onDevices);
    for (const event of GESTURES) addEventListener(event, this.#onGesture);
  }

  async #refreshDevices() {
    const before = this.devices.length;
    this.devices = (await listDevices()).audio;
    // It was unplugged and is back, or another one was plugged in.
    const isBack = this.#source === null && this.problem !== 'refused' && this.devices.length > before;
    if (isBack && this.#isOpen) void this.#reopen();
    this.changed();
  }

  /** Other processing for what is open, in place where the browser can and by another track where it cannot. */
  async #adapt() {
    const source = this.#source;
    if (source === null) return;
    const wish = soundConstraints(this.isMusic, this.#isEchoing);
    await source.applyConstraints(wish).catch(() => {});
    if (!isAs(source.getSettings(), wish)) await this.#reopen();
  }

  /** The next track is open before the last one ends, so that what is heard has no hole where the machine allows. */
  #reopen() {
    this.#opening = this.#opening.then(async () => {
      if (!this.#isOpen) return;
      const { track, problem } = await openMicrophone(soundConstraints(this.isMusic, this.#isEchoing));
      if (!this.#isOpen) track?.stop();
      else if (track !== null || this.#source === null || this.#source.readyState === 'ended') this.#take(track, problem);
      else this.problem = problem;
      await this.#refreshDevices();
    });
    return this.#opening;
  }

  /** @param {MediaStreamTrack | null} track @param {CaptureProblem | null} problem */
  #take(track, problem) {
    const last = this.#source;
    this.#source = track;
    this.problem = problem;
    if (track !== null) {
      track.contentHint = this.isMusic ? 'music' : 'speech';
      track.addEventListener('ended', () => this.#onLost(track));
    }
    this.#chain?.close();
    this.#chain = track && new Chain(track);
    this.#guard.reset();
    this.#gain = 1;
    this.isLowered = false;
    this.#send(track);
    last?.stop();
  }

  /** @param {MediaStreamTrack} track */
  #onLost(track) {
    if (this.#source !== track) return;
    this.#take(null, 'lost');
    void this.#refreshDevices();
    this.changed();
  }

  /** @param {MediaStreamTrack | null} track */
  #send(track) {
    if (this.track === track) return;
    this.track = track;
    this.#applyMute();
    this.onTrackChanged(track);
    this.changed();
  }

  #applyMute() {
    for (const track of [this.#source, this.track]) if (track) track.enabled = !this.isMuted;
  }

  #look() {
    if (this.#chain === null || this.isMuted) return;
    this.#lower(this.#guard.look(performance.now(), this.#chain.spectrum, this.#chain.binHz));
  }

  /** @param {number} gain */
  #lower(gain) {
    if (this.#chain === null) return;
    if (gain !== this.#gain) this.#chain.setGain(gain);
    this.#gain = gain;
    this.isLowered = gain < 1;
    // Lowered, it is sent through the gain; back to full, as it comes.
    const next = this.isLowered ? this.#chain.output : this.#source;
    if (next !== this.track) this.#send(next);
  }
}

/** @param {MediaTrackSettings} settings @param {MediaTrackConstraints} wish */
function isAs(settings, wish) {
  const names = /** @type {const} */ (['echoCancellation', 'noiseSuppression', 'autoGainControl']);
  return names.every((name) => settings[name] === undefined || settings[name] === wish[name]);
}

/** source → analyser, and → gain → output for when it is lowered. The analyser hears it before the gain. */
class Chain {
  #context = new AudioContext();
  #source;
  #analyser = this.#context.createAnalyser();
  #gain = this.#context.createGain();
  #output = this.#context.createMediaStreamDestination();
  #samples = new Float32Array(FFT_SIZE);
  #spectrum = new Float32Array(FFT_SIZE / 2);

  /** @param {MediaStreamTrack} track */
  constructor(track) {
    this.#analyser.fftSize = FFT_SIZE;
    this.#analyser.smoothingTimeConstant = 0;
    this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(this.#analyser);
    this.#source.connect(this.#gain);
    this.#gain.connect(this.#output);
    this.wake();
  }

  get output() {
    return this.#output.stream.getAudioTracks()[0];
  }

  get binHz() {
    return this.#context.sampleRate / FFT_SIZE;
  }

  /** Decibels below full scale, a value for each bin. */
  get spectrum() {
    this.#analyser.getFloatFrequencyData(this.#spectrum);
    return this.#spectrum;
  }

  get level() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return loudnessOf(this.#samples);
  }

  /** @param {number} gain */
  setGain(gain) {
    this.#gain.gain.setTargetAtTime(gain, this.#context.currentTime, RAMP_S);
  }

  wake() {
    if (this.#context.state === 'suspended') this.#context.resume().catch(() => {});
  }

  close() {
    this.#source.disconnect();
    this.#context.close().catch(() => {});
  }
}
