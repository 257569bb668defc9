// SPDX-License-Identifier: Apache-2.0
//
// What people run into: a camera that is refused or missing, an insecure address, a browser that holds the
// sound back, a presenter's keys, a keyboard and no mouse, the lesson open in two tabs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newContext, newPage, openClassroom, openTeacher, screenshot, TEST_MS, until } from './chromium.mjs';
import { LESSON, Relay } from './relay.mjs';

/** Lets the first requests for camera and microphone fail as a browser would; runs before the page's scripts. */
function refuseDevices({ error, kinds }) {
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  window.testRefusing = true;
  devices.getUserMedia = (wish) => {
    const isHit = kinds.some((kind) => wish[kind]);
    return window.testRefusing && isHit ? Promise.reject(new DOMException('refused by the test', error)) : open(wish);
  };
}

/** The stricter browsers: nothing is heard before somebody has pressed something. Pictures are silent. */
function refuseSound() {
  let isAllowed = false;
  for (const event of ['pointerdown', 'keydown']) {
    addEventListener(event, (one) => (isAllowed ||= one.isTrusted), { capture: true });
  }
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (!isAllowed && !this.muted) return Promise.reject(new DOMException('press first', 'NotAllowedError'));
    return play.call(this);
  };
}

describe('people', () => {
  let relay;
  before(async () => {
    relay = await Relay.start();
  });
  after(async () => {
    await relay?.stop();
  });

  test('a refused camera is explained, and tried again', { timeout: TEST_MS }, async (t) => {
    const context = await newContext(t);
    await context.addInitScript(refuseDevices, { error: 'NotAllowedError', kinds: ['audio', 'video'] });
    const page = await newPage(context);
    await page.goto(`${relay.url}/teacher`);
    await page.getByRole('alert').filter({ hasText: '没有得到使用摄像头和话筒的许可' }).waitFor();
    assert.ok(await page.getByRole('button', { name: '开始上课' }).isDisabled());
    await screenshot(page, 'teacher-refused');
    await page.evaluate(() => {
      window.testRefusing = false;
    });
    await page.getByRole('button', { name: '再试一次' }).click();
    await until(page, () => (document.querySelector('.own-picture video')?.videoWidth ?? 0) > 0);
    assert.equal(await page.getByRole('alert').count(), 0);
    assert.ok(await page.getByRole('button', { name: '开始上课' }).isEnabled());
  });

  test('without a camera there is still the voice', { timeout: TEST_MS }, async (t) => {
    const context = await newContext(t);
    await context.addInitScript(refuseDevices, { error: 'NotFoundError', kinds: ['video'] });
    const page = await newPage(context);
    await page.goto(`${relay.url}/teacher`);
    await page.getByRole('alert').filter({ hasText: '没有找到摄像头' }).waitFor();
    assert.ok(await page.getByRole('button', { name: '开始上课' }).isEnabled());
    await until(page, () => Number(document.querySelector('[role=meter]')?.getAttribute('aria-valuenow')) > 0);
  });

  test('a busy camera and an insecure address are explained', { timeout: TEST_MS }, async (t) => {
    const context = await newContext(t);
    await context.addInitScript(() => {
      if (!navigator.mediaDevices) return;
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('busy', 'NotReadableError'));
    });
    const page = await newPage(context);
    await page.goto(`${relay.url}/teacher`);
    await page.getByRole('alert').filter({ hasText: '正被别的程序使用' }).waitFor();

    await page.goto(`${relay.outsideUrl}/teacher`);
    await page.getByRole('button', { name: '用课名和口令进入' }).click();
    await page.getByLabel('课名').fill(LESSON.id);
    await page.getByLabel('口令').fill(LESSON.teacher);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'https' }).waitFor();
    await screenshot(page, 'teacher-insecure');
  });

  test('another camera is chosen and remembered', { timeout: TEST_MS }, async (t) => {
    const context = await newContext(t);
    const page = await openTeacher(context, relay.url);
    await until(page, () => document.querySelector('#device-video')?.options.length >= 2);
    const chosen = await page.evaluate(() => {
      const { options, value } = document.querySelector('#device-video');
      return [...options].map((option) => option.value).find((id) => id !== value);
    });
    await page.getByLabel('摄像头', { exact: true }).selectOption(chosen);
    const isUsed = (id) =>
      document.querySelector('.own-picture video')?.srcObject?.getVideoTracks()[0]?.getSettings().deviceId === id;
    await until(page, isUsed, chosen);
    await page.reload();
    await until(page, isUsed, chosen);
  });

  test('sound that is refused costs one press on one big button', { timeout: TEST_MS }, async (t) => {
    const context = await newContext(t);
    await context.addInitScript(refuseSound);
    const page = await openClassroom(context, relay.url);
    const button = page.locator('.sound-button');
    await button.waitFor();
    const box = await button.boundingBox();
    assert.ok(box.width > 600 && box.height > 150, 'it is big');
    assert.match(await button.innerText(), /点这里打开声音/);
    await screenshot(page, 'classroom-sound-refused');
    await button.click();
    await button.waitFor({ state: 'detached' });
    await until(page, () => {
      const sounds = [...document.querySelectorAll('audio')];
      return sounds.length >= 3 && sounds.every((sound) => !sound.paused && !sound.muted);
    });
  });

  test('a presenter’s keys neither reload nor leave the classroom', { timeout: TEST_MS }, async (t) => {
    const page = await openClassroom(await newContext(t), relay.url);
    await page.evaluate(() => {
      window.testStays = true;
      window.testKeys = [];
      addEventListener('keydown', (event) => window.testKeys.push([event.key, event.defaultPrevented]));
    });
    const keys = ['F5', 'Shift+F5', 'Control+F5', 'Control+r', 'Control+Shift+R', 'PageUp', 'PageDown', 'b', 'B', '.', 'Space',
      'Escape', 'Backspace', 'Alt+ArrowLeft', 'Alt+Home'];
    for (const key of keys) await page.keyboard.press(key);
    const seen = await page.evaluate(() => window.testKeys.filter(([key]) => !['Shift', 'Alt', 'Control'].includes(key)));
    assert.equal(seen.length, keys.length);
    for (const [key, isPrevented] of seen) assert.ok(isPrevented, `${key} is swallowed`);
    assert.equal(await page.evaluate(() => window.testStays), true);
    assert.equal(new URL(page.url()).pathname, '/classroom');
  });

  test('a teacher needs no mouse', { timeout: TEST_MS }, async (t) => {
    const page = await openTeacher(await newContext(t), relay.url);
    const focusOn = async (name) => {
      for (let i = 0; i < 20; i++) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
        if (focused.startsWith(name)) return;
      }
      assert.fail(`Tab never reaches ${name}`);
    };
    await focusOn('开始上课');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, 'none', 'the focus can be seen');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: '下课' }).waitFor();
    await until(page, () => document.querySelector('.teacher-condition .mark-good') !== null);

    await page.keyboard.press('m');
    await page.getByText('已静音，课堂听不到您').first().waitFor();
    await page.keyboard.press('m');
    await page.getByRole('button', { name: '静音', exact: false, pressed: false }).waitFor();

    await focusOn('下课');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await screenshot(page, 'teacher-end-dialog');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.ok(await page.getByRole('button', { name: '下课' }).isVisible(), 'the lesson goes on');

    await focusOn('下课');
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: '开始上课' }).waitFor();
  });

  test('a lesson taken over by a second tab stops in the first', { timeout: TEST_MS }, async (t) => {
    const context = await newContext(t);
    const first = await openTeacher(context, relay.url);
    await first.getByRole('button', { name: '开始上课' }).click();
    await until(first, () => document.querySelector('.teacher-condition .mark-good') !== null);

    const second = await openTeacher(context, relay.url);
    await second.getByText('已经有老师在上这节课').waitFor();
    await second.getByRole('button', { name: '开始上课' }).click();
    await first.getByRole('alert').filter({ hasText: '正在另一个页面' }).waitFor();
    await first.getByRole('button', { name: '开始上课' }).waitFor();
    await until(second, () => document.querySelector('.teacher-condition .mark-good') !== null);
    await screenshot(first, 'teacher-elsewhere');
  });
});
