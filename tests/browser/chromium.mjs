// SPDX-License-Identifier: Apache-2.0
//
// Chromium for the tests: fake camera, microphone and screen with small pictures, no sound card, and a probe
// in each page that keeps its peer connections, so that tests look at what was really decoded and heard.
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const require = createRequire(new URL('../../client/web/package.json', import.meta.url));
export const { chromium } = require('playwright-core');

/** One wait for one thing to happen. A shared machine with two cores and no GPU can be slow for a while. */
export const WAIT_MS = 90000;
const LOOK_EVERY_MS = 200;
/** Each test's watchdog: several such waits. */
export const TEST_MS = 300000;
export const SIZES = [
  { width: 1366, height: 768 },
  { width: 1920, height: 1080 },
];

export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream=device-count=2,fps=10',
  '--auto-select-desktop-capture-source=Entire screen',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-features=MediaRouter,WebRtcHideLocalIpsWithMdns',
];

/** Runs in each page before its own scripts. */
function probe() {
  window.testPeers = [];
  const Native = window.RTCPeerConnection;
  if (Native) {
    window.RTCPeerConnection = class extends Native {
      constructor(...options) {
        super(...options);
        window.testPeers.push(this);
      }
    };
  }
  window.testSoundEnergy = async () => {
    let total = 0;
    for (const peer of window.testPeers.filter((one) => one.signalingState !== 'closed')) {
      (await peer.getStats()).forEach((entry) => {
        if (entry.type === 'inbound-rtp' && entry.kind === 'audio') total += entry.totalAudioEnergy ?? 0;
      });
    }
    return total;
  };
  const devices = navigator.mediaDevices;
  if (!devices) return;
  // Small pictures: what is tested is not how fast this machine encodes.
  const openUser = devices.getUserMedia.bind(devices);
  devices.getUserMedia = ({ audio, video }) =>
    openUser({ audio, video: video && { ...video, width: 320, height: 180, frameRate: { ideal: 10, max: 10 } } });
  const openDisplay = devices.getDisplayMedia.bind(devices);
  devices.getDisplayMedia = (wish) =>
    openDisplay({
      ...wish,
      // Below this the fake screen is no longer 16:9.
      video: { width: { max: 1280 }, height: { max: 720 }, frameRate: { max: 5 } },
    });
}

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
});
after(async () => {
  await browser?.close();
});

/**
 * A fresh profile with its own storage. Closed when the test ends, however it ends.
 * @param {import('node:test').TestContext} test
 * @param {object} options Playwright's, and `within`: another browser than the tests' own
 */
export async function newContext(test, { viewport = SIZES[0], locale = 'zh-CN', within = browser, ...more } = {}) {
  const context = await within.newContext({ viewport, locale, ...more });
  context.setDefaultTimeout(WAIT_MS);
  context.setDefaultNavigationTimeout(WAIT_MS);
  await context.addInitScript(probe);
  test.after(() => context.close());
  return context;
}

/**
 * A page that notes its errors, its navigations and its WHIP and WHEP requests.
 * @param {import('playwright-core').BrowserContext} context
 */
export async function newPage(context) {
  const page = await context.newPage();
  page.errors = [];
  page.posts = [];
  page.on('pageerror', (error) => page.errors.push(error.stack ?? String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) page.errors.push(message.text());
  });
  page.on('request', (request) => {
    if (request.method() === 'POST') page.posts.push(new URL(request.url()).pathname);
  });
  return page;
}

/** Playwright's waitForFunction() takes the promise of an asynchronous predicate for a yes. */
async function untilTrue(page, predicate, argument) {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    // A page that is being loaded has nothing to be asked in.
    const answer = await page.evaluate(predicate, argument).catch((error) => error);
    if (answer && !(answer instanceof Error)) return;
    if (page.isClosed() || performance.now() > deadline) throw answer instanceof Error ? answer : new Error('waited in vain');
    await sleep(LOOK_EVERY_MS);
  }
}

/** Waits until `predicate`, evaluated in the page, is true; says what the page showed when it never is. */
export async function until(page, predicate, argument) {
  try {
    await untilTrue(page, predicate, argument);
  } catch (error) {
    const shown = await page.evaluate(() => document.body.innerText).catch(() => 'nothing: it is gone');
    const peers = await page
      .evaluate(() => window.testPeers.map((peer) => `${peer.connectionState}/${peer.signalingState}`).join(' '))
      .catch(() => '');
    await screenshot(page, `failed-${Date.now()}`);
    const told = [error.message, `waited for ${predicate}`, `at ${page.url()}: ${shown}`, `peers: ${peers}`];
    throw new Error([...told, ...page.errors].join('\n'));
  }
}

/** Waits until the picture of a slot is shown, decoded, not black, and moves. */
export async function untilMoving(page, slot) {
  await until(
    page,
    (name) => {
      const video = document.querySelector(`video[data-slot="${name}"]`);
      if (!video || video.videoWidth === 0 || video.getBoundingClientRect().width === 0) return false;
      const canvas = document.createElement('canvas');
      canvas.width = 64;
      canvas.height = 36;
      const context = canvas.getContext('2d');
      context.drawImage(video, 0, 0, 64, 36);
      const { data } = context.getImageData(0, 0, 64, 36);
      let light = 0;
      let hash = 0;
      for (let i = 0; i < data.length; i += 4) {
        light += data[i] + data[i + 1] + data[i + 2];
        hash = (hash * 31 + data[i] + data[i + 1] * 256 + data[i + 2] * 65536) >>> 0;
      }
      // A new element or connection starts the count anew.
      const seen = (window.testSeen ??= {});
      const last = seen[name];
      if (!last || last.stream !== video.srcObject) seen[name] = { stream: video.srcObject, hashes: new Set() };
      seen[name].hashes.add(hash);
      return light / data.length > 5 && seen[name].hashes.size >= 4;
    },
    slot,
  );
}

/** Forgets the pictures seen so far, so that untilMoving() waits for new ones. */
export const forgetPictures = (page) =>
  page.evaluate(() => {
    window.testSeen = {};
  });

/** Waits until sound arrives that has energy, from now on. */
export async function untilHeard(page) {
  const before = await page.evaluate(() => window.testSoundEnergy());
  // A fresh connection counts from nothing, so that less than before is news too.
  await until(page, async (first) => Math.abs((await window.testSoundEnergy()) - first) > 1e-6, before);
}

/** @param {import('playwright-core').Page} page @param {string} name */
export async function screenshot(page, name) {
  const folder = process.env.CLASSRELAY_SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** The teacher's page with camera and microphone open, ready to begin. */
export async function openTeacher(context, url) {
  const page = await newPage(context);
  await page.goto(`${url}/teacher`);
  await until(page, () => (document.querySelector('.own-picture video')?.videoWidth ?? 0) > 0);
  return page;
}

export async function openClassroom(context, url) {
  const page = await newPage(context);
  await page.goto(`${url}/classroom`);
  await until(page, () => document.querySelector('.classroom') !== null);
  return page;
}
