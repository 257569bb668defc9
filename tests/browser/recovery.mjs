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
import { Relay } from './relay.mjs';

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
    await teacher.reload();
    await teacher.getByRole('button', { name: '下课' }).waitFor();
    await until(teacher, () => document.querySelector('.teacher-condition .mark-good') !== null);
    await forgetPictures(classroom);
    await untilMoving(classroom, 'camera');
    await untilHeard(classroom);
    assert.equal(classroom.posts.length, posts, 'no new session');
    const open = await classroom.evaluate(() => window.testPeers.filter((peer) => peer.connectionState === 'connected').length);
    assert.equal(open, 1);
    assert.equal(await classroom.evaluate(() => window.testPeers.length), 1, 'one connection, from first to last');
  });

  test('a killed relay is waited for, and the lesson goes on', { timeout: TEST_MS }, async (t) => {
    const { classroom, teacher } = await beginLesson(t, relay);
    await relay.kill();
    const outage = classroom.locator('.outage');
    await outage.waitFor();
    assert.match(await outage.innerText(), /✕ 网络中断\s*正在重连 \d+:\d\d/);
    const light = await classroom.evaluate(() => {
      const canvas = document.createElement('canvas');
      canvas.width = 32;
      canvas.height = 18;
      const context = canvas.getContext('2d');
      const kept = document.querySelector('canvas:not([hidden])');
      const shown = kept && kept.width > 0 ? kept : document.querySelector('video[data-slot="camera"]');
      context.drawImage(shown, 0, 0, 32, 18);
      return context.getImageData(0, 0, 32, 18).data.reduce((sum, value, index) => sum + (index % 4 === 3 ? 0 : value), 0);
    });
    assert.ok(light > 1000, 'the last picture stays');
    await screenshot(classroom, 'classroom-outage');

    await relay.run();
    await until(teacher, () => document.querySelector('.teacher-condition .mark-good') !== null);
    await outage.waitFor({ state: 'detached' });
    await forgetPictures(classroom);
    await untilMoving(classroom, 'camera');
    await untilHeard(classroom);
    await until(classroom, () => document.querySelector('.classroom-state .mark-good') !== null);
    assert.deepEqual([...teacher.errors, ...classroom.errors], []);
  });
});
