// SPDX-License-Identifier: Apache-2.0
//
// What the teacher sends, as the teacher sees it: the own picture, mirrored as in a mirror, and the slides.
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

/** @param {{ lesson: Lesson }} props */
export function OwnPicture({ lesson }) {
  return html`<figure class="own-picture">
    <${Preview} track=${lesson.tracks.video} label=${t('ownPicture')} className="is-mirrored" />
    ${lesson.tracks.video === null && html`<p class="picture-empty">${t('noCameraOption')}</p>`}
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
