// SPDX-License-Identifier: Apache-2.0
//
// The people and programs of the show: one relay, a teacher's page, three classrooms' pages of which one is at the end
// of a line of its own, and fifteen simulated classrooms, all of whom are listened to. What the teacher does is done on
// the teacher's page, and noted with the times at which it was asked and answered.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Class } from './class.mjs';
import { newContext, newPage, openTeacher, until, untilMoving, WAIT_MS } from './chromium.mjs';
import { FarRoom, giveCode } from './far-room.mjs';
import { firstSince } from './hearing-judge.mjs';
import { Hearing, partOf, speakAndListen, TEACHER } from './hearing.mjs';
import { Relay } from './relay.mjs';

export const N_SIMULATED = 15;
/** The classrooms that are pages; the last is at the end of a line of its own. */
export const ROOMS = [16, 17, 18];
export const FAR = 18;
const CAMERA = { width: 1280, height: 720 };
const TEACHER_CAMERA = { width: 640, height: 360 };
/** As long as a service manager waits; what was played until then has been played out. */
const DEAD_MS = 1500;
/** A simulated classroom tells the end of what it heard half a second later. */
const TOLD_MS = 1000;
/** Linux counts a process's time in hundredths of a second (USER_HZ). */
const TICK_MS = 10;

/** Runs in a page before its own scripts: the screen that is shared is a slide. */
function shareSlide() {
  if (!navigator.mediaDevices) return;
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
    const context = canvas.getContext('2d');
    const paint = () => {
      context.fillStyle = '#fffdf5';
      context.fillRect(0, 0, 1280, 720);
      context.fillStyle = '#1a1a1a';
      context.font = 'bold 84px sans-serif';
      context.fillText('第三课  跟着老师唱一唱', 90, 150);
      context.font = '52px sans-serif';
      ['dol   dol   re   mi', 'sol   sol   mi', 'la   sol   mi   re', 'dol'].forEach((line, index) =>
        context.fillText(line, 90, 290 + 90 * index),
      );
    };
    paint();
    setInterval(paint, 500);
    return canvas.captureStream(2);
  };
}

/** Runs in a page before its own scripts: when it does what, wall clock, until its first picture is sent. */
function noteTimes() {
  if (window !== window.top || !navigator.mediaDevices) return;
  const times = (window.testTimes = []);
  const note = (what) => times.push([what, performance.timeOrigin + performance.now()]);
  note('page begins');
  const openUser = navigator.mediaDevices.getUserMedia;
  navigator.mediaDevices.getUserMedia = async (wish) => {
    note('devices asked for');
    const stream = await openUser.call(navigator.mediaDevices, wish);
    note('devices open');
    return stream;
  };
  const ask = window.fetch;
  window.fetch = async (url, request) => {
    const what = `${request?.method ?? 'GET'} ${new URL(url, location.href).pathname}`;
    note(what);
    const response = await ask(url, request);
    note(`${what}: ${response.status}`);
    return response;
  };
  const timer = setInterval(async () => {
    const peers = window.testPeers.filter((peer) => peer.getSenders().some(({ track }) => track?.kind === 'video'));
    for (const peer of peers) {
      if (peer.connectionState === 'connected' && !times.some(([what]) => what === 'path there')) note('path there');
      for (const entry of (await peer.getStats()).values()) {
        if (entry.type !== 'outbound-rtp' || entry.kind !== 'video' || entry.framesSent === 0) continue;
        clearInterval(timer);
        if (!times.some(([what]) => what === 'picture sent')) note('picture sent');
      }
    }
  }, 20);
}

/** Milliseconds of CPU by thread name, of one process. */
async function cpuOf(pid) {
  const threads = new Map();
  for (const task of await readdir(`/proc/${pid}/task`)) {
    const stat = await readFile(`/proc/${pid}/task/${task}/stat`, 'utf8').catch(() => null);
    if (stat === null) continue;
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    threads.set(name, (threads.get(name) ?? 0) + (Number(fields[11]) + Number(fields[12])) * TICK_MS);
  }
  return threads;
}

export class Show {
  hearing = new Hearing();
  /** @type {import('./hearing-judge.mjs').Change[]} */
  changes = [];
  /** @type {import('playwright-core').Page} */
  teacher;
  /** @type {Map<number, import('playwright-core').Page>} */
  rooms = new Map();
  /** CPU of the daemon that was killed, ms: all, and the wall's. */
  #spent = { all: 0, wall: 0 };
  #test;
  #far;
  #simulator = null;
  /** The end of what the simulated classrooms said. */
  #said = '';
  #state = { floor: [], muted: [], away: [], what: 'before' };

  /** @param {import('node:test').TestContext} test everything ends with it */
  static async open(test) {
    const show = new Show();
    show.#test = test;
    show.#far = await FarRoom.open();
    test.after(() => show.#far.close());
    show.relay = await Relay.start();
    test.after(() => show.relay.stop());
    test.after(() => show.#endSimulator());
    show.held = await Class.of(show.relay);
    show.keys = (await show.held.facts()).classrooms.map(({ id }) => id);
    await Promise.all([show.#simulate(), show.#openTeacher(), ...ROOMS.map((number) => show.#openRoom(number))]);
    await show.#untilComplete();
    return show;
  }

  async #simulate() {
    const heard = join(process.env.TMPDIR, 'show.heard');
    const program = join(process.env.CLASSRELAY_BUILD, 'client', 'simulator', 'classrelay-simulator');
    const who = ['--demo', '--url', this.relay.url, '-n', String(N_SIMULATED), '--transport', 'light', '--seed', '5'];
    this.summaryPath = join(process.env.TMPDIR, 'show.json');
    const does = ['--talk', '--hands', '--hear', heard, '--json', this.summaryPath];
    const child = spawn(program, [...who, ...does], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (this.#said = (this.#said + data).slice(-4000)));
    this.#simulator = child;
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      try {
        await this.hearing.follow(heard, this.keys, N_SIMULATED);
        return;
      } catch (error) {
        const isToCome = error.code === 'ENOENT' && Date.now() < deadline && child.exitCode === null;
        if (!isToCome) throw new Error(`${error}: ${this.#said}`);
        await sleep(50);
      }
    }
  }

  async #openTeacher() {
    this.teaching = await newContext(this.#test);
    await this.hearing.join(this.teaching, TEACHER);
    await this.teaching.addInitScript(speakAndListen, partOf(TEACHER, TEACHER_CAMERA));
    await this.teaching.addInitScript(shareSlide);
    await this.teaching.addInitScript(noteTimes);
    this.teacher = await openTeacher(this.teaching, this.relay.url);
    await this.teacher.getByRole('button', { name: '开始上课' }).click();
    await this.teacher.locator('.tile').first().waitFor();
  }

  async #openRoom(number) {
    const within = number === FAR ? { within: await this.#far.browser(this.relay.outsideUrl) } : {};
    const context = await newContext(this.#test, within);
    await this.hearing.join(context, number);
    await context.addInitScript(speakAndListen, partOf(number, CAMERA));
    if (number === FAR) await giveCode(context, this.relay, number);
    const page = await newPage(context);
    await page.goto(`${number === FAR ? this.relay.outsideUrl : this.relay.url}/classroom?number=${number}`);
    await until(page, () => document.querySelector('.hand-button') !== null);
    this.rooms.set(number, page);
  }

  async #untilComplete() {
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      const { classrooms } = await this.held.facts();
      const missing = classrooms.filter(({ present, publishing }) => !present || !publishing).map(({ number }) => number);
      if (missing.length === 0) break;
      if (Date.now() > deadline) throw new Error(`not there: ${missing}; ${this.#said}`);
      await sleep(100);
    }
    for (const page of this.rooms.values()) await untilMoving(page, 'camera');
    await untilMoving(this.teacher, 'wall');
    this.#note('nobody has the floor', Date.now(), Date.now());
  }

  /** What holds from now on. */
  #note(what, asked, answered, isSettling = false) {
    this.#state.what = what;
    const { floor, muted, away } = this.#state;
    const heard = floor.filter((number) => !muted.includes(number));
    this.changes.push({ asked, answered, floor: heard, away: [...away], isSettling, what });
  }

  get floor() {
    return this.#state.floor;
  }

  /** Something has broken: nobody needs to hear anything until settled(). @param {number[]} away from now on */
  breaks(what, away) {
    this.#state.away = away;
    this.#note(what, Date.now(), Date.now(), true);
  }

  settled(what, away = []) {
    this.#state.away = away;
    this.#note(what, Date.now(), Date.now());
  }

  /** The teacher does something on the page that asks the relay for `path`. When that was, and what was asked. */
  async #press(path, action) {
    const answer = this.teacher.waitForResponse(
      (response) => response.request().method() === 'POST' && new URL(response.url()).pathname.endsWith(`/${path}`),
    );
    await action();
    const response = await answer;
    assert.equal(response.status(), 204, `${path}: ${response.status()}`);
    await response.finished();
    const { startTime, responseStart } = response.request().timing();
    return { asked: startTime, answered: startTime + Math.max(0, responseStart), body: response.request().postDataJSON() };
  }

  /** @param {number[]} wanted who shall have the floor by it @param {() => Promise<void>} action */
  async giveFloor(what, wanted, action) {
    const { asked, answered, body } = await this.#press('floor', action);
    const given = body.classrooms.map((key) => this.keys.indexOf(key) + 1).sort((a, b) => a - b);
    assert.deepEqual(given, [...wanted].sort((a, b) => a - b), what);
    this.#state.floor = given;
    this.#note(what, asked, answered);
  }

  tile(number) {
    return this.teacher.locator('.tile').nth(number - 1);
  }

  click(number) {
    return this.giveFloor(`click ${number}`, [number], () => this.tile(number).locator('.tile-main').click());
  }

  /** @param {boolean} beside for a dialogue */
  async type(number, beside = false) {
    await this.giveFloor(`type ${number}`, beside ? [this.floor[0], number] : [number], async () => {
      await this.teacher.keyboard.type(String(number));
      await this.teacher.keyboard.press(beside ? 'Shift+Enter' : 'Enter');
    });
  }

  takeBack() {
    return this.giveFloor('taken back', [], () => this.teacher.keyboard.press('Escape'));
  }

  /** The first raised hand, by its key: which that is may change until it is pressed. */
  async callFirstHand() {
    await this.teacher.locator('.hand-name').first().waitFor();
    const { asked, answered, body } = await this.#press('floor', () => this.teacher.keyboard.press('n'));
    assert.equal(body.classrooms.length, 1);
    this.#state.floor = [this.keys.indexOf(body.classrooms[0]) + 1];
    this.#note(`hand of ${this.floor[0]}`, asked, answered);
  }

  async mute(number, isMuted) {
    const button = this.tile(number).locator('.tile-mute');
    const { asked, answered, body } = await this.#press('mute', () => button.click({ force: true }));
    assert.deepEqual(body, { classroom: this.keys[number - 1], muted: isMuted });
    this.#state.muted = isMuted ? [...this.#state.muted, number] : this.#state.muted.filter((one) => one !== number);
    this.#note(`${isMuted ? 'mute' : 'unmute'} ${number}`, asked, answered);
  }

  /** The teacher's page dies as a program does that has crashed, and is opened again. */
  async crashTeacher() {
    const crashed = this.teacher.waitForEvent('crash');
    const session = await this.teaching.newCDPSession(this.teacher);
    this.breaks('the teacher’s page crashed', [TEACHER]);
    session.send('Page.crash').catch(() => {});
    await crashed;
    await this.teacher.close();
  }

  /** @returns {Promise<number>} wall clock, ms */
  async openTeacherAgain() {
    const opened = Date.now();
    this.teacher = await newPage(this.teaching);
    await this.teacher.goto(`${this.relay.url}/teacher`);
    await this.teacher.locator('.tile').first().waitFor();
    return opened;
  }

  cutFarLine() {
    this.breaks('the line is cut', [FAR]);
    return this.#far.cut();
  }

  /** @returns {Promise<number>} wall clock, ms */
  async restoreFarLine() {
    await this.#far.restore();
    const restored = Date.now();
    this.breaks('the line is back', [FAR]);
    return restored;
  }

  /** @returns {Promise<number>} when it served again, wall clock, ms */
  async restartRelay() {
    this.breaks('the relay was killed', []);
    this.#spent = await this.#spentNow();
    await this.relay.kill();
    await sleep(DEAD_MS);
    await this.relay.run();
    return Date.now();
  }

  /**
   * When each of `numbers` first heard, from `since` on, all whom it may hear, and saw a moving picture of `slot` where
   * it is a page. Waits until all have.
   * @param {Map<number, string>} slots of the pages
   */
  async untilBack(numbers, since, slots, limitMs = WAIT_MS) {
    const deadline = since + limitMs;
    for (;;) {
      await this.hearing.read();
      const back = this.#backTimes(numbers, since, slots);
      const missing = numbers.filter((number) => !back.has(number));
      if (missing.length === 0 && Date.now() > since + Math.max(...back.values()) + TOLD_MS) return back;
      if (Date.now() > deadline) throw new Error(`not back: ${missing}`);
      await sleep(100);
    }
  }

  #backTimes(numbers, since, slots) {
    const { floor, muted, away } = this.#state;
    const back = new Map();
    for (const number of numbers) {
      const speakers = [...floor.filter((one) => !muted.includes(one)), TEACHER].filter((one) => one !== number);
      const wanted = speakers.filter((one) => !away.includes(one) || numbers.includes(one) || one === TEACHER);
      const runs = this.hearing.of(number);
      const times = wanted.map((tone) => firstSince(runs, since, (run) => run.heard.includes(tone)));
      if (slots.has(number)) times.push(firstSince(runs, since, (run) => run.moving.includes(slots.get(number))));
      if (!times.includes(null)) back.set(number, Math.max(since, ...times) - since);
    }
    return back;
  }

  /** CPU of the daemon that runs, ms. */
  async #spentNow() {
    const threads = await cpuOf(this.relay.pid);
    return { all: [...threads.values()].reduce((sum, ms) => sum + ms, 0), wall: threads.get('wall') ?? 0 };
  }

  /** CPU of all daemons so far, ms, and the memory of the one that runs. */
  async cost() {
    const now = await this.#spentNow();
    const status = await readFile(`/proc/${this.relay.pid}/status`, 'utf8');
    const rssKib = Number(/VmRSS:\s+(\d+)/.exec(status)[1]);
    return { all: this.#spent.all + now.all, wall: this.#spent.wall + now.wall, rssKib };
  }

  async #endSimulator() {
    if (this.#simulator === null || this.#simulator.exitCode !== null) return;
    const ended = once(this.#simulator, 'exit');
    this.#simulator.kill('SIGTERM');
    await ended;
  }

  /** Ends the simulated classrooms. @returns {Promise<any>} their summary */
  async simulated() {
    await this.#endSimulator();
    await this.hearing.read();
    return JSON.parse(await readFile(this.summaryPath, 'utf8'));
  }
}

