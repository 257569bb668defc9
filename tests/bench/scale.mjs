// SPDX-License-Identifier: Apache-2.0
//
// What more of something does: viewers until a core is full, for this relay and its peers; many lessons, idle ones, and
// joining viewers, for this relay alone.
import { ClassRelay, ClassRelayLessons } from './peers.mjs';
import { CLASSROOMS } from './runs.mjs';

/** Every lesson of these has a whole camera, or only the voice: a hundred cameras for 18 are more than a core sends. */
const LESSONS = [
  { lessons: 1, voiceOnly: false },
  { lessons: 10, voiceOnly: false },
  { lessons: 1, voiceOnly: true },
  { lessons: 10, voiceOnly: true },
  { lessons: 100, voiceOnly: true },
];
const IDLE_LESSONS = [0, 100, 1000];
const JOINS = [
  { viewers: 18, late: 0, lateRampMs: 0 },
  { viewers: 18, late: 18, lateRampMs: 0 },
  { viewers: 18, late: 300, lateRampMs: 10000 },
  { viewers: 300, late: 0, lateRampMs: 0 },
  { viewers: 300, late: 18, lateRampMs: 0 },
];

/** Viewers of one lesson, until the relay loses something, its core is full, or the load tool is the limit. */
const SATURATION = {
  classrelay: [1000, 1250, 1500, 1750, 1950], // a lesson takes 2,000 sessions unless the configuration says otherwise
  janus: [100, 200, 250, 300, 350],
  pion: [100, 200, 250, 300, 350],
  webrtcbin: [18, 36, 54, 72, 90],
};
const SATURATED = { cpu: 0.97, lossFraction: 0.001, loadCpu: 0.85 };
/** Steady viewers are what is asked about, not their joins, but a relay that is nearly full needs time for each. */
const SATURATION_RAMP_EACH_MS = 15;

const ms = (us) => (us == null ? '–' : (us / 1000).toFixed(us < 10000 ? 2 : 0));

/** Runs what `measure` does for each case, says which, and goes on after a failure. */
async function each(cases, name, measure) {
  const rows = [];
  for (const one of cases) {
    process.stderr.write(`${name}: ${JSON.stringify(one)}\n`);
    try {
      rows.push({ ...one, ...(await measure(one)) });
    } catch (error) {
      process.stderr.write(`  ${error.message}\n`);
    }
  }
  return rows;
}

function print(title, head, rows) {
  const cells = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  console.log(`\n${title}`);
  for (const row of cells) console.log(row.map((cell, column) => cell.padStart(widths[column])).join('  '));
}

/** Why there is no further step, or nothing. */
function limit(run) {
  const forwarded = run.packets + run.load_drops;
  if (run.load_drops > 0 || run.load_cpu > SATURATED.loadCpu) return 'the load tool';
  if (run.flowing < run.viewers) return 'joins';
  if (1 - forwarded / run.expected > SATURATED.lossFraction) return 'loss';
  return run.relay_cpu_us / (run.window_s * 1e6) > SATURATED.cpu ? 'the core' : '';
}

export async function saturationTable(runs, relays, names) {
  const rows = [];
  for (const name of names.filter((one) => one in SATURATION)) {
    for (const viewers of SATURATION[name]) {
      const profile = relays[name].lacksGcm ? 'cm' : 'gcm';
      const one = { name, viewers, profile, rampEachMs: SATURATION_RAMP_EACH_MS };
      const [row] = await each([one], 'saturation', () => runs.relay(relays[name], one));
      if (!row) break;
      rows.push({ ...row, limit: limit(row) });
      if (rows.at(-1).limit !== '') break;
    }
  }
  print(
    'viewers until a core is full',
    ['relay', 'viewers', 'packets/s', 'core %', 'delay p50/p99 ms', 'loss %', 'load %', 'drops', 'limit'],
    rows.map((row) => [
      row.name,
      row.viewers,
      (row.packets / row.window_s).toFixed(0),
      ((100 * row.relay_cpu_us) / (row.window_s * 1e6)).toFixed(1),
      `${ms(row.delay_us_p50)}/${ms(row.delay_us_p99)}`,
      (100 * (1 - (row.packets + row.load_drops) / row.expected)).toFixed(2),
      (100 * row.load_cpu).toFixed(0),
      row.load_drops,
      row.limit,
    ]),
  );
  return rows;
}

export async function lessonsTable(runs, build) {
  const rows = await each(LESSONS, 'lessons', ({ lessons, voiceOnly }) =>
    runs.relay(new ClassRelayLessons(build, lessons), { viewers: CLASSROOMS * lessons, lessons, voiceOnly }),
  );
  print(
    `lessons of ${CLASSROOMS}`,
    ['lessons', 'media', 'us/packet', 'core %', '% a lesson', 'delay p50/p99 ms', 'loss %', 'load %', 'drops'],
    rows.map((row) => {
      const core = (100 * row.relay_cpu_us) / (row.window_s * 1e6);
      return [
        row.lessons,
        row.voiceOnly ? 'voice' : 'camera, voice',
        (row.relay_cpu_us / row.packets).toFixed(2),
        core.toFixed(1),
        (core / row.lessons).toFixed(2),
        `${ms(row.delay_us_p50)}/${ms(row.delay_us_p99)}`,
        (100 * (1 - (row.packets + row.load_drops) / row.expected)).toFixed(2),
        (100 * row.load_cpu).toFixed(0),
        row.load_drops,
      ];
    }),
  );
  return rows;
}

export async function idleTable(runs, build) {
  const cases = IDLE_LESSONS.map((lessons) => ({ lessons }));
  const rows = await each(cases, 'idle', async ({ lessons }) => ({
    cpu: await runs.idle(new ClassRelayLessons(build, lessons)),
  }));
  print(
    'lessons that nobody is in',
    ['lessons', 'core %'],
    rows.map(({ lessons, cpu }) => [lessons, (100 * cpu).toFixed(3)]),
  );
  return rows;
}

export async function joinsTable(runs, build) {
  const rows = await each(JOINS, 'joins', (one) => runs.relay(new ClassRelay(build), one));
  print(
    'joining while a lesson runs',
    ['watching', 'joining', 'within s', 'their picture p50/p95/last ms', "the others' delay p50/p99/worst ms", 'core %', 'drops'],
    rows.map((row) => [
      row.viewers,
      row.late,
      row.lateRampMs / 1000,
      `${ms(row.late_joins?.picture_us_p50)}/${ms(row.late_joins?.picture_us_p95)}/${ms(row.late_joins?.picture_us_p100)}`,
      `${ms(row.delay_us_p50)}/${ms(row.delay_us_p99)}/${ms(row.delay_us_p100)}`,
      ((100 * row.relay_cpu_us) / (row.window_s * 1e6)).toFixed(1),
      row.load_drops,
    ]),
  );
  return rows;
}
