// SPDX-License-Identifier: Apache-2.0
//
// The pages' parts that need no browser: headers, SDP fragments, waits, figures and the judge of the line.
import assert from 'node:assert/strict';
import { resolveObjectURL } from 'node:buffer';
import { describe, test } from 'node:test';
import { meaningOf } from '../../client/web/static/classroom/keys.js';
import { placesOf } from '../../client/web/static/classroom/layout.js';
import { LineJudge } from '../../client/web/static/classroom/line-judge.js';
import { mayCapture } from '../../client/web/static/classroom/privacy.js';
import { Stills } from '../../client/web/static/classroom/stills.js';
import { Wish } from '../../client/web/static/classroom/wish.js';
import { ReceiveMeter, SendMeter } from '../../client/web/static/media/figures.js';
import { answerAfterRestart, restartFragmentOf } from '../../client/web/static/media/ice-fragment.js';
import { iceServersOf } from '../../client/web/static/media/link-header.js';
import { withStartBitrate } from '../../client/web/static/media/start-bitrate.js';
import { BackOff, retryAfterMs } from '../../client/web/static/shared/back-off.js';
import { EventParser, LONGEST_LINE } from '../../client/web/static/shared/event-parser.js';
import { mergeEvent, ownRow } from '../../client/web/static/shared/lesson-document.js';

describe('modules', () => {
  test('ice servers come out of Link headers', () => {
    const header =
      '<stun:stun.example:3478>; rel="ice-server", ' +
      '<turn:turn.example:3478?transport=udp>; rel="ice-server"; username="1:a,b"; credential="x\\"y"; credential-type="password", ' +
      '<https://elsewhere.example/>; rel="next", <javascript:1>; rel="ice-server"';
    assert.deepEqual(iceServersOf(header), [
      { urls: 'stun:stun.example:3478' },
      { urls: 'turn:turn.example:3478?transport=udp', username: '1:a,b', credential: 'x"y' },
    ]);
    assert.deepEqual(iceServersOf(null), []);
  });

  test('an ice restart is cut from an offer and put into an answer', () => {
    const offer =
      'v=0\r\na=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:new\r\na=ice-pwd:newpassword\r\n' +
      'a=ice-options:trickle\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n';
    assert.equal(
      restartFragmentOf(offer),
      'a=ice-options:trickle\r\na=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:new\r\na=ice-pwd:newpassword\r\n',
    );
    const answer =
      'v=0\r\na=ice-ufrag:old\r\na=ice-pwd:oldpassword\r\nm=audio 9 X 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n' +
      'a=candidate:1 1 udp 1 10.0.0.1 1 typ host\r\na=end-of-candidates\r\nm=video 9 X 96\r\na=mid:1\r\n';
    const fragment = 'a=ice-ufrag:fresh\r\na=ice-pwd:freshpassword\r\na=mid:0\r\na=candidate:2 1 udp 1 10.0.0.2 2 typ host\r\n';
    const next = answerAfterRestart(answer, fragment);
    assert.match(next, /a=ice-ufrag:fresh\r\na=ice-pwd:freshpassword/);
    assert.match(next, /a=mid:0\r\na=candidate:2 1 udp 1 10\.0\.0\.2 2 typ host\r\na=end-of-candidates\r\nm=video/);
    assert.doesNotMatch(next, /10\.0\.0\.1/);
    assert.equal(answerAfterRestart(answer, 'a=ice-ufrag:only\r\n'), null);
  });

  test('waits grow, are drawn at random, and follow Retry-After', () => {
    const most = new BackOff(() => 1);
    const least = new BackOff(() => 0);
    const waits = Array.from({ length: 6 }, () => [least.next(), most.next()]);
    for (const [low, high] of waits) assert.equal(low * 2, high);
    assert.ok(waits[0][1] < waits[1][1]);
    assert.ok(waits[5][1] <= 2000, 'a line that is back is noticed within 3 s');
    assert.ok(most.next(7000) >= 7000);
    assert.ok(most.next(3600e3) < 40e3, 'a lesson is shorter than an hour');
    assert.equal(retryAfterMs('3', 0), 3000);
    assert.equal(retryAfterMs('Thu, 01 Jan 1970 00:00:09 GMT', 4000), 5000);
    assert.equal(retryAfterMs('soon', 0), 0);
    assert.equal(retryAfterMs(null, 0), 0);
  });

  test('figures come from growing counters and survive a new connection', () => {
    const sent = (timestamp, bytesSent, fractionLost) =>
      new Map([
        ['o', { type: 'outbound-rtp', timestamp, bytesSent, headerBytesSent: 0, framesEncoded: 1 }],
        ['r', { type: 'remote-inbound-rtp', fractionLost }],
      ]);
    const meter = new SendMeter();
    assert.equal(meter.read(sent(1000, 0, 0)).kbps, 0);
    assert.deepEqual(meter.read(sent(2000, 125000, 0.25)), { kbps: 1000, lossFraction: 0.25, frames: 0 });
    assert.equal(meter.read(sent(3000, 100, 0)).kbps, 0);

    const arrived = (packetsReceived, packetsLost) =>
      new Map([['i', { type: 'inbound-rtp', trackIdentifier: 'camera', packetsReceived, packetsLost, framesDecoded: packetsReceived }]]);
    const receiver = new ReceiveMeter();
    assert.equal(receiver.read(arrived(10, 0)).get('camera').frames, 10);
    assert.deepEqual(receiver.read(arrived(15, 2)).get('camera'), { packets: 5, lost: 2, frames: 5, freezes: 0 });
  });

  test('server-sent events are the same wherever the pieces are cut', () => {
    const text =
      '\uFEFFretry: 1000\n\n: beat\r\nid: b.1\r\nevent: snapshot\r\ndata: {"a":\r\ndata: 1}\r\n\r\n' +
      'event:hands\rdata:x\r\rid: b.2\nid: b\0d\ndata\n\nevent: nothing\n\ndata: half';
    const wanted = [
      { id: 'b.1', name: 'snapshot', data: '{"a":\n1}' },
      { id: 'b.1', name: 'hands', data: 'x' },
      { id: 'b.2', name: 'message', data: '' },
    ];
    for (let cut = 0; cut <= text.length; cut++) {
      const parser = new EventParser();
      assert.deepEqual([...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))], wanted, `cut at ${cut}`);
    }
    const letters = new EventParser();
    assert.deepEqual([...text].flatMap((letter) => letters.push(letter)), wanted);
  });

  test('an endless event is an error, not memory', () => {
    const line = new EventParser();
    assert.throws(() => line.push(`data: ${'x'.repeat(LONGEST_LINE)}`), RangeError);
    const event = new EventParser();
    const piece = `data: ${'x'.repeat(LONGEST_LINE - 100)}\n`;
    event.push(piece);
    assert.throws(() => event.push(piece + piece), RangeError);
  });

  test('events change the lesson’s document in part', () => {
    const row = (id, number, hand) => ({ id, number, name: id, present: true, hand, floor: null });
    const first = mergeEvent(null, 'snapshot', {
      boot_id: 'b',
      you: { role: 'classroom', classroom: 'c2' },
      classrooms: [row('c1', 1, 0), row('c2', 2, 0)],
      floor: [null, null],
    });
    const raised = mergeEvent(first, 'hands', { hands: ['c2'], classrooms: [{ id: 'c2', hand: 1 }] });
    assert.deepEqual(ownRow(raised), row('c2', 2, 1));
    assert.deepEqual(raised.hands, ['c2']);
    assert.deepEqual(raised.classrooms[0], first.classrooms[0]);
    assert.equal(ownRow(first).hand, 0, 'the old document stays as it was');
    const grown = mergeEvent(raised, 'classrooms', { classrooms: [row('c0', 0, 0), { id: 7 }, null] });
    assert.deepEqual(grown.classrooms.map(({ id }) => id), ['c0', 'c1', 'c2']);
    for (const nonsense of [null, 3, 'x', [1]]) assert.equal(mergeEvent(raised, 'floor', nonsense), raised);
    assert.equal(mergeEvent(null, 'floor', { floor: ['c1', null] }), null, 'nothing is known before a snapshot');
    assert.equal(ownRow(null), null);
  });

  test('a sender is told with which rate to begin', () => {
    const h264 = 'a=rtpmap:108 H264/90000\r\na=rtpmap:109 rtx/90000\r\na=fmtp:108 packetization-mode=1\r\na=fmtp:109 apt=108\r\n';
    assert.equal(withStartBitrate(h264), h264.replace('mode=1', 'mode=1;x-google-start-bitrate=1000'));
    const vp8 = 'a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n';
    assert.equal(withStartBitrate(vp8), vp8.replace('90000\r\n', '90000\r\na=fmtp:96 x-google-start-bitrate=1000\r\n'));
  });

  test('pictures lay themselves out', () => {
    const places = (...shown) => [...placesOf(shown)].map(([slot, place]) => `${slot} ${place}`).join(', ');
    assert.equal(places(), '');
    assert.equal(places('screen'), 'screen full');
    assert.equal(places('camera', 'screen'), 'screen big, camera side1');
    assert.equal(places('floor2', 'floor', 'camera', 'screen'), 'screen big, camera side1, floor side2, floor2 side3');
    assert.equal(places('floor', 'camera'), 'camera left, floor right');
    assert.equal(places('floor', 'floor2', 'camera'), 'camera big, floor side1, floor2 side2');
    assert.equal(places('floor2', 'floor'), 'floor left, floor2 right');
  });

  test('nobody is filmed before the bell is near, or after the lesson', () => {
    const bellS = 36000;
    const nobody = { camera: false, screen: false };
    const open = { state: 'open', starts_at: bellS, ends_at: bellS + 2400, publishers: nobody };
    assert.equal(mayCapture(null, 0), false);
    assert.equal(mayCapture(open, (bellS - 900) * 1000), false, 'others are still in the room');
    assert.equal(mayCapture(open, (bellS - 100) * 1000), true);
    assert.equal(mayCapture({ ...open, state: 'live' }, (bellS - 900) * 1000), true, 'the teacher has begun');
    assert.equal(mayCapture({ ...open, state: 'ended' }, bellS * 1000), false);
    const late = { ...open, state: 'live' };
    assert.equal(mayCapture(late, (bellS + 2399) * 1000), true);
    assert.equal(mayCapture(late, (bellS + 2400) * 1000), false, 'the bell rang and the teacher is gone');
    assert.equal(mayCapture({ ...late, publishers: { camera: true, screen: false } }, (bellS + 2400) * 1000), true);
    const noBell = { state: 'open', publishers: nobody, starts_at: null, ends_at: null };
    assert.equal(mayCapture(noBell, bellS * 1000), true, 'a lesson without a bell');
    assert.equal(mayCapture({ ...noBell, state: 'live' }, bellS * 1000), true, 'its teacher is away for a moment');
  });

  test('a wish that is refused or never arrives is given up', async (t) => {
    const outcomes = [];
    let nowMs = 0;
    t.mock.method(performance, 'now', () => nowMs);
    const wish = new Wish({ act: async () => outcomes.shift() }, 'call', (open) => ({ open }), () => {});
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    const press = async (wanted, outcome) => {
      outcomes.push(outcome);
      wish.set(wanted);
      await settle();
    };
    await press(true, { ok: true, status: 204 });
    assert.deepEqual([wish.wanted, wish.refusedMs], [null, -Infinity]);
    await press(false, { ok: false, status: 404 });
    assert.deepEqual([wish.wanted, wish.refusedMs], [null, 0]);
    await press(true, { ok: false, status: 0 });
    assert.equal(wish.wanted, true, 'sent again');
    nowMs = 61000;
    wish.follow();
    assert.equal(wish.wanted, null);
  });

  test('slides of before a restart are not those that have their numbers now', async (t) => {
    const stills = new Stills({ lesson: 'demo', token: 'x' });
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    const answers = [];
    t.mock.method(globalThis, 'fetch', () => new Promise((resolve) => answers.push(resolve)));
    const answer = async (text) => {
      await settle();
      answers.shift()(new Response(text));
      for (let n = 0; n < 20; n++) await settle();
    };
    const shown = async () => (stills.url === null ? null : resolveObjectURL(stills.url).text());
    stills.follow(1, true);
    await answer('old 1');
    assert.equal(await shown(), 'old 1');
    stills.follow(2, true);
    await settle();
    stills.forget();
    assert.equal(stills.url, null);
    stills.follow(1, true);
    await answer('old 2');
    assert.equal(await shown(), null, 'what was still on its way is nobody\'s any more');
    await answer('new 1');
    assert.equal(await shown(), 'new 1');
    stills.close();
  });

  test('no key of a presenter or a child reloads or leaves the page', () => {
    const plain = { altKey: false, ctrlKey: false, metaKey: false };
    const here = { isTyping: false, isOnButton: false, isFullScreen: true };
    for (const key of ['F5', 'Escape', 'F11', 'Backspace', 'BrowserBack', 'w', ',']) {
      assert.equal(meaningOf({ ...plain, key }, here), 'nothing', key);
    }
    for (const key of ['r', 'R', 'F5', 'w', 'n', 't', 'p']) {
      assert.equal(meaningOf({ ...plain, key, ctrlKey: true }, here), 'nothing', `Ctrl+${key}`);
    }
    for (const key of ['ArrowLeft', 'Home']) assert.equal(meaningOf({ ...plain, key, altKey: true }, here), 'nothing');
    for (const key of [' ', 'b', 'B', '.']) assert.equal(meaningOf({ ...plain, key }, here), 'hand', key);
    assert.equal(meaningOf({ ...plain, key: 'PageUp' }, here), 'back');
    assert.equal(meaningOf({ ...plain, key: 'PageDown' }, here), 'forward');
    for (const key of ['Tab', 'Enter', 'a', '3']) assert.equal(meaningOf({ ...plain, key }, here), null, key);
    assert.equal(meaningOf({ ...plain, key: 'F11' }, { ...here, isFullScreen: false }), null, 'the way into it');
    assert.equal(meaningOf({ ...plain, key: ' ' }, { ...here, isOnButton: true }), null, 'the button is pressed');
    for (const key of ['b', ' ', 'Backspace']) assert.equal(meaningOf({ ...plain, key }, { ...here, isTyping: true }), null);
    assert.equal(meaningOf({ ...plain, key: 'F5' }, { ...here, isTyping: true }), 'nothing');
    assert.equal(meaningOf({ ...plain, key: 'v', ctrlKey: true }, { ...here, isTyping: true }), null);
  });

  test('the line is judged by what arrives', () => {
    const judge = new LineJudge(0);
    const good = { nowMs: 1000, lastPacketMs: 1000, isConnected: true, isFirstAttempt: false, isReachable: true, isExpecting: true };
    assert.equal(judge.judge({ ...good, isConnected: false, isFirstAttempt: true }), 'waiting');
    assert.equal(judge.judge({ ...good, nowMs: 9000, isConnected: false, isFirstAttempt: true }), 'broken');
    assert.equal(judge.judge(good), 'good');
    assert.equal(judge.judge({ ...good, isExpecting: false }), 'waiting');
    judge.addSecond({ packets: 80, lost: 20, freezes: 0 });
    assert.equal(judge.judge(good), 'slow');
    for (let i = 0; i < 5; i++) judge.addSecond({ packets: 100, lost: 0, freezes: 0 });
    assert.equal(judge.judge(good), 'good');
    assert.equal(judge.judge({ ...good, nowMs: 6000, isConnected: false }), 'broken');
    assert.equal(judge.brokenSinceMs, 1000, 'the outage began with the last packet');
    assert.equal(judge.judge({ ...good, nowMs: 9000, lastPacketMs: 2000, isReachable: false }), 'broken');
    assert.equal(judge.brokenSinceMs, 1000, 'and does not begin again');
  });
});
