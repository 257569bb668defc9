// SPDX-License-Identifier: Apache-2.0
//
// A whole lesson with Chromium on both sides of the relay: camera and screen are seen moving and the voice is
// heard, sharing comes and goes without touching the camera, and the lesson ends when the teacher says so twice.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  newContext,
  openClassroom,
  openTeacher,
  screenshot,
  SIZES,
  TEST_MS,
  until,
  untilHeard,
  untilMoving,
} from './chromium.mjs';
import { Relay } from './relay.mjs';

const untilLayout = (page, layout) =>
  until(page, (name) => document.querySelector('.classroom')?.dataset.layout === name, layout);

/** Sizes of what is seen, letterboxes left out; runs in the page. */
function sizesSeen() {
  const size = (slot) => {
    const video = document.querySelector(`video[data-slot="${slot}"]`);
    const { width, height } = video.getBoundingClientRect();
    const scale = Math.min(width / video.videoWidth, height / video.videoHeight);
    return { width: Math.round(video.videoWidth * scale), height: Math.round(video.videoHeight * scale) };
  };
  return { slides: size('screen'), teacher: size('camera') };
}

describe('lesson', () => {
  let relay;
  before(async () => {
    relay = await Relay.start();
  });
  after(async () => {
    await relay?.stop();
  });

  test('a classroom sees camera and slides and hears the voice', { timeout: 2 * TEST_MS }, async (t) => {
    const context = await newContext(t);
    const classroom = await openClassroom(context, relay.url);
    await classroom.getByText('老师马上到').first().waitFor();

    const teacher = await openTeacher(context, relay.url);
    await teacher.getByRole('button', { name: '开始上课' }).click();
    await untilLayout(classroom, 'teacher');
    await untilMoving(classroom, 'camera');
    await untilHeard(classroom);
    await until(classroom, () => document.querySelector('.classroom-state .mark-good') !== null);
    await screenshot(classroom, 'classroom-teacher-only');

    await teacher.keyboard.press('g');
    await until(teacher, () => parseFloat(document.querySelector('.line-speed')?.textContent) > 0);
    assert.match(await teacher.locator('.line-loss').innerText(), /^\d+\.\d %$/);
    await teacher.keyboard.press('Escape');
    await teacher.getByRole('dialog').waitFor({ state: 'detached' });

    await teacher.getByRole('button', { name: '共享课件' }).click();
    await untilLayout(classroom, 'slides-and-teacher');
    await untilMoving(classroom, 'screen');
    await untilMoving(classroom, 'camera');
    for (const { width, height } of SIZES) {
      await classroom.setViewportSize({ width, height });
      await until(classroom, (wanted) => innerWidth === wanted, width);
      await screenshot(classroom, `classroom-slides-${width}`);
      const { slides, teacher: face } = await classroom.evaluate(sizesSeen);
      const scale = width / 1366;
      assert.ok(Math.abs(slides.width - 1024 * scale) < 8, `slides are ${slides.width} px wide of ${width}`);
      assert.ok(Math.abs(slides.height - 576 * scale) < 8, `slides are ${slides.height} px high of ${height}`);
      assert.ok(Math.abs(face.width - 342 * scale) < 8, `the teacher is ${face.width} px wide of ${width}`);
    }
    await screenshot(teacher, 'teacher-sharing');
    await teacher.setViewportSize(SIZES[1]);
    await screenshot(teacher, 'teacher-sharing-1920');

    const countCameras = () => teacher.posts.filter((path) => path.endsWith('/camera')).length;
    const [cameraPosts, posts] = [countCameras(), classroom.posts.length];
    await teacher.getByRole('button', { name: '停止共享' }).click();
    await untilLayout(classroom, 'teacher');
    await teacher.getByRole('button', { name: '共享课件' }).click();
    await untilLayout(classroom, 'slides-and-teacher');
    assert.equal(countCameras(), cameraPosts, 'the camera went on');
    assert.equal(classroom.posts.length, posts, 'the classroom negotiated nothing');

    await teacher.getByRole('button', { name: '下课' }).click();
    await teacher.getByRole('dialog').getByRole('button', { name: '下课' }).click();
    await untilLayout(classroom, 'waiting');
    assert.deepEqual([...teacher.errors, ...classroom.errors], []);
  });

  test('a muted microphone is silent and comes back muted', { timeout: TEST_MS }, async (t) => {
    const teacher = await openTeacher(await newContext(t), relay.url);
    await teacher.getByRole('button', { name: '开始上课' }).click();
    await teacher.keyboard.press('m');
    const isSilent = () => {
      const peers = window.testPeers.filter((peer) => peer.signalingState !== 'closed');
      const tracks = peers.flatMap((peer) => peer.getSenders().map((sender) => sender.track));
      const voices = tracks.filter((track) => track?.kind === 'audio');
      return voices.length > 0 && voices.every((track) => !track.enabled);
    };
    await until(teacher, isSilent);
    await teacher.reload();
    // The lesson goes on by itself after the page was opened again.
    await teacher.getByRole('button', { name: '下课' }).waitFor();
    await until(teacher, isSilent);
    await teacher.getByText('已静音，课堂听不到您').first().waitFor();
  });
});
