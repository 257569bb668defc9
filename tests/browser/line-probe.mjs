// SPDX-License-Identifier: Apache-2.0
//
// When the pages' probe of the line asks, how often, and what it takes for an answer: with a WebSocket and a time of the
// test's own.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LineProbe } from '../../client/web/static/shared/line-probe.js';

/** A line on which the test lets attempts be answered. @param {import('node:test').TestContext} t */
function lineOf(t) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const net = { nowMs: 0, begun: [], open: new Set(), most: 0, shakenMs: [] };
  const probe = new LineProbe(
    () => {
      const socket = { onopen: null, onerror: null, onclose: null, close: () => net.open.delete(socket) };
      net.open.add(socket);
      net.begun.push(net.nowMs);
      net.most = Math.max(net.most, net.open.size);
      return socket;
    },
    () => net.nowMs,
    () => net.shakenMs.push(net.nowMs),
  );
  net.pass = async (ms) => {
    for (const end = net.nowMs + ms; net.nowMs < end; ) {
      net.nowMs += 100;
      t.mock.timers.tick(100);
      await null;
    }
  };
  net.answer = () => [...net.open][0].onerror();
  return { probe, net };
}

/** The same, after the trial that every page makes. */
function triedLineOf(t) {
  const { probe, net } = lineOf(t);
  probe.heard();
  net.answer();
  net.begun = [];
  return { probe, net };
}

describe('line probe', () => {
  test('nothing is asked while something came lately', async (t) => {
    const { probe, net } = triedLineOf(t);
    for (let i = 0; i < 20; i++) {
      await net.pass(5000);
      assert.equal(await probe.reachableWithin(1000), true);
      probe.heard();
    }
    assert.deepEqual(net.begun, []);
  });

  test('a doubt is asked after once, and an answer settles it', async (t) => {
    const { probe, net } = triedLineOf(t);
    probe.doubt();
    assert.ok(probe.isSure, 'something came just now');
    await net.pass(3000);
    probe.doubt();
    const all = [probe.reachableWithin(4000), probe.reachableWithin(4000)];
    assert.equal(net.begun.length, 1, 'one for all');
    net.answer();
    assert.deepEqual(await Promise.all(all), [true, true]);
    assert.equal(await probe.reachableWithin(4000), true);
    assert.equal(net.begun.length, 1);
    assert.equal(net.open.size, 0);
  });

  test('silence is no doubt where something else came later', async (t) => {
    const { probe, net } = triedLineOf(t);
    await net.pass(3000);
    probe.heard();
    probe.doubt(net.nowMs - 1000);
    assert.ok(probe.isSure);
    probe.doubt(net.nowMs);
    assert.ok(!probe.isSure);
  });

  test('a dead line is looked at until it is back, by attempts that are young', async (t) => {
    const { probe, net } = triedLineOf(t);
    await net.pass(8000);
    const begunMs = net.nowMs;
    for (let i = 0; i < 100; i++) {
      const is = probe.reachableWithin(6000);
      await net.pass(6000);
      assert.equal(await is, false);
    }
    const gaps = net.begun.map((at, index) => at - (net.begun[index - 1] ?? begunMs));
    assert.ok(Math.max(...gaps) <= 2600, `${Math.max(...gaps)} ms without a new attempt`);
    // The browser holds each back by up to 5 s by then: fewer would not be on their way at all.
    assert.ok(net.open.size >= 2 && net.most <= 4, `${net.open.size}, at most ${net.most} at once`);
    const is = probe.reachableWithin(6000);
    net.answer();
    await net.pass(300);
    assert.equal(await is, true);
    assert.equal(net.open.size, 0, 'and the others are taken back');
    await net.pass(10000);
    assert.equal(net.open.size, 0, 'nobody looks any more');
  });

  test('a connection that all share is shaken once in each outage', async (t) => {
    const { probe, net } = triedLineOf(t);
    for (let i = 1; i <= 2; i++) {
      const heardMs = net.nowMs;
      await net.pass(8000);
      void probe.reachableWithin(1000);
      await net.pass(30000);
      assert.equal(net.shakenMs.length, i);
      assert.ok(net.shakenMs[i - 1] - heardMs > 10000, 'before that the browser does not ping');
      probe.heard();
    }
  });

  test('where WebSockets are swallowed or missing, requests are made as if there were no doubt', async (t) => {
    const { probe, net } = lineOf(t);
    probe.heard();
    await net.pass(20000);
    probe.doubt();
    assert.equal(await probe.reachableWithin(1000), true);
    assert.equal(net.open.size, 0);
    const without = new LineProbe(() => {
      throw new ReferenceError('WebSocket');
    }, () => net.nowMs);
    without.heard();
    without.doubt(Infinity);
    assert.equal(await without.reachableWithin(1000), true);
  });
});
