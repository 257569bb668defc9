// SPDX-License-Identifier: Apache-2.0
//
// Another teacher takes over in mid-lesson, with streams of its own, on a line that loses one packet in twenty. The
// classroom's decoder sees one stream that goes on: what it received is counted by Chromium itself.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forgetPictures, newContext, openClassroom, openTeacher, TEST_MS, untilHeard, untilMoving } from './chromium.mjs';
import { loseSome } from './line.mjs';
import { Relay } from './relay.mjs';

const LOOK_EVERY_MS = 1000;

/** What the one connection's receivers have counted; runs in the page. */
async function countReceived() {
  const sum = { emitted: 0, frames: 0, freezes: 0, frozenS: 0, ssrcs: [] };
  for (const peer of window.testPeers) {
    for (const entry of (await peer.getStats()).values()) {
      if (entry.type !== 'inbound-rtp' || !entry.packetsReceived) continue;
      sum.ssrcs.push(entry.ssrc);
      if (entry.kind === 'audio') sum.emitted += entry.jitterBufferEmittedCount;
      sum.frames += entry.framesDecoded ?? 0;
      sum.freezes += entry.freezeCount ?? 0;
      sum.frozenS += entry.totalFreezesDuration ?? 0;
    }
  }
  sum.ssrcs.sort((a, b) => a - b);
  return sum;
}

describe('continuity', () => {
  let relay;
  before(async () => {
    relay = await Relay.start();
  });
  after(async () => {
    await relay?.stop();
  });

  test('another teacher takes over under loss, and the classroom plays on', { timeout: TEST_MS }, async (t) => {
    await loseSome(t, relay.mediaPort, 5);
    const classroom = await openClassroom(await newContext(t), relay.url);
    const first = await openTeacher(await newContext(t), relay.url);
    await first.getByRole('button', { name: '开始上课' }).click();
    await untilMoving(classroom, 'camera');
    await untilHeard(classroom);
    const start = await classroom.evaluate(countReceived);
    const posts = classroom.posts.length;

    const second = await openTeacher(await newContext(t), relay.url);
    const taken = performance.now();
    await second.getByRole('button', { name: '开始上课' }).click();
    const looks = [];
    const look = async (times) => {
      for (let i = 0; i < times; i++) {
        await sleep(LOOK_EVERY_MS); // what is tested: no second may be without sound
        looks.push(await classroom.evaluate(countReceived));
      }
    };
    await look(3);
    await first.context().close();
    await look(6);
    await forgetPictures(classroom);
    await untilMoving(classroom, 'camera');
    await untilHeard(classroom);

    const last = looks.at(-1);
    t.diagnostic(`${last.freezes - start.freezes} freezes, ${(last.frozenS - start.frozenS).toFixed(2)} s of ` +
      `${((performance.now() - taken) / 1000).toFixed(1)} s; ${last.frames - start.frames} frames`);
    for (const [i, next] of looks.entries()) {
      const previous = looks[i - 1] ?? start;
      assert.ok(next.emitted > previous.emitted, `voice stood still at look ${i}`);
      assert.deepEqual(next.ssrcs, start.ssrcs, 'one stream of each kind, from first to last');
    }
    // A switch waits for a keyframe while the first teacher is still seen; loss costs a frame now and then.
    assert.ok(last.frozenS - start.frozenS < 2, `frozen for ${last.frozenS - start.frozenS} s`);
    assert.equal(classroom.posts.length, posts, 'no new session');
    assert.equal(await classroom.evaluate(() => window.testPeers.length), 1);
  });
});
