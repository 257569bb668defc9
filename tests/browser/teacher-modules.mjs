// SPDX-License-Identifier: Apache-2.0
//
// The parts of the teacher's page that need no browser: what is asked of the relay for each wish, in which order, and
// what typed numbers and the wall's tiles mean.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Subject } from '../../client/web/static/shared/subject.js';
import { ClassControl } from '../../client/web/static/teacher/class-control.js';
import { conditionOf, healthSentence } from '../../client/web/static/teacher/health.js';
import { NumberEntry } from '../../client/web/static/teacher/number-entry.js';
import { isMirrored } from '../../client/web/static/teacher/pictures.js';
import { layOut } from '../../client/web/static/teacher/wall.js';

const row = (number) => ({ id: `c${number}`, number, name: `课堂${number}`, present: true, publishing: true, hand: 0, turns: 0, muted: false });

/** A relay of three classrooms that answers when the test lets it. */
class Events extends Subject {
  facts = { classrooms: [row(1), row(2), row(3)], hands: ['c3', 'c1'], floor: [null, null], calls: [] };
  asked = [];
  #waiting = [];

  act(path, body) {
    this.asked.push([path, body]);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async answer(outcome, change = {}) {
    this.facts = { ...this.facts, ...change };
    this.#waiting.shift()(outcome);
    await settle();
    this.changed();
    await settle();
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const DONE = { ok: true, status: 204, problem: null };
const floors = (events) => events.asked.filter(([path]) => path === 'floor').map(([, { classrooms }]) => classrooms.join('+'));

describe('teacher modules', () => {
  test('a wish shows at once, and stands until the events confirm it', async () => {
    const events = new Events();
    const control = new ClassControl(events);
    control.give('c2');
    assert.deepEqual([control.coming, control.floor], [['c2'], []]);
    await events.answer(DONE);
    assert.deepEqual(control.coming, ['c2'], 'the answer alone is not the event');
    events.facts = { ...events.facts, floor: ['c2', null] };
    events.changed();
    await settle();
    assert.deepEqual([control.coming, control.floor], [[], ['c2']]);
  });

  test('of several wishes in a row the last arrives last', async () => {
    const events = new Events();
    const control = new ClassControl(events);
    for (const key of ['c1', 'c2', 'c3']) control.give(key);
    assert.deepEqual(floors(events), ['c1'], 'one request at a time');
    await events.answer(DONE, { floor: ['c1', null] });
    assert.deepEqual(floors(events), ['c1', 'c3'], 'what nobody wants any more is not asked for');
    await events.answer(DONE, { floor: ['c3', null] });
    assert.deepEqual(control.coming, []);
    control.takeBack();
    assert.equal(control.isTakingBack, true);
    await events.answer(DONE, { floor: [null, null] });
    assert.deepEqual(floors(events).at(-1), '');
    assert.equal(control.isTakingBack, false);
  });

  test('a dialogue keeps the first and changes the second', async () => {
    const events = new Events();
    const control = new ClassControl(events);
    const give = async (key, isAdding, floor) => {
      control.give(key, isAdding);
      await events.answer(DONE, { floor });
    };
    await give('c1', false, ['c1', null]);
    await give('c2', true, ['c1', 'c2']);
    await give('c3', true, ['c1', 'c3']);
    await give('c2', false, ['c2', null]);
    assert.deepEqual(floors(events), ['c1', 'c1+c2', 'c1+c3', 'c2']);
    control.toggleAdding();
    control.give('c1');
    assert.equal(control.isAdding, false, 'for one classroom only');
    assert.equal(floors(events).at(-1), 'c2+c1');
  });

  test('a refusal is a sentence, and the wish is over', async () => {
    const events = new Events();
    const control = new ClassControl(events);
    control.give('c1');
    await events.answer({ ok: false, status: 409, problem: { title: 'x', detail: '这个课堂不在' } });
    assert.equal(control.problem, '这个课堂不在');
    assert.deepEqual(control.coming, []);
    control.give('c1');
    assert.equal(control.problem, '', 'a new wish forgets it');
    await events.answer({ ok: false, status: 0, problem: null });
    assert.match(control.problem, /没有送到服务器/);
    control.takeBack();
    control.toggleCall();
    assert.equal(control.isCalling, true);
    await events.answer(DONE, { calls: [{ who: 'teacher', at: 1 }] });
    assert.equal(control.isCalling, true);
  });

  test('hands keep their order; the next is the first that does not speak', async () => {
    const events = new Events();
    const control = new ClassControl(events);
    assert.deepEqual(control.hands.map(({ id }) => id), ['c3', 'c1']);
    void control.lowerHand('c3');
    assert.deepEqual(control.hands.map(({ id }) => id), ['c1'], 'gone at once');
    control.giveToNextHand();
    assert.deepEqual(floors(events), ['c1']);
    assert.deepEqual(events.asked[0], ['hand', { raised: false, classroom: 'c3' }]);
  });

  test('a typed number is a classroom with Enter, a camera when left alone', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const given = [];
    const used = [];
    const control = { isAdding: false, rowOfNumber: (n) => (n <= 18 ? row(n) : undefined), give: (...args) => given.push(args) };
    const cameras = { list: [{ number: 1 }, { number: 2 }], use: (n) => used.push(n) };
    const entry = new NumberEntry(control, cameras);
    entry.add('1');
    assert.equal(entry.isCameraKey, true);
    entry.add('2');
    assert.equal(entry.row.number, 12);
    entry.take(false);
    entry.add('2');
    t.mock.timers.tick(1000);
    entry.add('3');
    t.mock.timers.tick(1000);
    assert.equal(entry.digits, '3', 'there is no third camera');
    entry.take(true);
    entry.add('9');
    entry.add('9');
    entry.take(false);
    entry.add('1');
    entry.clear();
    t.mock.timers.tick(60000);
    assert.deepEqual(given, [['c12', false], ['c3', true]]);
    assert.deepEqual(used, [2]);
  });

  test('tiles stand where the relay says, with their names below the picture', () => {
    const rows = [row(1), row(2)];
    const tiles = rows.map(({ id }, index) => ({ classroom: id, x: 256 * index, y: 18, width: 256, height: 144 }));
    const { boxes, liftedBy } = layOut(rows, tiles);
    assert.equal(liftedBy, 2.5);
    assert.deepEqual(boxes.get('c2'), { x: 20, y: 0, width: 20, height: 25 });
    const own = layOut(rows, tiles.slice(1));
    assert.equal(own.liftedBy, 0, 'not all are told: the page puts them itself');
    assert.deepEqual(own.boxes.get('c2'), { x: 50, y: 0, width: 50, height: 100 });
    assert.equal(layOut([], []).boxes.size, 0);
    for (let n = 1; n <= 20; n++) {
      const all = Array.from({ length: n }, (_, index) => row(index + 1));
      for (const { x, y, width, height } of layOut(all, []).boxes.values()) {
        assert.ok(x + width <= 100.001 && y + height <= 100.001, `${n} tiles`);
      }
    }
  });

  test('health is told in plain words', () => {
    assert.equal(conditionOf({ ...row(1), condition: 'absent' }), 'waiting');
    assert.equal(conditionOf({ ...row(1), present: false }), 'waiting');
    assert.equal(healthSentence({ ...row(1), condition: 'good', loss: 0.001, rtt_ms: 40 }), '声音画面都正常。');
    assert.equal(healthSentence({ ...row(1), condition: 'slow', loss: 0.06, rtt_ms: 640 }), '6% 没送到。 来回 0.6 秒。 画面会降低，声音优先。');
    assert.match(healthSentence({ ...row(1), condition: 'good', publishing: false }), /没有送来画面/);
    assert.match(healthSentence({ ...row(1), condition: 'broken', loss: 1 }), /^正在自己重连/);
  });

  test('only the picture of the teacher is mirrored', () => {
    const track = (facingMode) => ({ getSettings: () => ({ facingMode }) });
    assert.ok(isMirrored(track(undefined), 1));
    assert.ok(!isMirrored(track(undefined), 2), 'one of several may show the board');
    assert.ok(isMirrored(track('user'), 2));
    assert.ok(!isMirrored(track('environment'), 1));
    assert.ok(isMirrored(null, 0));
  });
});
