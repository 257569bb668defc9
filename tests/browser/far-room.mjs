// SPDX-License-Identifier: Apache-2.0
//
// A browser at the other end of a line of its own: it runs in a network namespace that a pair of interfaces joins to
// the test's, so that its line alone can be cut, without a word to either side, as a dead router does. The relay is
// reached by its outside address, which the browser is told to trust as it would trust https.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, FLAGS } from './chromium.mjs';

const run = promisify(execFile);
const NEAR_END = 'far-line';
const NEAR = '10.78.0.1';
const FAR = '10.78.0.2';
const TABLE = ['inet', 'far_line'];

export class FarRoom {
  #holder = null;
  #folder = '';
  #browser = null;

  /** Opens the line; the relay is to be started after it, so that it knows this address too. */
  static async open() {
    const room = new FarRoom();
    try {
      await room.#open();
    } catch (error) {
      await room.close();
      throw error;
    }
    return room;
  }

  async #open() {
    this.#folder = await mkdtemp(join(tmpdir(), 'far-'));
    // It keeps the namespace alive until close() ends it.
    this.#holder = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up && echo up && exec sleep infinity'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(this.#holder.stdout, 'data');
    const pid = String(this.#holder.pid);
    await run('ip', ['link', 'add', NEAR_END, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pid]);
    await run('ip', ['address', 'add', `${NEAR}/24`, 'dev', NEAR_END]);
    const inside = (...words) => run('nsenter', ['-t', pid, '-n', 'ip', ...words]);
    // No IPv6 addresses that come a moment later: Chromium would drop what it is loading (ERR_NETWORK_CHANGED).
    await run('ip', ['link', 'set', NEAR_END, 'addrgenmode', 'none']);
    await inside('link', 'set', 'eth0', 'addrgenmode', 'none');
    await run('ip', ['link', 'set', NEAR_END, 'up']);
    await inside('address', 'add', `${FAR}/24`, 'dev', 'eth0');
    await inside('link', 'set', 'eth0', 'up');
    await inside('route', 'add', 'default', 'via', NEAR);
  }

  /** @param {string} url the relay's, by an address that is not loopback */
  async browser(url) {
    const program = join(this.#folder, 'chromium');
    await writeFile(program, `#!/bin/sh\nexec nsenter -t ${this.#holder.pid} -n "${process.env.CHROMIUM}" "$@"\n`);
    await chmod(program, 0o700);
    const trusted = `--unsafely-treat-insecure-origin-as-secure=${url}`;
    this.#browser = await chromium.launch({ executablePath: program, args: [...FLAGS, trusted] });
    return this.#browser;
  }

  /** How many connections of the browser have begun and are not answered. */
  async connecting() {
    const { stdout } = await run('nsenter', ['-t', String(this.#holder.pid), '-n', 'ss', '-Htn', 'state', 'syn-sent']);
    return stdout.split('\n').filter((row) => row !== '').length;
  }

  async cut() {
    await run('nft', ['add', 'table', ...TABLE]);
    for (const [hook, side] of [['input', 'iifname'], ['output', 'oifname']]) {
      await run('nft', ['add', 'chain', ...TABLE, hook, `{ type filter hook ${hook} priority 0; }`]);
      await run('nft', ['add', 'rule', ...TABLE, hook, side, NEAR_END, 'drop']);
    }
  }

  async restore() {
    await run('nft', ['delete', 'table', ...TABLE]);
  }

  async close() {
    await this.#browser?.close();
    // With its namespace the kernel takes the line away too, but when it likes, and the next one has the same name.
    await run('ip', ['link', 'delete', NEAR_END]).catch(() => {});
    if (this.#holder !== null && this.#holder.exitCode === null) {
      const ended = once(this.#holder, 'exit');
      this.#holder.kill('SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/**
 * The demo's codes are told to its own machine alone; a page at the other end is given its classroom's by this.
 * @param {import('playwright-core').BrowserContext} context
 * @param {import('./relay.mjs').Relay} relay
 * @param {number} number
 */
export async function giveCode(context, relay, number) {
  const { lesson, classroom_tokens: tokens } = await (await fetch(`${relay.url}/demo.json`)).json();
  await context.addInitScript(
    (kept) => {
      for (const [name, value] of kept) sessionStorage.setItem(`classrelay.viewer.${name}`, value);
    },
    [['lesson', lesson], ['token', tokens[number - 1]]],
  );
}
