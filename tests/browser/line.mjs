// SPDX-License-Identifier: Apache-2.0
//
// A line that can be cut, or that loses some: the namespace's own packet filter drops what goes to and from some
// ports, without a word to either side, as a dead router does.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TABLE = ['inet', 'cut_line'];
const LOSSY = ['inet', 'lossy_line'];

/**
 * @param {import('node:test').TestContext} test the line is restored when it ends
 * @param {['tcp' | 'udp', number][]} ports
 */
export async function cutLine(test, ports) {
  const since = performance.now();
  let isCut = true;
  const restore = async () => {
    if (isCut) await run('nft', ['delete', 'table', ...TABLE]);
    isCut = false;
    return performance.now() - since;
  };
  await run('nft', ['add', 'table', ...TABLE]);
  test.after(restore);
  await run('nft', ['add', 'chain', ...TABLE, 'input', '{ type filter hook input priority 0; }']);
  for (const [protocol, port] of ports) {
    for (const side of ['dport', 'sport']) {
      await run('nft', ['add', 'rule', ...TABLE, 'input', protocol, side, String(port), 'drop']);
    }
  }
  return { /** @returns {Promise<number>} milliseconds for which it was cut */ restore };
}

/**
 * What the relay sends loses so many packets in a hundred, at random, until the test ends.
 * @param {import('node:test').TestContext} test
 * @param {number} port the relay's media port
 * @param {number} percent
 */
export async function loseSome(test, port, percent) {
  await run('nft', ['add', 'table', ...LOSSY]);
  test.after(() => run('nft', ['delete', 'table', ...LOSSY]));
  await run('nft', ['add', 'chain', ...LOSSY, 'input', '{ type filter hook input priority 0; }']);
  const chance = ['numgen', 'random', 'mod', '100', '<', String(percent)];
  await run('nft', ['add', 'rule', ...LOSSY, 'input', 'udp', 'sport', String(port), ...chance, 'drop']);
}
