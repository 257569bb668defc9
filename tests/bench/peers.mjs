// SPDX-License-Identifier: Apache-2.0
//
// The relays that are compared, each started alone on the core that is measured, from a folder of its own. Every one
// offers the same two endpoints to the same feed and the same viewers.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The address of the namespace that is not loopback: some relays offer no loopback candidates. */
export const ADDRESS = '10.77.0.1';
const START_MS = 20000;
const STOP_MS = 5000;

/** @typedef {{ pid: number, url: string, publish: string, view: string, publishToken: string, viewToken: string }} Endpoint */

export class Program {
  #child;
  #output = '';

  constructor(command, options = {}) {
    const { cpu, ...rest } = options;
    const pinned = cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command];
    this.#child = spawn(pinned[0], pinned.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], ...rest });
    this.ended = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (data) => {
        this.#output = (this.#output + data).slice(-20000);
      });
    }
  }

  get pid() {
    return this.#child.pid;
  }
  get isRunning() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
  get output() {
    return this.#output;
  }

  async until(condition, what) {
    const deadline = Date.now() + START_MS;
    while (!(await condition())) {
      if (!this.isRunning || Date.now() > deadline) throw new Error(`${what}:\n${this.#output.slice(-2000)}`);
      await sleep(50);
    }
  }

  async stop() {
    if (!this.isRunning) return;
    this.#child.kill('SIGTERM');
    await Promise.race([this.ended, sleep(STOP_MS)]);
    if (this.isRunning) this.#child.kill('SIGKILL');
    await this.ended;
  }
}

export const listens = (host, port) =>
  new Promise((resolve) => {
    const socket = createConnection({ host, port });
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('close', () => socket.destroy());
  });

/** A relay of one process that speaks WHIP and WHEP itself. */
class Relay {
  constructor(build) {
    this.build = build;
  }
  /** @returns {string[]} */
  command(folder) {
    throw new Error(`no command for ${folder}`);
  }
  environment() {
    return {};
  }
  async endpoint() {
    return { url: `http://${ADDRESS}:8080`, publish: '/whip', view: '/whep' };
  }
  /** Writes what the program reads before it starts. */
  async prepare() {}
  async start(cpu) {
    this.folder = await mkdtemp(join(tmpdir(), 'bench-'));
    await this.prepare();
    const env = { ...process.env, ...this.environment() };
    this.program = new Program(this.command(this.folder), { cpu, cwd: this.folder, env });
    const host = this.host ?? ADDRESS;
    await this.program.until(() => listens(host, 8080), `${this.name} did not start`);
    return { pid: this.program.pid, ...(await this.endpoint()) };
  }
  async stop() {
    await this.program?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export class ClassRelay extends Relay {
  name = 'classrelay';
  label = 'ClassRelay';
  host = '127.0.0.1';
  command(folder) {
    const daemon = join(this.build, 'server', 'classrelayd');
    return [daemon, '--listen', '127.0.0.1:8080', '--media-port', '8443', '--media-address', ADDRESS, '--state', folder, '--demo'];
  }
  async endpoint() {
    const url = 'http://127.0.0.1:8080';
    const demo = await (await fetch(`${url}/demo.json`)).json();
    return {
      url,
      publish: '/whip/demo/camera',
      view: '/whep/demo',
      publishToken: demo.teacher_token,
      viewToken: demo.viewer_token,
    };
  }
}

/** This relay with lessons of its configuration, none of which anybody is in. {n} is a lesson's number. */
export class ClassRelayLessons extends ClassRelay {
  constructor(build, lessons) {
    super(build);
    this.lessons = lessons;
  }
  async prepare() {
    const hash = (token) => createHash('sha256').update(token).digest('hex');
    const sections = Array.from(
      { length: this.lessons },
      (_, n) =>
        `[lesson l${n}]\npublisher_token_sha256 = ${hash(`bench-publisher-${n}`)}\nviewer_token_sha256 = ${hash(`bench-viewer-${n}`)}\n`,
    );
    await writeFile(join(this.folder, 'lessons.conf'), sections.join(''));
  }
  command(folder) {
    const [daemon, ...options] = super.command(folder).filter((option) => option !== '--demo');
    return [daemon, '--config', join(folder, 'lessons.conf'), ...options];
  }
  async endpoint() {
    return {
      url: 'http://127.0.0.1:8080',
      publish: '/whip/l{n}/camera',
      view: '/whep/l{n}',
      publishToken: 'bench-publisher-{n}',
      viewToken: 'bench-viewer-{n}',
    };
  }
}

/** A tee with one webrtcbin for each viewer. It knows no AES-GCM. */
export class GstTee extends Relay {
  name = 'webrtcbin';
  label = 'GStreamer tee, one webrtcbin a viewer';
  lacksGcm = true;
  maxViewers = 100;
  command() {
    return [join(this.build, 'tests', 'bench', 'bench-gst-tee'), ADDRESS, '8080'];
  }
}

export class Pion extends Relay {
  name = 'pion';
  label = 'Pion SFU';
  maxViewers = 300; // a core is full
  command() {
    return [process.env.BENCH_PION, `${ADDRESS}:8080`];
  }
}
