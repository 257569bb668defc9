// SPDX-License-Identifier: Apache-2.0
//
// What the teacher sends, as the teacher sees it: the own picture, as in a mirror where it is of the teacher, and the
// slides.
import { useEffect, useRef } from 'preact/hooks';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

/** @typedef {import('./teacher-lesson.js').TeacherLesson} Lesson */

/** @param {{ track: MediaStreamTrack | null, label: string, className?: string }} props */
export function Preview({ track, label, className = '' }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  useEffect(() => {
    if (!video.current) return;
    video.current.srcObject = track ? new MediaStream([track]) : null;
    if (track) video.current.play().catch(() => {});
  }, [track]);
  return html`<video ref=${video} class=${className} aria-label=${label} autoplay muted playsinline></video>`;
}

/**
 * Oneself one knows from mirrors; a board or a score could not be read in one. Most cameras do not say which way they
 * look: an only one looks at the teacher.
 * @param {MediaStreamTrack | null} track
 * @param {number} nCameras
 */
export function isMirrored(track, nCameras) {
  const facingMode = track?.getSettings().facingMode;
  return facingMode === undefined ? nCameras <= 1 : facingMode === 'user';
}

/** @param {{ lesson: Lesson }} props */
export function OwnPicture({ lesson }) {
  const { video } = lesson.tracks;
  const className = isMirrored(video, lesson.room.cameras.list.length) ? 'is-mirrored' : '';
  return html`<figure class="own-picture">
    <${Preview} track=${video} label=${t('ownPicture')} className=${className} />
    ${video === null && html`<p class="picture-empty">${t('noCameraOption')}</p>`}
    <figcaption>${t('ownPicture')}</figcaption>
  </figure>`;
}

/** @param {{ lesson: Lesson }} props */
export function SlidesPicture({ lesson }) {
  const { screen } = lesson;
  return html`<figure class="slides-picture">
    ${screen
      ? html`<${Preview} track=${screen.video} label=${t('slides')} />`
      : html`<p class="picture-empty">${t('slidesNone')}<small>${t('slidesNoneHint')}</small></p>`}
    <figcaption>
      ${t('slides')} ${screen && !lesson.isLive && html`<small>${t('slidesBeforeLesson')}</small>`}
    </figcaption>
  </figure>`;
}
