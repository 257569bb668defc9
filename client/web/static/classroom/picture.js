// SPDX-License-Identifier: Apache-2.0
//
// One received picture. When the connection is replaced, the last picture is copied to a canvas, which stays
// in front until the first picture of the new connection is there, so that the room never sees black.
import { useEffect, useRef } from 'preact/hooks';
import { html } from '../shared/html.js';

/** @param {HTMLVideoElement} video @param {HTMLCanvasElement} canvas */
function keepLastPicture(video, canvas) {
  if (video.videoWidth === 0 || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  canvas.hidden = false;
}

/**
 * @param {{ slot: string, track: MediaStreamTrack | undefined, label: string }} props
 */
export function Picture({ slot, track, label }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useEffect(() => {
    const { current } = video;
    if (!current || !canvas.current) return;
    keepLastPicture(current, canvas.current);
    current.srcObject = track ? new MediaStream([track]) : null;
    // Silent pictures may always play; the sound has elements of its own.
    if (track) current.play().catch(() => {});
  }, [track]);
  const onFirstPicture = () => {
    if (canvas.current) canvas.current.hidden = true;
  };
  return html`<div class="picture" data-slot=${slot}>
    <video
      ref=${video}
      data-slot=${slot}
      aria-label=${label}
      autoplay
      muted
      playsinline
      onLoadedData=${onFirstPicture}
    ></video>
    <canvas ref=${canvas} hidden aria-hidden="true"></canvas>
  </div>`;
}
