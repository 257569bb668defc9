// SPDX-License-Identifier: Apache-2.0
//
// Echo and howl in a room with a loudspeaker and a microphone: what a page plays comes back into its microphone, and is
// measured at the far end of the relay, in decibels. The room is once a classroom's that has the floor, by the pages of
// both sides, and once the host's in music mode, by the modules that the teacher's page is made of.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Room } from '../support/room.mjs';
import { made, speech, writeWav } from '../support/sound.mjs';
import { Class } from './class.mjs';
import { newContext, newPage, openTeacher, TEST_MS, until } from './chromium.mjs';
import { LESSON, Relay } from './relay.mjs';

const FAR = '同学们好，今天我们一起来学唱一首歌，请大家先听一遍，然后跟着老师拍手。';
const NEAR = '老师好，我们听得很清楚。';
/** Cancelling takes so long to learn the room. */
const LEARN_MS = 3000;
const LISTEN_MS = 2500;
const WANTED_DB = 30;
const MOST_WINDOWS = 12;

/**
 * Runs in a page: what the tests ask of it, made of the modules that the pages are made of. A session sends in one lesson,
 * another listens in the other.
 */
async function equip({ sends, listens }) {
  const { Microphone } = await import('/static/media/microphone.js');
  const { Publication } = await import('/static/media/whip.js');
  const { Viewing } = await import('/static/media/whep.js');
  const access = ([lesson, token]) => ({ lesson, token, renew: async () => false });
  const publication = new Publication({ source: 'camera', access: access(sends), whenGone: async () => 'again' });
  const viewing = new Viewing(access(listens), { video: ['camera'], audio: ['teacher'] });
  viewing.onTracks = () => {
    window.heard = viewing.audio.get('teacher').track;
    const player = document.createElement('audio');
    player.srcObject = new MediaStream([window.heard]);
    window.player = player;
    void player.play();
  };
  void publication.session.run();
  void viewing.session.run();
  Object.assign(window, { Microphone, publication, viewing });
}

/** Runs in a page: opens its microphone as the pages do and sends it. */
async function openMicrophone() {
  window.microphone = new window.Microphone();
  window.microphone.onTrackChanged = (track) => window.publication.setTrack('audio', track);
  await window.microphone.open();
  return window.microphone.track !== null;
}

/** Runs in a page: speaks over and over, as a microphone would. @param {string} wav in base64 */
async function speakForever(wav) {
  const context = new AudioContext();
  await context.resume();
  const buffer = await context.decodeAudioData(Uint8Array.from(atob(wav), (byte) => byte.charCodeAt(0)).buffer);
  const voice = context.createBufferSource();
  Object.assign(voice, { buffer, loop: true });
  const output = context.createMediaStreamDestination();
  voice.connect(output);
  voice.start();
  window.publication.setTrack('audio', output.stream.getAudioTracks()[0]);
}

/** Runs in a page before its scripts: the microphone hears the sentence over and over. @param {string} wav in base64 */
function speakIntoMicrophone(wav) {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async ({ audio, video }) => {
    const stream = video ? await open({ video }) : new MediaStream();
    if (!audio) return stream;
    const context = new AudioContext();
    const buffer = await context.decodeAudioData(Uint8Array.from(atob(wav), (byte) => byte.charCodeAt(0)).buffer);
    const voice = new AudioBufferSourceNode(context, { buffer, loop: true });
    const output = context.createMediaStreamDestination();
    voice.connect(output);
    voice.start();
    stream.addTrack(output.stream.getAudioTracks()[0]);
    return stream;
  };
}

/** Runs in a page before its scripts: keeps its connections, and says what its microphone sends. */
function keepPeers() {
  window.testPeers = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...options) {
      super(...options);
      window.testPeers.push(this);
    }
  };
  const alive = () => window.testPeers.filter((peer) => peer.signalingState !== 'closed');
  window.soundSender = () => alive().flatMap((peer) => peer.getSenders()).find((sender) => sender.track?.kind === 'audio');
  window.soundSent = async () => {
    const report = await window.soundSender()?.getStats();
    return [...(report?.values() ?? [])].find((entry) => entry.type === 'outbound-rtp')?.bytesSent ?? 0;
  };
}

/** Runs in a page: the loudness of what it hears over some time, in dB below full scale, counted by the receivers. */
async function loudness(forMs) {
  const read = async () => {
    const peers = window.viewing ? [window.viewing.session.peer] : window.testPeers;
    const reports = await Promise.all(peers.map((peer) => peer.getStats()));
    const heard = reports.flatMap((report) => [...report.values()]).filter(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
    return new Map(heard.map((entry) => [entry.id + entry.ssrc, entry]));
  };
  const before = await read();
  await new Promise((resolve) => setTimeout(resolve, forMs));
  let power = 0;
  for (const [id, last] of await read()) {
    const first = before.get(id);
    const seconds = last.totalSamplesDuration - (first?.totalSamplesDuration ?? 0);
    if (seconds > 0) power += (last.totalAudioEnergy - (first?.totalAudioEnergy ?? 0)) / seconds;
  }
  return 10 * Math.log10(power + 1e-12);
}

/** Runs in a page: from now on keeps the longest time without sound. */
function watchHoles() {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 256; // 5 ms
  context.createMediaStreamSource(new MediaStream([window.heard])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let longest = 0;
  let since = null;
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const now = performance.now();
    if (samples.some((value) => Math.abs(value) > 0.01)) {
      if (since !== null) longest = Math.max(longest, now - since);
      since = now;
    }
  }, 5);
  window.longestHole = () => longest;
}

/** Runs in a page: a microphone without any of the browser's help. */
function spoilMicrophone() {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = ({ audio }) =>
    open({ audio: { ...audio, echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
}

/** Runs in a page: plays what it hears as a room does that likes one tone most. @param {number} gain of all others */
async function playResonant(gain) {
  window.player.muted = true;
  const context = new AudioContext();
  await context.resume();
  const source = context.createMediaStreamSource(new MediaStream([window.heard]));
  const resonance = new BiquadFilterNode(context, { type: 'peaking', frequency: 1234, Q: 4, gain: 12 });
  const volume = new GainNode(context, { gain });
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  source.connect(resonance).connect(volume).connect(context.destination);
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  window.lastSecond = [];
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const db = 10 * Math.log10(samples.reduce((sum, value) => sum + value * value, 0) / samples.length + 1e-12);
    window.lastSecond = [...window.lastSecond, db].slice(-10);
  }, 100);
}

describe('echo', () => {
  let relay;
  let room;
  const files = { far: '', near: '' };
  before(async () => {
    [relay, room] = await Promise.all([Relay.start(), Room.open()]);
    for (const [name, voice, text] of [['far', 'cmn', FAR], ['near', 'cmn+f3', NEAR]]) {
      files[name] = join(process.env.TMPDIR, `${name}.wav`);
      await writeWav(files[name], (await speech(voice, text)).map((value) => 0.5 * value));
    }
  });
  after(async () => {
    await room?.close();
    await relay?.stop();
  });

  /** A page in the room and one far away that hear each other. @param {import('node:test').TestContext} t */
  async function join2(t) {
    const demo = await (await fetch(`${relay.url}/demo.json`)).json();
    const context = await (await room.browser()).newContext({ bypassCSP: true });
    t.after(() => context.close());
    const here = await context.newPage();
    const far = await (await newContext(t, { bypassCSP: true })).newPage();
    for (const page of [here, far]) await page.goto(relay.url);
    const [one, other] = [[demo.lesson, demo.teacher_token, demo.viewer_token], [LESSON.id, LESSON.teacher, LESSON.viewer]];
    const side = (sends, listens) => ({ sends: [sends[0], sends[1]], listens: [listens[0], listens[2]] });
    await here.evaluate(equip, side(one, other));
    await far.evaluate(equip, side(other, one));
    return { here, far };
  }

  const untilPlaying = (page) => until(page, () => window.heard && !window.heard.muted);

  /**
   * How much lower the echo comes back when it is cancelled. A machine that is busy with other things drops sound now and
   * then, which moves the echo in time, and cancelling learns the room anew: of some windows the first without that counts.
   */
  async function measure(t, name, { here, far }, setCancelling) {
    await here.evaluate(setCancelling, false);
    await sleep(LEARN_MS / 2);
    const plain = await far.evaluate(loudness, LISTEN_MS);
    await here.evaluate(setCancelling, true);
    await sleep(LEARN_MS);
    const windows = [];
    do windows.push(await far.evaluate(loudness, LISTEN_MS));
    while (plain - windows.at(-1) < WANTED_DB && windows.length < MOST_WINDOWS);
    const lower = plain - windows.at(-1);
    const said = windows.map((db) => db.toFixed(1)).join(', ');
    t.diagnostic(`${name}: echo at ${plain.toFixed(1)} dB, cancelled at ${said} dB: ${lower.toFixed(1)} dB lower`);
    assert.ok(plain > -40, `without cancelling it is heard at ${plain} dB`);
    assert.ok(lower >= WANTED_DB, `${lower} dB lower`);
  }

  test('the teacher does not hear himself from a classroom, and does hear the classroom', { timeout: TEST_MS }, async (t) => {
    const sentence = await readFile(files.far, 'base64');
    const teaching = await newContext(t);
    await teaching.addInitScript(speakIntoMicrophone, sentence);
    const teacher = await openTeacher(teaching, relay.url);
    await teacher.getByRole('button', { name: '开始上课' }).click();
    const context = await (await room.browser()).newContext();
    t.after(() => context.close());
    await context.addInitScript(keepPeers);
    const classroom = await newPage(context);
    await classroom.goto(`${relay.url}/classroom?number=1`);
    const held = await Class.of(relay);
    const giveFloor = async (classrooms) => held.act(0, 'floor', { classrooms });
    await giveFloor([(await held.facts()).classrooms[0].id]);
    await until(classroom, async () => (await window.soundSent()) > 8000); // two seconds of it
    await measure(t, 'classroom', { here: classroom, far: teacher }, async (isOn) => {
      // The page's own microphone, or the same but for the one thing.
      const sender = window.soundSender();
      window.own ??= sender.track;
      const sound = { echoCancellation: false, noiseSuppression: true, autoGainControl: true };
      const other = isOn ? null : (await navigator.mediaDevices.getUserMedia({ audio: sound })).getAudioTracks()[0];
      await sender.replaceTrack(other ?? window.own);
    });
    await teacher.keyboard.press('m');
    const [voice] = await Promise.all([teacher.evaluate(loudness, 2000), room.say(files.near)]);
    t.diagnostic(`the classroom's own voice arrives at ${voice.toFixed(1)} dB`);
    assert.ok(voice > -35, `${voice} dB`);
    await giveFloor([]);
  });

  test('nor does a classroom from the host room in music mode, once it has the floor', { timeout: TEST_MS }, async (t) => {
    const { here, far } = await join2(t);
    await far.evaluate(speakForever, await readFile(files.near, 'base64'));
    assert.ok(await here.evaluate(openMicrophone));
    await here.evaluate(() => window.microphone.setMusic(true));
    for (const page of [here, far]) await untilPlaying(page);
    await measure(t, 'host room, music', { here, far }, (isOn) => window.microphone.setEchoing(isOn));
    // The switch itself, while the host room plays: no hole that anybody hears.
    await far.evaluate(() => window.publication.setTrack('audio', null));
    const tone = join(process.env.TMPDIR, 'tone.wav');
    await writeWav(tone, made(4.5, (s) => 0.3 * Math.sin(2 * Math.PI * 660 * s)));
    const playing = room.say(tone);
    await far.evaluate(watchHoles);
    for (const isEchoing of [true, false, true, false]) {
      await sleep(600);
      await here.evaluate((isOn) => window.microphone.setEchoing(isOn), isEchoing);
    }
    await sleep(600);
    const holeMs = await far.evaluate(() => window.longestHole());
    await playing;
    t.diagnostic(`switching leaves holes of ${holeMs.toFixed(0)} ms at most`);
    assert.ok(holeMs < 150, `${holeMs} ms`);
  });

  test('a howl is noticed, and the microphone lowered until it is over', { timeout: TEST_MS }, async (t) => {
    const context = await (await room.browser()).newContext({ bypassCSP: true });
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(relay.url);
    const lesson = [LESSON.id, LESSON.teacher];
    await page.evaluate(equip, { sends: lesson, listens: [LESSON.id, LESSON.viewer] });
    await page.evaluate(spoilMicrophone);
    assert.ok(await page.evaluate(openMicrophone));
    await untilPlaying(page);
    await page.evaluate(playResonant, 0.7);
    // Nobody watches: a knock, it howls, and goes on howling.
    const knock = join(process.env.TMPDIR, 'knock.wav');
    await writeWav(knock, made(0.2, (s) => 0.5 * Math.exp(-60 * s) * Math.sin(2 * Math.PI * 1000 * s * (1 + s))));
    await room.say(knock);
    await until(page, () => window.lastSecond.length === 10 && Math.min(...window.lastSecond) > -20);
    const howling = await page.evaluate(() => Math.min(...window.lastSecond));
    const since = performance.now();
    await page.evaluate(() => window.microphone.watchHowl(true));
    await until(page, () => window.microphone.isLowered);
    const noticedMs = performance.now() - since;
    await until(page, () => Math.max(...window.lastSecond) < -60);
    const quietMs = performance.now() - since;
    t.diagnostic(`howl at ${howling.toFixed(0)} dB noticed after ${noticedMs.toFixed(0)} ms, silent for a second after ${quietMs.toFixed(0)} ms`);
    assert.ok(noticedMs < 4000, `noticed after ${noticedMs} ms`);
    assert.ok(quietMs < 7000, `silent after ${quietMs} ms`);
    // Somebody turns the loudspeaker down, and it comes back by itself.
    await room.setEcho(20);
    await until(page, () => !window.microphone.isLowered);
    await room.setEcho(100);
  });
});
