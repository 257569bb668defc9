// SPDX-License-Identifier: Apache-2.0
//
// A real classrelayd for a test: in a temporary folder, on ports that are free, killed and started again at
// will. Lessons and pass codes are the test's own, or those of the demo.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** Generous: a loaded machine under a sanitizer. */
const START_MS = 60000;

/** The address of the namespace's one interface that is not loopback. */
export const OUTSIDE = '10.77.0.1';
export const LESSON = { id: 'music-3', title: '音乐 三年级', teacher: 'teacher-pass-code-0001', viewer: 'viewer-pass-code-00001' };

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

export class Relay {
  #child = null;
  #folder;
  #output = '';

  /** @param {{ isDemo?: boolean, accounts?: { login: string, name: string, password: string }[] }} options coordinators */
  static async start({ isDemo = true, accounts = [] } = {}) {
    const relay = new Relay();
    relay.#folder = await mkdtemp(join(tmpdir(), 'relay-'));
    relay.port = await freePort();
    relay.mediaPort = await freePort();
    relay.url = `http://127.0.0.1:${relay.port}`;
    relay.outsideUrl = `http://${OUTSIDE}:${relay.port}`;
    await relay.#configure(isDemo);
    for (const { login, name, password } of accounts) await relay.command(['account', 'add', login, name], password);
    await relay.run();
    return relay;
  }

  async #configure(isDemo) {
    const lines = [
      '[server]',
      `listen = 127.0.0.1:${this.port}, ${OUTSIDE}:${this.port}`,
      `state = ${join(this.#folder, 'state')}`,
      `demo = ${isDemo ? 'true' : 'false'}`,
      '[media]',
      `port = ${this.mediaPort}`,
      `[lesson ${LESSON.id}]`,
      `title = ${LESSON.title}`,
      `publisher_token_sha256 = ${sha256(LESSON.teacher)}`,
      `viewer_token_sha256 = ${sha256(LESSON.viewer)}`,
    ];
    await writeFile(join(this.#folder, 'classrelayd.conf'), `${lines.join('\n')}\n`);
  }

  get #program() {
    return join(process.env.CLASSRELAY_BUILD, 'server', 'classrelayd');
  }

  /** One of the daemon's commands, with a line to read. @param {string[]} words @param {string} line */
  async command(words, line) {
    const child = spawn(this.#program, ['--config', join(this.#folder, 'classrelayd.conf'), ...words], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    child.stdin.end(`${line}\n`);
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`classrelayd ${words.join(' ')} failed:\n${output}`);
  }

  /** Starts the daemon, again on the same ports. */
  async run() {
    this.#child = spawn(this.#program, ['--config', join(this.#folder, 'classrelayd.conf')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (data) => {
        this.#output = (this.#output + data).slice(-20000);
      });
    }
    const deadline = Date.now() + START_MS;
    while (!(await this.#isHealthy())) {
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`classrelayd did not start:\n${this.#output}`);
      }
      await sleep(50);
    }
  }

  async #isHealthy() {
    try {
      return (await fetch(`${this.url}/healthz`)).ok;
    } catch {
      return false;
    }
  }

  /** As a power cut would. */
  async kill() {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** @returns {number | undefined} of the daemon that runs now */
  get pid() {
    return this.#child?.pid;
  }

  /** @returns {string} the end of what the daemon said */
  get output() {
    return this.#output;
  }

  async stop() {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
