// SPDX-License-Identifier: Apache-2.0
//
// The two small panels beside the teacher's picture: which camera and microphone, with a bar that moves when
// somebody speaks; and how the line does, as two numbers and one curve.
import { useEffect, useRef } from 'preact/hooks';
import { LevelMeter } from '../media/level-meter.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';
import { Preview } from './pictures.js';

/** @typedef {import('./teacher-lesson.js').TeacherLesson} Lesson */
/** @typedef {import('../media/capture.js').Kind} Kind */

/** @param {{ lesson: Lesson, hasPreviews?: boolean }} props `hasPreviews`: all cameras are opened to look at */
export function DevicePanel({ lesson, hasPreviews = false }) {
  return html`<section class="panel" aria-label="${t('camera')}, ${t('microphone')}">
    <${DeviceChoice} lesson=${lesson} kind="video" />
    ${hasPreviews && html`<${CameraPreviews} cameras=${lesson.room.cameras} />`}
    <${DeviceChoice} lesson=${lesson} kind="audio" />
    <${Level} track=${lesson.tracks.audio} isMuted=${lesson.isMuted} />
  </section>`;
}

/** @param {{ lesson: Lesson, kind: Kind }} props */
function DeviceChoice({ lesson, kind }) {
  const devices = lesson.devices[kind];
  const label = kind === 'video' ? t('camera') : t('microphone');
  const current = lesson.tracks[kind]?.getSettings().deviceId ?? '';
  return html`<div class="device">
    <label for="device-${kind}">${label}</label>
    <select
      id="device-${kind}"
      disabled=${devices.length === 0}
      value=${current}
      onChange=${(/** @type {any} */ event) => lesson.chooseDevice(kind, event.target.value)}
    >
      ${lesson.tracks[kind] === null &&
      html`<option value="">${kind === 'video' ? t('noCameraOption') : t('noMicrophoneOption')}</option>`}
      ${devices.map(
        ({ deviceId, label: name }, index) => html`<option
          key=${deviceId}
          value=${deviceId}
          selected=${deviceId === current}
        >
          ${name || `${label} ${index + 1}`}
        </option>`,
      )}
    </select>
  </div>`;
}

/** All cameras at once, before class: pressing one switches to it. @param {{ cameras: import('./cameras.js').Cameras }} props */
function CameraPreviews({ cameras }) {
  const isChoice = cameras.list.length > 1;
  useEffect(() => {
    if (!isChoice) return undefined;
    void cameras.preview(true);
    return () => void cameras.preview(false);
  }, [isChoice, cameras.list.length]);
  if (!isChoice || cameras.previews.size === 0) return null;
  return html`<div class="camera-previews" role="group" aria-label=${t('cameras')}>
    ${cameras.list.map(
      ({ number, deviceId, name }) => html`<button
        key=${deviceId}
        type="button"
        class=${number === cameras.number ? 'is-chosen' : ''}
        aria-pressed=${number === cameras.number ? 'true' : 'false'}
        aria-keyshortcuts=${String(number)}
        aria-label=${t('cameraUse', { n: number, name })}
        title=${name}
        onClick=${() => cameras.use(number)}
      >
        <${Preview} track=${cameras.previews.get(deviceId) ?? null} label=${t('cameraName', { n: number })} />
        <kbd aria-hidden="true">${number}</kbd>
      </button>`,
    )}
  </div>`;
}

/** @param {{ track: MediaStreamTrack | null, isMuted: boolean }} props */
function Level({ track, isMuted }) {
  const bar = useRef(/** @type {HTMLElement | null} */ (null));
  const meter = useRef(/** @type {LevelMeter | null} */ (null));
  useEffect(() => {
    const made = new LevelMeter((level) => {
      if (bar.current) bar.current.style.transform = `scaleX(${level.toFixed(3)})`;
      bar.current?.parentElement?.setAttribute('aria-valuenow', String(Math.round(level * 10) * 10));
    });
    meter.current = made;
    const wake = () => made.wake();
    for (const event of ['pointerdown', 'keydown']) addEventListener(event, wake);
    return () => {
      for (const event of ['pointerdown', 'keydown']) removeEventListener(event, wake);
      made.close();
    };
  }, []);
  useEffect(() => meter.current?.listenTo(track), [track]);
  return html`<div class="level">
    <div
      class="level-track ${isMuted ? 'is-muted' : ''}"
      role="meter"
      aria-label=${t('microphoneLevel')}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow="0"
    >
      <span class="level-bar" ref=${bar}></span>
    </div>
    <p class="hint">${isMuted ? t('mutedNow') : t('speakToTest')}</p>
  </div>`;
}

/** @param {{ lesson: Lesson }} props */
export function LinePanel({ lesson }) {
  const kbps = lesson.speeds.at(-1) ?? 0;
  return html`<section class="panel line" aria-label=${t('line')}>
    ${lesson.isLive
      ? html`<dl>
            <dt>${t('lineSpeed')}</dt>
            <dd class="line-speed">${t('lineSpeedValue', { n: (kbps / 1000).toFixed(1) })}</dd>
            <dt>${t('lineLoss')}</dt>
            <dd class="line-loss">${(lesson.lossFraction * 100).toFixed(1)} %</dd>
          </dl>
          <${SpeedCurve} speeds=${lesson.speeds} />`
      : html`<p class="hint">${t('line')}: ${t('lineNotYet')}</p>`}
  </section>`;
}

const CURVE_WIDTH = 60;
const CURVE_HEIGHT = 20;

/** @param {{ speeds: number[] }} props one value a second, the newest at the right edge */
function SpeedCurve({ speeds }) {
  const top = Math.max(1000, ...speeds);
  const points = speeds.map((kbps, index) => {
    const x = CURVE_WIDTH - (speeds.length - 1 - index);
    return `${x},${(CURVE_HEIGHT - (kbps / top) * CURVE_HEIGHT).toFixed(2)}`;
  });
  return html`<svg
    class="curve"
    viewBox="0 0 ${CURVE_WIDTH} ${CURVE_HEIGHT}"
    preserveAspectRatio="none"
    role="img"
    aria-label=${t('lineSpeedGraph')}
  >
    <polyline points=${points.join(' ')} />
  </svg>`;
}
