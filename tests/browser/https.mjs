// SPDX-License-Identifier: Apache-2.0
//
// A lesson as a district has it: both pages by https, through nginx as shipped, on an address that is not loopback. Camera
// and microphone may be opened because of TLS alone; a raised hand comes with the events that nginx passes on.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, FLAGS, newContext, openClassroom, openTeacher, screenshot, TEST_MS, until, untilHeard, untilMoving } from './chromium.mjs';
import { OUTSIDE, Relay } from './relay.mjs';

const NAME = 'relay.test';
const URL_OUTSIDE = `https://${NAME}`;
const START_MS = 30000;

/** nginx before the relay, until the test ends. @param {import('node:test').TestContext} t @param {Relay} relay */
async function startFront(t, relay) {
  const folder = await mkdtemp(join(tmpdir(), 'nginx-'));
  const program = fileURLToPath(new URL('../support/nginx-front', import.meta.url));
  const front = spawn(program, [folder, NAME, `127.0.0.1:${relay.port}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [front.stdout, front.stderr]) stream.on('data', (data) => (output += data));
  t.after(async () => {
    if (front.exitCode === null) {
      front.kill('SIGTERM');
      await once(front, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });
  const deadline = Date.now() + START_MS;
  const answers = () => fetch(`http://${OUTSIDE}/`, { redirect: 'manual' }).then((answer) => answer.status === 308, () => false);
  while (!(await answers())) {
    if (front.exitCode !== null || Date.now() > deadline) throw new Error(`nginx did not start:\n${output}`);
    await sleep(50);
  }
}

/** The demo's codes are told to its own machine alone. @param {'teacher' | 'viewer'} right @param {string} token */
async function contextWith(t, browser, right, lesson, token) {
  const context = await newContext(t, { within: browser, ignoreHTTPSErrors: true });
  const values = [['lesson', lesson], ['token', token]];
  await context.addInitScript(
    ({ of, kept }) => kept.forEach(([name, value]) => sessionStorage.setItem(`classrelay.${of}.${name}`, value)),
    { of: right, kept: values },
  );
  return context;
}

describe('https', () => {
  test('a lesson through nginx', { timeout: TEST_MS }, async (t) => {
    const relay = await Relay.start();
    t.after(() => relay.stop());
    await startFront(t, relay);
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM,
      args: [...FLAGS, `--host-resolver-rules=MAP ${NAME} ${OUTSIDE}`],
    });
    t.after(() => browser.close());
    const demo = await (await fetch(`${relay.url}/demo.json`)).json();
    const room = await contextWith(t, browser, 'viewer', demo.lesson, demo.classroom_tokens[0]);
    const classroom = await openClassroom(room, URL_OUTSIDE);
    const teacher = await openTeacher(await contextWith(t, browser, 'teacher', demo.lesson, demo.teacher_token), URL_OUTSIDE);
    const how = () => ({ isSecure: isSecureContext, protocol: performance.getEntriesByType('navigation')[0].nextHopProtocol });
    assert.deepEqual(await classroom.evaluate(how), { isSecure: true, protocol: 'h2' });

    await teacher.getByRole('button', { name: '开始上课' }).click();
    await untilMoving(classroom, 'camera');
    await untilHeard(classroom);
    await classroom.locator('.hand-button').click();
    await until(teacher, () => document.querySelector('.hand-name') !== null);
    await screenshot(classroom, 'https-classroom');
    await screenshot(teacher, 'https-teacher');
    assert.deepEqual([...teacher.errors, ...classroom.errors], []);
  });
});
