// SPDX-License-Identifier: Apache-2.0
//
// A line that can be cut: the namespace's own packet filter drops what goes to and from some ports, without a
// word to either side, as a dead router does.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TABLE = ['inet', 'cut_line'];

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
