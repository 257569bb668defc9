// SPDX-License-Identifier: Apache-2.0
//
// The teacher with the class: hands in their order, the floor by pointer, number and key, dialogue, mutes, the health
// of each line, and a page that may be closed at any time. Classrooms are the relay's own; two of them are pages that
// send picture and voice.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newContext, newPage, openTeacher, screenshot, TEST_MS, until, untilHeard, untilMoving } from './chromium.mjs';
import { Class } from './class.mjs';
import { loseSome } from './line.mjs';
import { lookEverywhere } from './looks.mjs';
import { Relay } from './relay.mjs';

/** The numbers of those who have the floor, as the tiles show it. */
const untilSpeaking = (page, numbers) =>
  until(
    page,
    (wanted) => {
      const tiles = [...document.querySelectorAll('.tile')];
      const speaking = tiles.flatMap((tile, index) => (tile.classList.contains('is-floor') ? [index + 1] : []));
      return speaking.join() === wanted.join();
    },
    numbers,
  );

const untilHands = (page, names) =>
  until(
    page,
    (wanted) => [...document.querySelectorAll('.hand-name')].map((name) => name.textContent.trim()).join() === wanted.join(),
    names,
  );

const untilPresent = (page, n) =>
  until(page, (wanted) => document.querySelector('.teacher-viewers')?.textContent.trim().startsWith(`在线 ${wanted}/`), n);

async function beginLesson(t, relay) {
  const context = await newContext(t);
  const page = await openTeacher(context, relay.url);
  await page.getByRole('button', { name: '开始上课' }).click();
  await page.locator('.tile').first().waitFor();
  return page;
}

async function openNumbered(t, relay, number) {
  const page = await newPage(await newContext(t));
  await page.goto(`${relay.url}/classroom?number=${number}`);
  await until(page, () => document.querySelector('.classroom') !== null);
  return page;
}

const tile = (page, number) => page.locator('.tile').nth(number - 1);

describe('teacher', () => {
  let relay;
  let held;
  before(async () => {
    relay = await Relay.start();
    held = await Class.of(relay);
  });
  after(async () => {
    await relay?.stop();
  });

  test('hands queue in order, and the first gets the floor with one key', { timeout: TEST_MS }, async (t) => {
    await held.calm();
    const page = await beginLesson(t, relay);
    const names = await Promise.all([5, 2, 9].map((number) => held.nameOf(number)));
    for (const number of [5, 2, 9]) await held.raiseHand(number);
    await untilHands(page, names);
    await tile(page, 2).getByText('举手 2').waitFor();
    const { turns } = (await held.facts()).classrooms[4];

    await page.keyboard.press('n');
    await untilSpeaking(page, [5]);
    await untilHands(page, names.slice(1));
    await until(page, (words) => document.querySelector('.announcer').textContent.includes(words), `${names[0]} 发言中`);
    await tile(page, 5).getByText(`${turns + 1}次`).waitFor();

    await page.getByRole('button', { name: `放下${names[2]}的手` }).click();
    await untilHands(page, [names[1]]);
    await page.locator('.hands').getByRole('button', { name: `请${names[1]}发言` }).click();
    await untilSpeaking(page, [2]);
    await page.keyboard.press('Escape');
    await untilSpeaking(page, []);
    assert.deepEqual(page.errors, []);
  });

  test('a click or a number gives the floor, two make a dialogue', { timeout: TEST_MS }, async (t) => {
    await held.calm();
    const page = await beginLesson(t, relay);
    await tile(page, 7).locator('.tile-main').click();
    await untilSpeaking(page, [7]);
    await page.keyboard.type('12');
    await page.locator('.typed-number').getByText(await held.nameOf(12)).waitFor();
    await page.keyboard.press('Enter');
    await untilSpeaking(page, [12]);

    await page.keyboard.type('3');
    await page.keyboard.press('Shift+Enter');
    await untilSpeaking(page, [3, 12]);
    assert.equal((await held.facts()).floor.filter(Boolean).length, 2);
    await screenshot(page, 'teacher-dialogue');
    await page.getByRole('button', { name: `收回${await held.nameOf(12)}的发言` }).click();
    await untilSpeaking(page, [3]);

    await page.getByRole('button', { name: '对话' }).click();
    await tile(page, 8).locator('.tile-main').click();
    await untilSpeaking(page, [3, 8]);
    await tile(page, 1).locator('.tile-main').click();
    await untilSpeaking(page, [1]);
    await page.getByRole('button', { name: '收回发言' }).click();
    await untilSpeaking(page, []);
    // A number that nobody has, and one that is thought better of.
    await page.keyboard.type('99');
    await page.getByText('没有这个编号').waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.type('4');
    await page.keyboard.press('Escape');
    assert.deepEqual((await held.facts()).floor, [null, null]);
    assert.deepEqual(page.errors, []);
  });

  test('everything works by keyboard alone', { timeout: TEST_MS }, async (t) => {
    await held.calm();
    const page = await beginLesson(t, relay);
    await held.raiseHand(3);
    await tile(page, 3).getByText('举手 1').waitFor();
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement?.matches('.tile-main'))) break;
    }
    const focused = () => page.evaluate(() => document.activeElement?.closest('.tile')?.querySelector('b')?.textContent);
    assert.equal(await focused(), '01');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, 'none', 'the focus can be seen');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    assert.equal(await focused(), '03');
    await page.keyboard.press('Delete');
    await untilHands(page, []);
    await page.keyboard.press('x');
    await until(page, () => document.querySelectorAll('.tile-mute[aria-pressed="true"]').length === 1);
    assert.equal((await held.facts()).classrooms[2].muted, true);
    await page.keyboard.press('x');
    await until(page, () => document.querySelectorAll('.tile-mute[aria-pressed="true"]').length === 0);
    await page.keyboard.press('ArrowDown');
    const below = Number(await focused());
    assert.ok(below > 3, `below 3 is ${below}`);
    await page.keyboard.press('Enter');
    await untilSpeaking(page, [below]);
    await page.keyboard.press('d');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await untilSpeaking(page, [below, below + 1]);
    await page.keyboard.press('Escape');
    await untilSpeaking(page, []);

    for (const [key, name] of [['?', '键盘按键'], ['l', '各课堂线路'], ['g', '设备和线路']]) {
      await page.keyboard.press(key);
      await page.getByRole('dialog', { name }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await page.keyboard.press('c');
    await page.getByRole('button', { name: '已呼叫', pressed: true }).waitFor();
    assert.deepEqual((await held.facts()).calls.map(({ who }) => who), ['teacher']);
    await page.keyboard.press('c');
    await page.getByRole('button', { name: '呼叫管理员', pressed: false }).waitFor();
    await page.keyboard.press('e');
    await page.getByRole('dialog', { name: '现在下课吗' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.deepEqual(page.errors, []);
  });

  test('a tab closed by mistake loses nothing', { timeout: TEST_MS }, async (t) => {
    await held.calm();
    const first = await beginLesson(t, relay);
    await held.raiseHand(6);
    await first.keyboard.type('4');
    await first.keyboard.press('Enter');
    await untilSpeaking(first, [4]);
    await first.keyboard.press('m');
    await first.getByText('已静音，课堂听不到您').first().waitFor();
    await first.locator('.tile').nth(8).locator('.tile-mute').click({ force: true });
    await until(first, () => document.querySelectorAll('.tile-mute[aria-pressed="true"]').length === 1);
    await first.reload();
    await untilSpeaking(first, [4]);
    await first.close();

    const second = await openTeacher(first.context(), relay.url);
    await untilSpeaking(second, [4]);
    await untilHands(second, [await held.nameOf(6)]);
    await second.getByText('已静音，课堂听不到您').first().waitFor();
    await until(second, () => document.querySelectorAll('.tile-mute[aria-pressed="true"]').length === 1);
    await until(second, () => document.querySelector('.teacher-condition .mark-good') !== null);
    assert.deepEqual(second.errors, []);
  });

  test('what does not reach the relay is said', { timeout: TEST_MS }, async (t) => {
    await held.calm();
    const page = await beginLesson(t, relay);
    await relay.kill();
    await page.keyboard.type('5');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: '没有送到服务器' }).waitFor();
    await screenshot(page, 'teacher-not-sent');
    await relay.run();
    await until(page, () => document.querySelector('.teacher-condition .mark-good') !== null);
    await page.keyboard.type('5');
    await page.keyboard.press('Enter');
    await untilSpeaking(page, [5]);
    await page.getByRole('alert').filter({ hasText: '没有送到服务器' }).waitFor({ state: 'detached' });
  });

  test('the whole class fits, with hands, notes and a dialogue', { timeout: TEST_MS }, async (t) => {
    await held.calm();
    const page = await beginLesson(t, relay);
    await lookEverywhere(page, 'teacher-class-quiet', { smallestPx: 16, mayScroll: false });
    await page.getByRole('button', { name: 'Switch to Chinese' }).click();
    for (const number of [2, 8, 16]) await held.raiseHand(number);
    await held.act(2, 'notes', { code: 'cannot-hear', text: '' });
    await held.act(6, 'notes', { code: 'other', text: '请再放一遍第二段，孩子们想跟着唱' });
    await held.act(0, 'floor', { classrooms: [(await held.facts()).classrooms[11].id] });
    await untilSpeaking(page, [12]);
    await page.locator('.notes li').nth(1).waitFor();
    await lookEverywhere(page, 'teacher-class', { smallestPx: 16, mayScroll: false });
    const heights = await page.evaluate(() =>
      [...document.querySelectorAll('.teacher-bar .big')].map((button) => button.getBoundingClientRect().height),
    );
    assert.ok(heights.length >= 6 && heights.every((height) => height >= 56), String(heights));
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('.teacher-clock time')).fontSize), '32px');
    assert.equal(held.size, 18);

    // What a browser's own bars leave of the smaller screen.
    await page.setViewportSize({ width: 1366, height: 620 });
    await until(page, () => innerHeight === 620);
    const boxes = await page.evaluate(() =>
      ['.hands', '.hands .give', '.take-back'].map((name) => document.querySelector(name).getBoundingClientRect().toJSON()),
    );
    const [hands, first, takeBack] = boxes;
    assert.ok(first.bottom <= hands.bottom && takeBack.bottom <= 620, JSON.stringify(boxes));
    await screenshot(page, 'teacher-class-620');
  });

  test('a classroom whose line loses much is marked and named', { timeout: TEST_MS }, async (t) => {
    await held.calm();
    const page = await beginLesson(t, relay);
    await openNumbered(t, relay, 9);
    await tile(page, 9).locator('.mark-good').waitFor();
    await loseSome(t, relay.mediaPort, 25);
    await tile(page, 9).locator('.mark-slow').waitFor();
    const name = await held.nameOf(9);
    await page.locator('.health-worst li').filter({ hasText: name }).waitFor();
    await page.keyboard.press('l');
    const worst = page.getByRole('dialog').locator('li').first();
    await worst.getByText('网络慢').waitFor();
    assert.match(await worst.innerText(), /09 .+\n.*\d+% 没送到。.*声音优先。/s);
    await screenshot(page, 'teacher-health');
    assert.deepEqual(page.errors, []);
  });

  test('a classroom is seen on the wall, and seen and heard when it speaks', { timeout: 2 * TEST_MS }, async (t) => {
    await held.calm();
    const page = await beginLesson(t, relay);
    const here = await openNumbered(t, relay, 3);
    await untilPresent(page, 1);
    await page.locator('.health').getByText('1 正常').waitFor();
    await untilMoving(page, 'wall');
    await until(page, () => document.querySelectorAll('.tile.is-blind').length === document.querySelectorAll('.tile').length - 1);
    await page.keyboard.type('3');
    const asked = performance.now();
    await page.keyboard.press('Enter');
    await untilMoving(page, 'floor');
    t.diagnostic(`seen ${Math.round(performance.now() - asked)} ms after the key`);
    await untilHeard(page);
    await screenshot(page, 'teacher-floor-seen');

    const other = await openNumbered(t, relay, 7);
    await untilPresent(page, 2);
    await page.keyboard.type('7');
    await page.keyboard.press('Shift+Enter');
    await untilMoving(page, 'floor2');
    await untilMoving(page, 'floor');
    await screenshot(page, 'teacher-dialogue-seen');

    await other.close();
    await page.locator('.health-worst, .health-counts').getByText(/1 (中断|未到)|17 未到/).first().waitFor();
    await here.reload();
    await untilSpeaking(page, [3, 7]);
    await page.keyboard.press('Escape');
    await untilSpeaking(page, []);
    assert.deepEqual(page.errors, []);
  });
});
