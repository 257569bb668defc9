// SPDX-License-Identifier: Apache-2.0
//
// The bench's table for a terminal.

const number = (value, digits) => (value === null || value === undefined ? '–' : value.toFixed(digits));

const reason = (row) => {
  if (row.valid) return '';
  if (row.load_limited) return 'INVALID: the load was the limit';
  return row.missing_viewers > 0 ? `INVALID: ${row.missing_viewers} viewers got nothing` : 'INVALID: another cipher than asked for';
};

const COLUMNS = [
  ['relay', (row) => row.relay],
  ['SRTP', (row) => row.srtp.toUpperCase()],
  ['viewers', (row) => String(row.viewers)],
  ['us/packet', (row) => number(row.us_per_packet, 2)],
  ['x floor', (row) => number(row.floor, 2)],
  ['packets/s/core', (row) => number(row.packets_per_core, 0)],
  ['core %', (row) => number(100 * row.cpu, 1)],
  ['KiB/viewer', (row) => number(row.kib_per_viewer, 0)],
  ['threads', (row) => number(row.threads, 0)],
  ['join p50/p95 ms', (row) => `${number(row.join_p50_ms, 0)}/${number(row.join_p95_ms, 0)}`],
  ['delay p50/p99 ms', (row) => `${number(row.delay_p50_ms, 2)}/${number(row.delay_p99_ms, 2)}`],
  ['loss %', (row) => number(100 * row.loss, 2)],
  ['load %', (row) => number(row.load_cpu === null ? null : 100 * row.load_cpu, 0)],
  ['drops', (row) => String(row.load_drops)],
  ['', (row) => reason(row)],
];

/** Marks each row with its cost beside the floor's of the same number of viewers. */
export function compare(rows) {
  for (const row of rows) {
    const floor = rows.find(({ relay, viewers }) => relay === 'floor' && viewers === row.viewers);
    row.floor = floor === undefined ? null : row.us_per_packet / floor.us_per_packet;
  }
}

export function printTable(rows) {
  compare(rows);
  const cells = [COLUMNS.map(([head]) => head), ...rows.map((row) => COLUMNS.map(([, read]) => read(row)))];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  for (const row of cells) console.log(row.map((cell, column) => cell.padStart(widths[column])).join('  ').trimEnd());
}
