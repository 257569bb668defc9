// SPDX-License-Identifier: Apache-2.0
//
// One run of one relay: it on core 1; feed, viewers and this script on core 0.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Program } from './peers.mjs';

/** Of a lesson, as the plan has it. */
export const CLASSROOMS = 18;
const RELAY_CPU = 1;
const LOAD_CPU = 0;
/** Before the first viewer: what a relay keeps of the feed is not the viewers' memory. */
const SETTLE_MS = 4500;
/** Viewers join evenly over this, at least: 300 within 10 s. */
const RAMP_MS = { least: 2000, each: 33 };

/** In which the last to join has its picture. */
const LATE_MS = 2000;

/** Runs a program on the load's core and reads the JSON that it prints last. */
async function runJson(command, cpu) {
  const child = spawn('taskset', ['-c', cpu, ...command.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${command[0]} ended with status ${status}`);
  return JSON.parse(text.trim().split('\n').at(-1));
}

/** CPU time of a process so far, all threads, in ns. */
async function cpuNs(pid) {
  const folder = `/proc/${pid}/task`;
  const texts = await Promise.all((await readdir(folder)).map((task) => readFile(join(folder, task, 'schedstat'), 'utf8')));
  return texts.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0);
}

export class Runs {
  /** @param {{ build: string, trace: string, window: string }} options */
  constructor(options) {
    this.options = options;
  }

  #program(name) {
    return join(this.options.build, 'tests', 'bench', name);
  }

  floor({ viewers }) {
    const { trace, window } = this.options;
    const command = [this.#program('bench-floor'), '--trace', trace, '--viewers', viewers, '--window', window];
    return runJson([...command, '--cpu', RELAY_CPU], `${LOAD_CPU},${RELAY_CPU}`);
  }

  /**
   * @param {object} relay
   * @param {{ viewers: number, profile?: string, rampEachMs?: number, lessons?: number, voiceOnly?: boolean, late?: number,
   *   lateRampMs?: number }} load
   * `late` more viewers join while it is measured, over `lateRampMs`; the window is no shorter than that and a bit
   */
  async relay(relay, { viewers, profile = 'gcm', rampEachMs = RAMP_MS.each, lessons = 1, voiceOnly = false, late = 0, lateRampMs = 0 }) {
    const { trace } = this.options;
    const window = Math.max(Number(this.options.window), late > 0 ? lateRampMs + LATE_MS : 0);
    const endpoint = await relay.start(RELAY_CPU);
    const common = (path, token) => [
      ...['--url', endpoint.url, '--path', path, '--lessons', lessons],
      ...(token ? ['--token', token] : []),
      ...(profile === 'cm' ? ['--counter-mode'] : []),
    ];
    const feed = new Program(
      [
        ...[this.#program('bench-feed'), '--trace', trace, ...common(endpoint.publish, endpoint.publishToken)].map(String),
        ...(voiceOnly ? ['--voice-only'] : []),
        ...(endpoint.plain ? ['--plain', endpoint.plain] : []),
      ],
      { cpu: LOAD_CPU },
    );
    try {
      await feed.until(() => feed.output.includes('flowing'), `nothing can be published to ${relay.name}`);
      await sleep(SETTLE_MS);
      const ramp = Math.max(RAMP_MS.least, rampEachMs * viewers);
      const load = [this.#program('bench-load'), ...common(endpoint.view, endpoint.viewToken), '--pid', endpoint.pid];
      const joiners = late > 0 ? ['--late', late, '--late-ramp', lateRampMs] : [];
      const kinds = voiceOnly ? ['--video', 0] : [];
      const result = await runJson(
        [...load, '--viewers', viewers, '--ramp', ramp, '--window', window, ...joiners, ...kinds],
        String(LOAD_CPU),
      );
      if (!feed.isRunning) throw new Error(`the feed ended: ${feed.output}`);
      return result;
    } finally {
      await feed.stop();
      await relay.stop();
    }
  }

  /** What a relay costs that nobody is using, as a share of a core. */
  async idle(relay) {
    const { pid } = await relay.start(RELAY_CPU);
    try {
      await sleep(SETTLE_MS);
      const [begunNs, begunMs] = [await cpuNs(pid), performance.now()];
      await sleep(Number(this.options.window));
      return ((await cpuNs(pid)) - begunNs) / 1e6 / (performance.now() - begunMs);
    } finally {
      await relay.stop();
    }
  }
}
