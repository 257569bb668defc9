// SPDX-License-Identifier: Apache-2.0
//
// Nobody restarts anything: the teacher's page is opened again, the relay dies and returns, and the classroom
// is back by itself, with the last picture in front until then.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  forgetPictures,
  newContext,
  openClassroom,
  openTeacher,
  screenshot,
  TEST_MS,
  until,
  untilHeard,
  untilMoving,
} from './chromium.mjs';
import { cutLine } from './line.mjs';
import { Relay } from './relay.mjs';

/** The brightness of what stands where the teacher's picture belongs; runs in the page. */
function lightOfCamera() {
  const canvas = document.createElement('canvas');
  canvas.width = 32;
  canvas.height = 18;
  const context = canvas.getContext('2d');
  const kept = document.querySelector('.picture[data-slot="camera"] canvas:not([hidden])');
  context.drawImage(kept ?? document.querySelector('video[data-slot="camera"]'), 0, 0, 32, 18);
  const { data } = context.getImageData(0, 0, 32, 18);
  return data.filter((_, index) => index % 4 !== 3).reduce((sum, value) => sum + value, 0);
}

async function beginLesson(t, relay) {
  const context = await newContext(t);
  const classroom = await openClassroom(context, relay.url);
  const teacher = await openTeacher(context, relay.url);
  await teacher.getByRole('button', { name: '开始上课' }).click();
  await untilMoving(classroom, 'camera');
  return { classroom, teacher };
}

describe('recovery', () => {
  let relay;
  before(async () => {
    relay = await Relay.start();
  });
  after(async () => {
    await relay?.stop();
  });

  test('a classroom keeps its connection while the teacher’s page is opened again', { timeout: TEST_MS }, async (t) => {
    const { classroom, teacher } = await beginLesson(t, relay);
    const posts = classroom.posts.length;
    const reloaded = performance.now();
    await teacher.reload();
    await teacher.getByRole('button', { name: '下课' }).waitFor();
    await until(teacher, () => document.querySelector('.teacher-condition .mark-good') !== null);
    await forgetPictures(classroom);
    await untilMoving(classroom, 'camera');
    t.diagnostic(`moving ${Math.round(performance.now() - reloaded)} ms after the reload`);
    await untilHeard(classroom);
    assert.equal(classroom.posts.length, posts, 'no new session');
    const states = await classroom.evaluate(() => window.testPeers.map((peer) => peer.connectionState));
    assert.deepEqual(states, ['connected'], 'one connection, from first to last');
  });

  test('a killed relay is waited for, and the lesson goes on', { timeout: TEST_MS }, async (t) => {
    const { classroom, teacher } = await beginLesson(t, relay);
    await relay.kill();
    const outage = classroom.locator('.outage');
    await outage.waitFor();
    assert.match(await outage.innerText(), /✕ 网络中断\s*正在重连 \d+:\d\d/);
    assert.ok((await classroom.evaluate(lightOfCamera)) > 1000, 'the last picture stays');
    await screenshot(classroom, 'classroom-outage');

    await relay.run();
    const returned = performance.now();
    await forgetPictures(classroom);
    await untilMoving(classroom, 'camera');
    t.diagnostic(`moving ${Math.round(performance.now() - returned)} ms after the relay's return`);
    await outage.waitFor({ state: 'detached' });
    await until(teacher, () => document.querySelector('.teacher-condition .mark-good') !== null);
    await untilHeard(classroom);
    await until(classroom, () => document.querySelector('.classroom-state .mark-good') !== null);
    assert.deepEqual([...teacher.errors, ...classroom.errors], []);
  });

  test('a cut line is repaired without a new session', { timeout: TEST_MS }, async (t) => {
    const { classroom, teacher } = await beginLesson(t, relay);
    const posts = classroom.posts.length;
    const line = await cutLine(t, [['tcp', relay.port], ['tcp', relay.mediaPort], ['udp', relay.mediaPort]]);
    await classroom.locator('.outage').waitFor();
    const cutMs = await line.restore();
    const restored = performance.now();
    await forgetPictures(classroom);
    await untilMoving(classroom, 'camera');
    t.diagnostic(`moving ${Math.round(performance.now() - restored)} ms after the line, cut ${Math.round(cutMs)} ms`);
    await classroom.locator('.outage').waitFor({ state: 'detached' });
    await untilHeard(classroom);
    // The relay forgets a peer after 30 s of silence; a slow machine may have taken that long.
    if (cutMs < 20000) assert.equal(classroom.posts.length, posts, 'the old session went on');
    assert.deepEqual([...teacher.errors, ...classroom.errors], []);
  });

  test('an ICE restart leaves a dead path, and the session stays', { timeout: TEST_MS }, async (t) => {
    const { classroom } = await beginLesson(t, relay);
    const posts = classroom.posts.length;
    // Every port that the browser has, so that nothing but a restart, which opens new ones, can help.
    const ports = await classroom.evaluate(async () => {
      const stats = await window.testPeers[0].getStats();
      const locals = [...stats.values()].filter((entry) => entry.type === 'local-candidate');
      return [...new Set(locals.filter(({ protocol }) => protocol === 'udp').map(({ port }) => port))];
    });
    assert.ok(ports.length > 0);
    const restarted = classroom.waitForResponse((response) => response.request().method() === 'PATCH');
    await cutLine(t, [['tcp', relay.mediaPort], ...ports.map((port) => ['udp', port])]);
    const cut = performance.now();
    const status = (await restarted).status();
    await forgetPictures(classroom);
    await untilMoving(classroom, 'camera');
    const tookMs = Math.round(performance.now() - cut);
    await untilHeard(classroom);
    t.diagnostic(`moving ${tookMs} ms after the path died`);
    // The relay forgets a peer after 30 s of silence; a slow machine may have taken that long.
    if (tookMs < 20000) {
      assert.equal(classroom.posts.length, posts, 'the old session went on');
      assert.equal(status, 200);
      assert.equal(await classroom.evaluate(() => window.testPeers.length), 1, 'over the same connection');
    }
  });

  test('where UDP is blocked in mid-lesson, media goes on over TCP', { timeout: TEST_MS }, async (t) => {
    const { classroom } = await beginLesson(t, relay);
    await cutLine(t, [['udp', relay.mediaPort]]);
    const cut = performance.now();
    await until(classroom, async () => {
      for (const peer of window.testPeers.filter((one) => one.signalingState !== 'closed')) {
        const stats = await peer.getStats();
        for (const entry of stats.values()) {
          if (entry.type !== 'transport' || !entry.selectedCandidatePairId) continue;
          const pair = stats.get(entry.selectedCandidatePairId);
          if (stats.get(pair.localCandidateId)?.protocol === 'tcp' && pair.state === 'succeeded') return true;
        }
      }
      return false;
    });
    await forgetPictures(classroom);
    await untilMoving(classroom, 'camera');
    t.diagnostic(`moving over TCP ${Math.round(performance.now() - cut)} ms after UDP was blocked`);
    await untilHeard(classroom);
  });
});
