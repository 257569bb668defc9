// SPDX-License-Identifier: Apache-2.0
//
// ./bench: this relay beside its peers, and then by itself. Each figure beside the peers is a median over repetitions in
// which the relays take turns, so that all of them meet the same machine.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Janus, JanusStreaming } from './janus.mjs';
import { ClassRelay, GstTee, Pion } from './peers.mjs';
import { CLASSROOMS, Runs } from './runs.mjs';
import { idleTable, joinsTable, lessonsTable, saturationTable } from './scale.mjs';
import { printTable } from './table.mjs';

/** Beyond this the load tool may have been the limit. */
const LOAD_CPU_LIMIT = 0.85;

const { values: options } = parseArgs({
  options: {
    build: { type: 'string' },
    trace: { type: 'string' },
    peers: { type: 'string', default: 'floor,classrelay,janus,janus-streaming,pion,webrtcbin' },
    tables: { type: 'string', default: 'peers,saturation,lessons,idle,joins' },
    viewers: { type: 'string', default: '18,100,300,1000' },
    profiles: { type: 'string', default: 'gcm,cm' },
    repeat: { type: 'string', default: '3' },
    'once-above': { type: 'string', default: 'Infinity' },
    window: { type: 'string', default: '8000' },
    out: { type: 'string', default: 'build-bench/bench.json' },
  },
});
const relays = Object.fromEntries(
  [ClassRelay, Janus, JanusStreaming, Pion, GstTee].map((Relay) => new Relay(options.build)).map((relay) => [relay.name, relay]),
);
const runs = new Runs(options);

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

function summarise(name, label, profile, viewers, all) {
  const figures = all.map(derive);
  const row = { relay: name, label, profile, viewers, runs: all.length };
  for (const field of Object.keys(figures[0])) row[field] = median(figures.map((figure) => figure[field]));
  row.us_per_packet_all = figures.map((figure) => figure.us_per_packet);
  row.srtp = all.every(({ gcm, viewers: joined }) => gcm === undefined || gcm === joined) ? 'gcm' : 'cm';
  row.load_limited = row.load_cpu > LOAD_CPU_LIMIT || row.load_drops > 0;
  row.valid = !row.load_limited && row.missing_viewers === 0 && row.srtp === profile;
  return row;
}

/** @returns every combination to be measured, in the order of one round */
function plan() {
  const names = options.peers.split(',');
  const counts = options.viewers.split(',').map(Number);
  // The slower cipher costs each relay the same at any number of viewers: once is enough.
  const slowly = counts.includes(CLASSROOMS) ? CLASSROOMS : counts[0];
  const cases = [];
  for (const viewers of counts) {
    for (const profile of options.profiles.split(',').filter((one) => one === 'gcm' || viewers === slowly)) {
      for (const name of names) {
        const relay = relays[name];
        if (name !== 'floor' && !relay) throw new Error(`no relay is called ${name}; there are: floor, ${Object.keys(relays)}`);
        if (viewers > (relay?.maxViewers ?? Infinity)) continue;
        if (profile === 'gcm' ? relay?.lacksGcm : name === 'floor' || relay.gcmOnly) continue;
        cases.push({ name, relay, viewers, profile, runs: [] });
      }
    }
  }
  return cases;
}

async function peersTable() {
  const cases = plan();
  for (let round = 0; round < Number(options.repeat); round++) {
    for (const one of cases) {
      if (round > 0 && one.viewers > Number(options['once-above'])) continue;
      process.stderr.write(`round ${round + 1}: ${one.name} ${one.profile} ${one.viewers}\n`);
      try {
        one.runs.push(await (one.name === 'floor' ? runs.floor(one) : runs.relay(one.relay, one)));
      } catch (error) {
        process.stderr.write(`  ${error.message}\n`);
      }
    }
  }
  const rows = cases
    .filter((one) => one.runs.length > 0)
    .map((one) => summarise(one.name, one.relay?.label ?? 'floor', one.profile, one.viewers, one.runs));
  printTable(rows);
  return { rows, runs: cases.map(({ name, profile, viewers, runs: all }) => ({ name, profile, viewers, runs: all })) };
}

const tables = {
  peers: peersTable,
  saturation: async () => ({ saturation: await saturationTable(runs, relays, options.peers.split(',')) }),
  lessons: async () => ({ lessons: await lessonsTable(runs, options.build) }),
  idle: async () => ({ idle: await idleTable(runs, options.build) }),
  joins: async () => ({ joins: await joinsTable(runs, options.build) }),
};
const wanted = options.tables.split(',');
for (const name of wanted) {
  if (!(name in tables)) throw new Error(`no table is called ${name}; there are: ${Object.keys(tables)}`);
}
const result = { date: new Date().toISOString() };
for (const name of wanted) Object.assign(result, await tables[name]());
await writeFile(options.out, `${JSON.stringify(result, null, 1)}\n`);
process.stderr.write(`written to ${options.out}\n`);
