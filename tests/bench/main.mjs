// SPDX-License-Identifier: Apache-2.0
//
// ./bench: this relay beside its peers. Relay on core 1; feed, viewers and this script on core 0. Each figure is a
// median over repetitions in which the relays take turns, so that all of them meet the same machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Janus } from './janus.mjs';
import { ClassRelay, GstTee, Pion, Program } from './peers.mjs';
import { printTable } from './table.mjs';

const RELAY_CPU = 1;
const LOAD_CPU = 0;
/** Beyond this the load tool may have been the limit. */
const LOAD_CPU_LIMIT = 0.85;
/** Before the first viewer: what a relay keeps of the feed is not the viewers' memory. */
const SETTLE_MS = 4500;
/** Viewers join evenly over this, at least: 300 within 10 s. */
const RAMP_MS = { least: 2000, each: 33 };

const { values: options } = parseArgs({
  options: {
    build: { type: 'string' },
    trace: { type: 'string' },
    peers: { type: 'string', default: 'floor,classrelay,janus,pion,webrtcbin' },
    viewers: { type: 'string', default: '18,100,300,1000' },
    profiles: { type: 'string', default: 'gcm,cm' },
    repeat: { type: 'string', default: '3' },
    'once-above': { type: 'string', default: 'Infinity' },
    window: { type: 'string', default: '8000' },
    out: { type: 'string', default: 'build-bench/bench.json' },
  },
});
const program = (name) => join(options.build, 'tests', 'bench', name);
const relays = Object.fromEntries(
  [new ClassRelay(options.build), new Janus(options.build), new Pion(options.build), new GstTee(options.build)].map(
    (relay) => [relay.name, relay],
  ),
);

/** Runs a program on the load's core and reads the JSON that it prints last. */
async function runJson(command, cpu) {
  const child = spawn('taskset', ['-c', cpu, ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${command[0]} ended with status ${status}`);
  return JSON.parse(text.trim().split('\n').at(-1));
}

async function runFloor({ viewers }) {
  const command = [program('bench-floor'), '--trace', options.trace, '--viewers', viewers, '--window', options.window];
  return runJson([...command, '--cpu', RELAY_CPU], `${LOAD_CPU},${RELAY_CPU}`);
}

async function runRelay(relay, { viewers, profile }) {
  const mode = profile === 'cm' ? ['--counter-mode'] : [];
  const endpoint = await relay.start(RELAY_CPU);
  const common = (path, token) => ['--url', endpoint.url, '--path', path, ...(token ? ['--token', token] : []), ...mode];
  const feed = new Program(
    [program('bench-feed'), '--trace', options.trace, ...common(endpoint.publish, endpoint.publishToken)],
    { cpu: LOAD_CPU },
  );
  try {
    await feed.until(() => feed.output.includes('flowing'), `nothing can be published to ${relay.name}`);
    await sleep(SETTLE_MS);
    const ramp = Math.max(RAMP_MS.least, RAMP_MS.each * viewers);
    const load = [program('bench-load'), ...common(endpoint.view, endpoint.viewToken), '--pid', endpoint.pid];
    const result = await runJson(
      [...load, '--viewers', viewers, '--ramp', ramp, '--window', options.window],
      String(LOAD_CPU),
    );
    if (!feed.isRunning) throw new Error(`the feed ended: ${feed.output}`);
    return result;
  } finally {
    await feed.stop();
    await relay.stop();
  }
}

/** What one run says of a relay. */
function derive(run) {
  const forwarded = run.packets + (run.load_drops ?? 0);
  const flowing = run.flowing ?? run.viewers;
  return {
    us_per_packet: run.relay_cpu_us / forwarded,
    packets_per_core: (1e6 * forwarded) / run.relay_cpu_us,
    cpu: run.relay_cpu_us / (run.window_s * 1e6),
    kib_per_viewer: run.rss_kib === undefined ? null : (run.rss_kib - run.rss_before_kib) / run.viewers,
    threads: run.threads ?? null,
    join_p50_ms: run.picture_us_p50 == null ? null : run.picture_us_p50 / 1000,
    join_p95_ms: run.picture_us_p95 == null ? null : run.picture_us_p95 / 1000,
    delay_p50_ms: run.delay_us_p50 == null ? null : run.delay_us_p50 / 1000,
    delay_p99_ms: run.delay_us_p99 == null ? null : run.delay_us_p99 / 1000,
    loss: run.expected > 0 ? 1 - forwarded / run.expected : 1,
    missing_viewers: run.viewers - flowing,
    load_cpu: run.load_cpu ?? null,
    load_drops: run.load_drops ?? 0,
  };
}

const median = (values) => {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known.length === 0 ? null : known[Math.floor((known.length - 1) / 2)];
};

function summarise(name, label, profile, viewers, runs) {
  const figures = runs.map(derive);
  const row = { relay: name, label, profile, viewers, runs: runs.length };
  for (const field of Object.keys(figures[0])) row[field] = median(figures.map((figure) => figure[field]));
  row.us_per_packet_all = figures.map((figure) => figure.us_per_packet);
  row.srtp = runs.every(({ gcm, viewers: all }) => gcm === undefined || gcm === all) ? 'gcm' : 'cm';
  row.load_limited = row.load_cpu > LOAD_CPU_LIMIT || row.load_drops > 0;
  row.valid = !row.load_limited && row.missing_viewers === 0 && row.srtp === profile;
  return row;
}

/** @returns every combination to be measured, in the order of one round */
function plan() {
  const names = options.peers.split(',');
  const counts = options.viewers.split(',').map(Number);
  const cases = [];
  for (const viewers of counts) {
    // The slower cipher costs each relay the same at any number of viewers: once is enough.
    for (const profile of options.profiles.split(',').filter((one) => one === 'gcm' || viewers === counts[0])) {
      for (const name of names) {
        const relay = relays[name];
        if (name !== 'floor' && !relay) throw new Error(`no relay is called ${name}; there are: floor, ${Object.keys(relays)}`);
        if (viewers > (relay?.maxViewers ?? Infinity)) continue;
        if (profile === 'gcm' ? relay?.lacksGcm : name === 'floor') continue;
        cases.push({ name, relay, viewers, profile, runs: [] });
      }
    }
  }
  return cases;
}

const cases = plan();
for (let round = 0; round < Number(options.repeat); round++) {
  for (const one of cases) {
    if (round > 0 && one.viewers > Number(options['once-above'])) continue;
    process.stderr.write(`round ${round + 1}: ${one.name} ${one.profile} ${one.viewers}\n`);
    try {
      one.runs.push(await (one.name === 'floor' ? runFloor(one) : runRelay(one.relay, one)));
    } catch (error) {
      process.stderr.write(`  ${error.message}\n`);
    }
  }
}
const rows = cases
  .filter(({ runs }) => runs.length > 0)
  .map(({ name, relay, profile, viewers, runs }) => summarise(name, relay?.label ?? 'floor', profile, viewers, runs));
printTable(rows);
const runs = cases.map(({ name, profile, viewers, runs: all }) => ({ name, profile, viewers, runs: all }));
await writeFile(options.out, `${JSON.stringify({ date: new Date().toISOString(), rows, runs }, null, 1)}\n`);
process.stderr.write(`written to ${options.out}\n`);
