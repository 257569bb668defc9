// SPDX-License-Identifier: Apache-2.0
//
// The demo's classrooms as a test plays them: what their pages would ask of the relay, without a page. Also how the
// lesson stands, as the teacher is told.
import assert from 'node:assert/strict';

export class Class {
  #url;
  #demo;

  /** @param {import('./relay.mjs').Relay} relay */
  static async of(relay) {
    const held = new Class();
    held.#demo = await (await fetch(`${relay.url}/demo.json`)).json();
    held.#url = `${relay.url}/api/v1/lessons/${held.#demo.lesson}`;
    return held;
  }

  get size() {
    return this.#demo.classroom_tokens.length;
  }

  /** @returns {Promise<any>} the lesson's document */
  async facts() {
    const response = await fetch(this.#url, { headers: { Authorization: `Bearer ${this.#demo.teacher_token}` } });
    assert.equal(response.status, 200);
    return response.json();
  }

  /** @param {number} number from 1 */
  async nameOf(number) {
    return (await this.facts()).classrooms[number - 1].name;
  }

  /** @param {number} number from 1; 0: the teacher @param {string} path @param {object} body */
  async act(number, path, body) {
    const token = number === 0 ? this.#demo.teacher_token : this.#demo.classroom_tokens[number - 1];
    const response = await fetch(`${this.#url}/${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 204, `${path}: ${await response.text()}`);
  }

  /** @param {number} number */
  raiseHand(number) {
    return this.act(number, 'hand', { raised: true });
  }

  /** The teacher's next slide. @param {Buffer} png */
  async upload(png) {
    const response = await fetch(`${this.#url}/slides`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.#demo.teacher_token}`, 'Content-Type': 'image/png' },
      body: png,
    });
    assert.equal(response.status, 201, await response.text());
  }

  /** Nobody speaks, no hand is up, nobody is muted. */
  async calm() {
    const { classrooms, hands } = await this.facts();
    await this.act(0, 'floor', { classrooms: [] });
    for (const classroom of hands) await this.act(0, 'hand', { raised: false, classroom });
    for (const { id } of classrooms.filter(({ muted }) => muted)) await this.act(0, 'mute', { classroom: id, muted: false });
  }
}
