// SPDX-License-Identifier: Apache-2.0
//
// A room with a loudspeaker and a microphone for Chromium: a private PulseAudio in which what is played comes back into
// the microphone, a little later and as loud as one sets it, and in which others may speak. It needs no sound card, serves
// nobody else, and ends with the test.
//
//   Chromium plays → loudspeaker (null sink) ──walls (loopback: delay, volume)──► air (null sink) ──► microphone
//                                                            people (pacat) ──────►
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { RATE } from './sound.mjs';

const run = promisify(execFile);
const require = createRequire(new URL('../../client/web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const START_MS = 20000;
/** A metre or two of air, and what sound cards add. */
const WALLS_MS = 40;

export class Room {
  #daemon = null;
  #folder = '';
  #browser = null;

  /** Closed when the suite's `after` calls close(). */
  static async open() {
    const room = new Room();
    room.#folder = await mkdtemp(join(tmpdir(), 'room-'));
    await room.#startDaemon();
    return room;
  }

  get #environment() {
    const home = { HOME: this.#folder, XDG_RUNTIME_DIR: this.#folder, XDG_CONFIG_HOME: this.#folder };
    return { ...process.env, ...home, PULSE_SERVER: `unix:${this.#folder}/native` };
  }

  async #startDaemon() {
    const format = `rate=${RATE} channels=2`;
    const script = [
      `load-module module-native-protocol-unix auth-anonymous=1 socket=${this.#folder}/native`,
      `load-module module-null-sink sink_name=loudspeaker ${format}`,
      `load-module module-null-sink sink_name=air ${format}`,
      `load-module module-loopback source=loudspeaker.monitor sink=air latency_msec=${WALLS_MS} source_dont_move=true sink_dont_move=true`,
      // Browsers offer no monitors as microphones.
      'load-module module-remap-source master=air.monitor source_name=microphone source_properties=device.description=Microphone',
      'set-default-sink loudspeaker',
      'set-default-source microphone',
    ];
    const file = join(this.#folder, 'room.pa');
    await writeFile(file, `${script.join('\n')}\n`);
    const options = ['--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1', '--log-level=error'];
    // Nothing of the machine's own configuration, and no default script.
    this.#daemon = spawn('pulseaudio', ['-n', '-F', file, ...options], { env: this.#environment, stdio: 'ignore' });
    const deadline = Date.now() + START_MS;
    for (;;) {
      const sources = await run('pactl', ['list', 'short', 'sources'], { env: this.#environment }).catch(() => null);
      if (sources?.stdout.includes('microphone')) return;
      if (Date.now() > deadline || this.#daemon.exitCode !== null) throw new Error('pulseaudio did not start');
      await sleep(100);
    }
  }

  /** How loud the loudspeaker comes back into the microphone. @param {number} percent */
  async setEcho(percent) {
    const { stdout } = await run('pactl', ['list', 'short', 'sink-inputs'], { env: this.#environment });
    const walls = stdout.split('\n').find((line) => line.includes('module-loopback'));
    if (walls === undefined) throw new Error(`no loopback among:\n${stdout}`);
    await run('pactl', ['set-sink-input-volume', walls.split('\t')[0], `${percent}%`], { env: this.#environment });
  }

  /** Somebody in the room makes a sound. Resolves when it has been played. @param {string} wav file */
  async say(wav) {
    await run('paplay', ['--device=air', wav], { env: this.#environment });
  }

  /** Chromium that plays and hears in this room. */
  async browser() {
    this.#browser ??= await chromium.launch({
      executablePath: process.env.CHROMIUM,
      env: this.#environment,
      ignoreDefaultArgs: ['--mute-audio'],
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--use-fake-ui-for-media-stream',
        '--autoplay-policy=no-user-gesture-required',
        '--disable-features=MediaRouter,WebRtcHideLocalIpsWithMdns',
      ],
    });
    return this.#browser;
  }

  async close() {
    await this.#browser?.close();
    if (this.#daemon !== null && this.#daemon.exitCode === null) {
      const ended = once(this.#daemon, 'exit');
      this.#daemon.kill('SIGTERM');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
