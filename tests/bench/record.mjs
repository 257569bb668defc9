// SPDX-License-Identifier: Apache-2.0
//
// Records tests/data/chromium-trace.txt: Chromium publishes 1280x720 H.264 and Opus to the relay by WHIP, and the
// headers of its packets are written down with their timing (trace.h has the format). Run by ./bench --record FILE.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Relay } from '../browser/relay.mjs';

const require = createRequire(new URL('../../client/web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const WARM_MS = 12000; // until the bandwidth estimate has reached the limit
const LENGTH_MS = 30000;
const TAG_BYTES = 16; // of AES-GCM

/** In the page: a picture that moves as much as a teacher in front of a blackboard, and a voice. */
async function publish({ url, token, bitsPerSecond }) {
  const canvas = document.createElement('canvas');
  canvas.width = 1280;
  canvas.height = 720;
  document.body.append(canvas);
  const context = canvas.getContext('2d');
  const grain = context.createImageData(320, 180);
  let tick = 0;
  setInterval(() => {
    tick++;
    context.fillStyle = '#204030';
    context.fillRect(0, 0, 1280, 720);
    for (let i = 0; i < grain.data.length; i += 4) {
      const light = 90 + Math.random() * 60;
      grain.data.set([light, light, light, 255], i);
    }
    context.putImageData(grain, 480 + 200 * Math.sin(tick / 40), 250 + 40 * Math.cos(tick / 25));
    context.fillStyle = '#fff';
    context.font = '60px sans-serif';
    context.fillText(`${tick}`, 100 + (tick % 300), 150);
  }, 33);
  const audio = new AudioContext();
  const voice = audio.createOscillator();
  const depth = audio.createGain();
  const rhythm = audio.createOscillator();
  const out = audio.createMediaStreamDestination();
  voice.type = 'sawtooth';
  voice.frequency.value = 180;
  rhythm.frequency.value = 3;
  rhythm.connect(depth.gain);
  voice.connect(depth).connect(out);
  voice.start();
  rhythm.start();
  await audio.resume();
  const peer = new RTCPeerConnection();
  peer.addTransceiver(out.stream.getAudioTracks()[0], { direction: 'sendonly' });
  const video = peer.addTransceiver(canvas.captureStream(30).getVideoTracks()[0], {
    direction: 'sendonly',
    sendEncodings: [{ maxBitrate: bitsPerSecond, maxFramerate: 30 }],
  });
  const h264 = RTCRtpSender.getCapabilities('video').codecs.filter(
    (codec) => codec.mimeType === 'video/H264' && /packetization-mode=1.*42e01f/.test(codec.sdpFmtpLine),
  );
  video.setCodecPreferences(h264);
  await peer.setLocalDescription();
  const reply = await fetch(`${url}/whip/demo/camera`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp', authorization: `Bearer ${token}` },
    body: peer.localDescription.sdp,
  });
  if (!reply.ok) throw new Error(`WHIP answered ${reply.status}: ${await reply.text()}`);
  await peer.setRemoteDescription({ type: 'answer', sdp: await reply.text() });
  const { codecs: videoCodecs } = video.sender.getParameters();
  const { codecs: audioCodecs } = peer.getSenders()[0].getParameters();
  window.keep = [peer, audio];
  return { video: videoCodecs[0].payloadType, audio: audioCodecs[0].payloadType };
}

/** @param {{ at: number, type: number, bytes: number, marker: number, rtp: number }[]} packets */
function write(packets, types) {
  const last = {};
  let before = packets[0].at;
  const lines = [];
  for (const { at, type, bytes, marker, rtp } of packets) {
    const kind = type === types.video ? 'v' : 'a';
    const ticks = kind in last ? (rtp - last[kind]) >>> 0 : 0;
    last[kind] = rtp;
    lines.push(`${at - before} ${kind} ${bytes - TAG_BYTES} ${marker} ${ticks}`);
    before = at;
  }
  return lines;
}

const file = process.argv[2];
const relay = await Relay.start();
const demo = await (await fetch(`${relay.url}/demo.json`)).json();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required', '--no-first-run'],
});
const page = await browser.newPage();
await page.goto(`${relay.outsideUrl}/`);
const types = await page.evaluate(publish, {
  url: relay.outsideUrl,
  token: demo.teacher_token,
  bitsPerSecond: 2500000,
});
await sleep(WARM_MS);
const sniff = spawn(process.env.BENCH_SNIFF, [String(relay.mediaPort)], { stdio: ['ignore', 'pipe', 'inherit'] });
const packets = [];
createInterface(sniff.stdout).on('line', (line) => {
  const [at, type, bytes, marker, rtp] = line.split(' ').map(Number);
  if (type === types.video || type === types.audio) packets.push({ at, type, bytes, marker, rtp });
});
await sleep(LENGTH_MS);
sniff.kill();
const version = browser.version();
await browser.close();
await relay.stop();

const lines = write(packets, types);
const bits = packets.reduce((sum, { bytes }) => sum + 8 * bytes, 0);
const seconds = (packets.at(-1).at - packets[0].at) / 1e6;
const frames = packets.filter(({ type, marker }) => type === types.video && marker).length;
const summary = `Chromium ${version}, 1280x720 H.264 and Opus: ${packets.length} packets in ${seconds.toFixed(1)} s, ${(bits / seconds / 1e6).toFixed(2)} Mbit/s, ${(frames / seconds).toFixed(1)} frames/s`;
await writeFile(file, `# ${summary}\n${lines.join('\n')}\n`);
console.log(summary);
