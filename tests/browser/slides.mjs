// SPDX-License-Identifier: Apache-2.0
//
// The shared screen: one picture goes up per slide and comes back the same, nothing goes up for a pointer or a film, and
// another screen takes its place, with the sound of a clip, in the session that is there.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { StillJudge } from '../../client/web/static/teacher/slide-stills.js';
import { newContext, openClassroom, openTeacher, TEST_MS, until } from './chromium.mjs';
import { Relay } from './relay.mjs';

const QUIET_MS = 4000;

/** Runs in a page before its scripts: the screen that is shared is a canvas, and has sound. */
function shareCanvas() {
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
    const context = canvas.getContext('2d');
    window.paint = (colour, words, x = 100) => {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1280, 720);
      context.fillStyle = 'white';
      context.font = '96px sans-serif';
      context.fillText(words, x, 300);
    };
    window.point = (x) => {
      context.fillStyle = 'white';
      context.fillRect(x, 500, 12, 18);
    };
    window.slide = () => canvas.toDataURL('image/png');
    window.paint('#234', 'first');
    // A screen is drawn again for whoever begins to look; a canvas only when something is painted.
    setInterval(() => context.clearRect(1279, 719, 1, 1), 200);
    const audio = new AudioContext();
    const output = audio.createMediaStreamDestination();
    const tone = new OscillatorNode(audio, { frequency: 440 });
    tone.connect(output);
    tone.start();
    return new MediaStream([...canvas.captureStream(10).getVideoTracks(), ...output.stream.getAudioTracks()]);
  };
}

/** Runs in a page: a picture's points, a few of each colour value apart at most from those of another. */
async function isSame([one, other]) {
  const points = async (url) => {
    const image = await createImageBitmap(await (await fetch(url)).blob());
    const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
    context.drawImage(image, 0, 0);
    return { width: image.width, data: context.getImageData(0, 0, image.width, image.height).data };
  };
  const [a, b] = [await points(one), await points(other)];
  if (a.width !== b.width || a.data.length !== b.data.length) return false;
  // A screen is captured as a video frame, whose colours are coarser than the screen's at an edge.
  let different = 0;
  a.data.forEach((value, i) => (different += Math.abs(value - b.data[i]) > 12 ? 1 : 0));
  return different < a.data.length / 100;
}

/** Runs in a page: what its screen session sends. */
async function screenSent() {
  const sum = { sessions: window.testPeers.length, sound: 0 };
  for (const peer of window.testPeers) {
    if (peer.signalingState === 'closed' || !peer.getSenders().some((sender) => sender.track?.contentHint === 'detail')) continue;
    for (const entry of (await peer.getStats()).values()) {
      if (entry.type === 'outbound-rtp' && entry.kind === 'audio') sum.sound += entry.bytesSent;
    }
  }
  return sum;
}

/** Runs in a page: the colour of the slides as a classroom sees them. */
function slidesAre([red, green, blue]) {
  const video = document.querySelector('video[data-slot="screen"]');
  if (!video?.videoWidth) return false;
  const context = Object.assign(document.createElement('canvas'), { width: 16, height: 9 }).getContext('2d');
  context.drawImage(video, 0, 0, 16, 9);
  const { data } = context.getImageData(14, 8, 1, 1);
  return [red, green, blue].every((value, i) => Math.abs(value - data[i]) < 40);
}

const look = (value) => Uint8Array.from({ length: 160 * 90 }, (_, i) => (i % 7 === 0 ? value : 200));

describe('slides', () => {
  let relay;
  before(async () => {
    relay = await Relay.start();
  });
  after(async () => {
    await relay?.stop();
  });

  test('a picture is taken of what stands still, once, and not too often', () => {
    const judge = new StillJudge();
    const seen = [];
    const see = (ms, value) => judge.look(ms, look(value)) && seen.push(ms);
    for (let ms = 0; ms <= 5000; ms += 1000) see(ms, 10);
    assert.deepEqual(seen, [1000], 'the first slide, once it has stood');
    for (let ms = 6000; ms <= 15000; ms += 1000) see(ms, ms / 50);
    assert.deepEqual(seen, [1000], 'never while it moves');
    for (let ms = 16000; ms <= 20000; ms += 1000) see(ms, 90);
    assert.deepEqual(seen, [1000, 17000]);
    see(20500, 10);
    see(21500, 10);
    see(22000, 60);
    see(23000, 60);
    assert.deepEqual(seen, [1000, 17000, 21500], 'two seconds apart');
    see(24000, 60);
    assert.deepEqual(seen.slice(3), [24000]);
    judge.again();
    see(25000, 60);
    see(26000, 60);
    assert.deepEqual(seen.slice(4), [26000], 'one that did not arrive is taken again');
    const pointer = look(60);
    pointer.fill(255, 500, 510);
    assert.equal(judge.look(29000, pointer) || judge.look(30000, pointer), false, 'a pointer is no slide');
  });

  test('one picture per slide goes up and comes back the same', { timeout: TEST_MS }, async (t) => {
    const context = await newContext(t, { bypassCSP: true });
    await context.addInitScript(shareCanvas);
    const teacher = await openTeacher(context, relay.url);
    await teacher.getByRole('button', { name: '开始上课' }).click();
    const classroom = await openClassroom(await newContext(t), relay.url);
    const posts = (end) => teacher.posts.filter((path) => path.endsWith(end)).length;
    const answered = () => teacher.waitForResponse((response) => response.url().endsWith('/slides'));

    let answer = answered();
    await teacher.getByRole('button', { name: '共享课件' }).click();
    const numbers = [(await (await answer).json()).number];
    answer = answered();
    await teacher.evaluate(() => window.paint('#234', 'second'));
    numbers.push((await (await answer).json()).number);
    assert.deepEqual(numbers, [1, 2]);
    const { lesson, viewer_token: token } = await (await fetch(`${relay.url}/demo.json`)).json();
    const response = await fetch(`${relay.url}/api/v1/lessons/${lesson}/slides/2`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(response.headers.get('content-type'), 'image/png');
    const png = `data:image/png;base64,${Buffer.from(await response.arrayBuffer()).toString('base64')}`;
    assert.ok(await teacher.evaluate(isSame, [png, await teacher.evaluate(() => window.slide())]), 'the slide itself');

    // A pointer that moves, then a film: none of it is a slide.
    await teacher.evaluate(() => window.point(700));
    await sleep(QUIET_MS / 2); // what is tested: nothing happens in that time
    await teacher.evaluate(() => {
      let x = 0;
      window.film = setInterval(() => window.paint('#234', 'film', (x += 40) % 900), 100);
    });
    await sleep(QUIET_MS);
    await teacher.evaluate(() => clearInterval(window.film));
    assert.equal(posts('/slides'), 2);

    const sessions = [posts('/screen'), (await teacher.evaluate(screenSent)).sessions, classroom.posts.length];
    await until(classroom, slidesAre, [0x22, 0x33, 0x44]);
    await teacher.keyboard.press('w');
    await teacher.evaluate(() => window.paint('#822', 'another'));
    await until(classroom, slidesAre, [0x88, 0x22, 0x22]);
    const { sound } = await teacher.evaluate(screenSent);
    await sleep(1000);
    const now = await teacher.evaluate(screenSent);
    t.diagnostic(`another screen: ${now.sound - sound} bytes of its sound since`);
    assert.ok(now.sound > sound, 'the sound of the clip goes along');
    assert.deepEqual([posts('/screen'), now.sessions, classroom.posts.length], sessions, 'in the session that is there');
  });
});
