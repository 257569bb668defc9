// SPDX-License-Identifier: Apache-2.0
//
// How the pages look: they fit both screen sizes in both languages without scrolling, nothing is cut off,
// nothing is smaller than people at that distance can read, and the choice of language is remembered.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newContext, newPage, openClassroom, openTeacher, TEST_MS, until } from './chromium.mjs';
import { lookEverywhere } from './looks.mjs';
import { LESSON, Relay } from './relay.mjs';

describe('layout', () => {
  let relay;
  let closed;
  before(async () => {
    relay = await Relay.start();
    closed = await Relay.start({ isDemo: false });
  });
  after(async () => {
    await relay?.stop();
    await closed?.stop();
  });

  test('the first page fits', { timeout: TEST_MS }, async (t) => {
    const page = await newPage(await newContext(t));
    await page.goto(`${relay.url}/`);
    await page.getByText('演示课').waitFor();
    await lookEverywhere(page, 'index', { smallestPx: 16, mayScroll: false });
  });

  test('the teacher’s page fits before the lesson', { timeout: TEST_MS }, async (t) => {
    const page = await openTeacher(await newContext(t), relay.url);
    await lookEverywhere(page, 'teacher-before', { smallestPx: 16, mayScroll: false });
    const heights = await page.evaluate(() =>
      [...document.querySelectorAll('.teacher-bar button')].map((button) => button.getBoundingClientRect().height),
    );
    assert.ok(heights.length >= 3 && heights.every((height) => height >= 56), String(heights));
  });

  test('the classroom’s page fits before the teacher is there', { timeout: TEST_MS }, async (t) => {
    const page = await openClassroom(await newContext(t), relay.url);
    await page.locator('.waiting-word').waitFor();
    assert.match(await page.locator('.waiting-word').innerText(), /老师马上到/);
    await lookEverywhere(page, 'classroom-waiting', { smallestPx: 32, mayScroll: false });
  });

  test('the forms for lesson and pass code fit', { timeout: TEST_MS }, async (t) => {
    const context = await newContext(t);
    for (const [name, smallestPx] of [['teacher', 16], ['classroom', 32]]) {
      const page = await newPage(context);
      await page.goto(`${closed.url}/${name}`);
      await page.getByRole('button', { name: '用课名和口令进入' }).click();
      await page.locator('form').waitFor();
      await lookEverywhere(page, `form-${name}`, { smallestPx, mayScroll: true });
      await page.getByRole('button', { name: 'Switch to Chinese' }).click();
      await page.close();
    }
  });

  test('the language is remembered', { timeout: TEST_MS }, async (t) => {
    const context = await newContext(t);
    const page = await newPage(context);
    await page.goto(`${relay.url}/`);
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-CN', 'Chinese comes first');
    await page.getByRole('button', { name: '换成英文' }).click();
    await page.getByText('I am the teacher').waitFor();
    await page.reload();
    await page.getByText('I am the teacher').waitFor();
    assert.equal(await page.title(), 'Remote classroom');

    const other = await newPage(context);
    await other.goto(`${relay.url}/classroom`);
    await other.getByText('The teacher is coming').first().waitFor();
    await other.getByRole('button', { name: 'Switch to Chinese' }).click();
    await other.getByText('老师马上到').first().waitFor();
    await page.reload();
    await page.getByText('我是主讲教师').waitFor();
  });

  test('a lesson’s own pass codes open it, wrong ones are explained', { timeout: TEST_MS }, async (t) => {
    const page = await newPage(await newContext(t));
    await page.goto(`${closed.url}/classroom`);
    await page.getByRole('button', { name: '用课名和口令进入' }).click();
    // By keyboard alone: the first field has the focus.
    await page.locator('form').waitFor();
    await until(page, () => document.activeElement?.id === 'sign-in-lesson');
    await page.keyboard.type(LESSON.id);
    await page.keyboard.press('Tab');
    await page.keyboard.type('not-the-pass-code-at-all');
    await page.keyboard.press('Enter');
    await page.getByText('课名或口令不对').waitFor();
    await page.getByLabel('口令').fill(LESSON.viewer);
    await page.keyboard.press('Enter');
    await page.getByText(LESSON.title).waitFor();
    await page.reload();
    await page.getByText(LESSON.title).waitFor();
    assert.doesNotMatch(page.url(), new RegExp(LESSON.viewer));
    assert.deepEqual(page.errors, []);
  });
});
