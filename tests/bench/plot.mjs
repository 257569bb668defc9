// SPDX-License-Identifier: Apache-2.0
//
// node tests/bench/plot.mjs BENCH.json OUT.svg: cost of a forwarded packet against the number of viewers, AES-GCM.
import { readFile, writeFile } from 'node:fs/promises';

const [from, to] = process.argv.slice(2);
const { rows, date } = JSON.parse(await readFile(from, 'utf8'));
const WIDTH = 720;
const HEIGHT = 420;
const LABEL_HEIGHT = 14;
const MARGIN = { left: 60, right: 150, top: 40, bottom: 50 };
const COLOURS = { floor: '#888888', classrelay: '#c0392b', janus: '#2471a3', 'janus-streaming': '#7fb3d5', pion: '#1e8449', webrtcbin: '#8e44ad' };

const shown = rows.filter((row) => row.profile === 'gcm' && Number.isFinite(row.us_per_packet));
const counts = [...new Set(shown.map((row) => row.viewers))].sort((a, b) => a - b);
const costs = shown.map((row) => row.us_per_packet);
const TICKS = [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200];
const [low, high] = [TICKS.findLast((cost) => cost <= Math.min(...costs)), TICKS.find((cost) => cost >= Math.max(...costs))];
const [least, most] = [Math.log(counts[0]), Math.log(counts.at(-1))];
const x = (viewers) =>
  MARGIN.left + ((Math.log(viewers) - least) / (most - least || 1)) * (WIDTH - MARGIN.left - MARGIN.right);
const y = (cost) =>
  HEIGHT - MARGIN.bottom - (Math.log(cost / low) / Math.log(high / low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
const text = (left, up, words, anchor = 'middle', colour = '#333333') =>
  `<text x="${left}" y="${up}" text-anchor="${anchor}" fill="${colour}">${words}</text>`;

const lines = [];
for (const cost of TICKS.filter((tick) => tick >= low && tick <= high)) {
  lines.push(`<path d="M${MARGIN.left} ${y(cost)}H${WIDTH - MARGIN.right}" stroke="#dddddd"/>`);
  lines.push(text(MARGIN.left - 8, y(cost) + 4, cost, 'end'));
}
for (const viewers of counts) lines.push(text(x(viewers), HEIGHT - MARGIN.bottom + 20, viewers));
const labels = [];
for (const name of new Set(shown.map((row) => row.relay))) {
  const points = shown.filter((row) => row.relay === name).sort((a, b) => a.viewers - b.viewers);
  const at = points.map((row) => [x(row.viewers).toFixed(1), y(row.us_per_packet).toFixed(1)]);
  const colour = COLOURS[name] ?? '#000000';
  lines.push(`<polyline points="${at.map((point) => point.join(',')).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`);
  for (const [left, up] of at) lines.push(`<circle cx="${left}" cy="${up}" r="3" fill="${colour}"/>`);
  labels.push({ name, colour, left: Number(at.at(-1)[0]) + 8, up: Number(at.at(-1)[1]) + 4 });
}
// From the top down, each clear of the one above.
let free = -Infinity;
for (const { name, colour, left, up } of labels.sort((a, b) => a.up - b.up)) {
  const at = Math.max(up, free);
  free = at + LABEL_HEIGHT;
  lines.push(text(left, at, name, 'start', colour));
}
lines.push(text(WIDTH / 2 - 40, 20, `CPU time of a forwarded packet, microseconds (${date.slice(0, 10)})`));
lines.push(text(WIDTH / 2 - 40, HEIGHT - 12, 'viewers of one lesson'));
await writeFile(
  to,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${lines.join('\n')}
</svg>
`,
);
