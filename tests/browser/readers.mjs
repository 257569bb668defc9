// SPDX-License-Identifier: Apache-2.0
//
// Those who mostly read, in the demo's district: the auditor and the log, the supervisor and the figures, the
// assistant and the lessons of one school. Each signs in on a page of somebody else's and is brought to the own one.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { newContext, newPage, TEST_MS, until } from './chromium.mjs';
import { lookEverywhere } from './looks.mjs';
import { dialog, OFFICE_LIMITS, open, signIn } from './office.mjs';
import { Relay } from './relay.mjs';

/** More than a page of the log. */
const N_EDITS = 60;
const chinese = (page) => page.getByRole('button', { name: 'Switch to Chinese' }).click();
const rowCount = (page, n) => until(page, (wanted) => document.querySelectorAll('tbody tr').length === wanted, n);

/** Edits one classroom over and over, as the coordinator: what the log then holds. */
async function edit({ account: { login, password }, n }) {
  const send = (method, path, json, headers = {}) =>
    fetch(path, { method, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(json) });
  await send('POST', '/api/v1/sign-in', { login, password });
  const [room] = (await (await fetch('/api/v1/classrooms')).json()).items;
  for (let i = 0; i < n; i++) {
    const answer = await send('PATCH', `/api/v1/classrooms/${room.id}`, { name: `${room.name.slice(0, 20)} ${i}` }, { 'If-Match': '*' });
    if (!answer.ok) throw new Error(await answer.text());
  }
  return room.id;
}

describe('readers', () => {
  let relay;
  let accounts;
  before(async () => {
    relay = await Relay.start();
    accounts = (await (await fetch(`${relay.url}/demo.json`)).json()).accounts;
  });
  after(async () => {
    await relay?.stop();
  });
  const account = (role) => accounts.find((one) => one.role === role);

  /** Signs in where somebody else works, and is brought to the own page. */
  async function arrive(t, role, { from, to }) {
    const page = await newPage(await newContext(t));
    await page.goto(`${relay.url}${from}`);
    await signIn(page, account(role));
    await page.waitForURL(`${relay.url}${to}`);
    await page.locator('.office-header').waitFor();
    return page;
  }

  test('an auditor reads, searches, proves and takes away the log', { timeout: TEST_MS }, async (t) => {
    const desk = await newPage(await newContext(t));
    await desk.goto(`${relay.url}/coordinator`);
    const roomId = await desk.evaluate(edit, { account: account('coordinator'), n: N_EDITS });

    const page = await arrive(t, 'auditor', { from: '/coordinator', to: '/auditor' });
    await rowCount(page, 50);
    await page.getByRole('button', { name: '较旧的' }).click();
    await page.getByText('第 2 页').waitFor();
    await until(page, () => document.querySelector('tbody tr:last-child td').textContent === '1');
    await page.getByRole('button', { name: '较新的' }).click();
    await page.getByText('第 1 页').waitFor();

    await page.getByRole('button', { name: '校验', exact: true }).click();
    await page.locator('.chain .mark-good', { hasText: '完整' }).waitFor();
    assert.match(await page.locator('.chain code').innerText(), /^[0-9a-f]{64}$/);
    await lookEverywhere(page, 'auditor', OFFICE_LIMITS);
    await chinese(page);

    await page.getByLabel('做了什么').selectOption('sign-in');
    await rowCount(page, 2);
    await page.getByRole('button', { name: account('auditor').login }).click();
    await rowCount(page, 1);
    await page.getByLabel('从', { exact: true }).fill('2199-01-01T00:00');
    await page.getByText('没有这样的记录').waitFor();
    await page.getByRole('button', { name: '清除条件' }).click();
    await rowCount(page, 50);
    await page.getByRole('button', { name: `教室 ${roomId}` }).first().click();
    await until(page, (id) => document.querySelector('#audit-object').value === `classroom/${id}`, roomId);

    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: '导出 CSV' }).click()]);
    const lines = (await readFile(await download.path(), 'utf8')).split('\r\n');
    assert.match(lines[0], /序号,时间（UTC）,谁/);
    assert.equal(lines.length, N_EDITS + 2, 'the rows that were chosen, all pages of them');

    await page.goto(`${relay.url}/supervisor`);
    await page.getByRole('alert').filter({ hasText: '这一页给督导用' }).waitFor();
    await lookEverywhere(page, 'other-role', OFFICE_LIMITS);
    await chinese(page);
    await page.getByRole('link', { name: '去自己的页面' }).click();
    await rowCount(page, 50);
    assert.deepEqual(page.errors, []);
  });

  test('a supervisor sees what runs, the week and the figures, and changes nothing', { timeout: TEST_MS }, async (t) => {
    const page = await arrive(t, 'supervisor', { from: '/school', to: '/supervisor' });
    await page.locator('.now-lesson', { hasText: '演示课' }).waitFor();
    await lookEverywhere(page, 'supervisor-now', OFFICE_LIMITS);
    await chinese(page);

    await open(page, '周课表');
    await page.getByLabel('谁的课表').selectOption({ label: '龙驹镇中心小学（示例）' });
    const lesson = page.locator('.fc-event.lesson').first();
    await lesson.waitFor();
    assert.equal(await page.getByRole('button', { name: '排课' }).count(), 0);
    await lesson.focus();
    await page.keyboard.press('Enter');
    await dialog(page).waitFor();
    assert.equal(await dialog(page).getByRole('button').count(), 1, 'it can be closed and nothing else');
    await page.keyboard.press('Escape');
    await lookEverywhere(page, 'supervisor-week', OFFICE_LIMITS);
    await chinese(page);

    await open(page, '上课情况');
    await page.locator('.week-bar').nth(19).waitFor();
    const planned = () => page.locator('.report-card .counters b').first().innerText();
    const all = Number(await planned());
    await page.locator('.report-table .plain-button').first().click();
    await page.getByText('只看：').waitFor();
    assert.ok(Number(await planned()) < all);
    await page.getByRole('button', { name: '看全部' }).click();
    await page.getByRole('button', { name: '按学校' }).click();
    await page.locator('.report-table td', { hasText: '龙驹镇中心小学（示例）' }).waitFor();
    await lookEverywhere(page, 'supervisor-report', OFFICE_LIMITS);
  });

  test('an assistant sees the school’s lessons, acknowledges, and learns how a screen is opened', { timeout: TEST_MS }, async (t) => {
    const page = await arrive(t, 'assistant', { from: '/supervisor', to: '/school' });
    const lesson = page.locator('.own-lesson', { hasText: '演示课' });
    await lesson.getByText('四(1)班').waitFor();
    await lesson.getByText('课堂屏幕没连上').waitFor();
    const waiting = page.getByRole('button', { name: '知道了' });
    await waiting.first().waitFor();
    const before = await page.locator('.badge').innerText();
    await waiting.first().click();
    await page.locator('.badge', { hasText: new RegExp(`^${Number(before) - 1}$`) }).waitFor();
    await lookEverywhere(page, 'assistant-lessons', OFFICE_LIMITS);
    await chinese(page);
    assert.equal(await page.getByRole('link', { name: '班级' }).count(), 0, 'what the office enters is not shown');

    await lesson.getByRole('link', { name: '怎样打开' }).click();
    await page.locator('.screen-address', { hasText: '/classroom' }).waitFor();
    await lookEverywhere(page, 'assistant-screen', OFFICE_LIMITS);
    await chinese(page);
    await open(page, '周课表');
    await page.locator('.fc-event.lesson').first().waitFor();
    assert.deepEqual(page.errors, []);
  });
});
