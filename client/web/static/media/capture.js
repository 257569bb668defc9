// SPDX-License-Identifier: Apache-2.0
//
// Camera, microphone and screen of the teacher's computer: opening them, choosing among several, and saying
// in one word of ours what went wrong. A teacher without a camera can still teach, so each of the two is
// tried by itself when they cannot be had together.
import { recall } from '../shared/memory.js';

/** @typedef {'audio' | 'video'} Kind */
/**
 * @typedef {'refused' | 'noDevices' | 'noCamera' | 'noMicrophone' | 'inUse' | 'lost' | 'insecure' | 'tooOld'
 *   | 'shareRefused' | 'shareUnsupported'} CaptureProblem
 */
/**
 * @typedef {object} Captured
 * @property {MediaStreamTrack | null} audio
 * @property {MediaStreamTrack | null} video
 * @property {CaptureProblem | null} problem
 */

/** Beyond 720p an old classroom PC gains nothing on a third of its screen. */
const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
/** @type {MediaTrackConstraints} */
const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: { ideal: 1 } };
/** Slides are read, not watched: 15 pictures a second carry a scrolling page, and a clip well enough. */
const SCREEN = { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 15, max: 30 } };

/** @param {unknown} error OverconstrainedError is neither an Error nor a DOMException everywhere */
const nameOf = (error) => String(/** @type {any} */ (error)?.name ?? '');

/** @param {Kind} kind @param {boolean} asChosen the device that was chosen last, and no other */
function constraintsFor(kind, asChosen) {
  const deviceId = recall(`device.${kind}`);
  const wish = asChosen && deviceId !== null ? { deviceId: { exact: deviceId } } : {};
  return kind === 'video' ? { ...CAMERA, ...wish } : { ...VOICE, ...wish };
}

/** @returns {CaptureProblem | null} what stands in the way before anything is asked */
export function captureObstacle() {
  if (!window.isSecureContext) return 'insecure';
  if (!navigator.mediaDevices?.getUserMedia || !window.RTCPeerConnection) return 'tooOld';
  return null;
}

/** @param {Kind[]} kinds @param {boolean} asChosen */
function ask(kinds, asChosen) {
  /** @type {MediaStreamConstraints} */
  const constraints = {};
  for (const kind of kinds) constraints[kind] = constraintsFor(kind, asChosen);
  return navigator.mediaDevices.getUserMedia(constraints);
}

/** @param {Kind[]} kinds */
async function openTogether(kinds) {
  const stream = await ask(kinds, true).catch((error) => {
    // The device of last time is not plugged in today: any other is better than none.
    if (nameOf(error) === 'OverconstrainedError') return ask(kinds, false);
    throw error;
  });
  const audio = stream.getAudioTracks()[0] ?? null;
  const video = stream.getVideoTracks()[0] ?? null;
  if (audio) audio.contentHint = 'speech';
  if (video) video.contentHint = 'motion';
  return { audio, video };
}

/** @param {Record<Kind, unknown>} errors @returns {CaptureProblem | null} */
function problemOf({ audio, video }) {
  if (audio === null && video === null) return null;
  const names = [nameOf(audio), nameOf(video)];
  if (names.includes('NotAllowedError') || names.includes('SecurityError')) return 'refused';
  if (names.includes('NotReadableError') || names.includes('AbortError')) return 'inUse';
  if (audio !== null && video !== null) return 'noDevices';
  return video !== null ? 'noCamera' : 'noMicrophone';
}

/** @returns {Promise<Captured>} */
export async function openCameraAndMicrophone() {
  const obstacle = captureObstacle();
  if (obstacle !== null) return { audio: null, video: null, problem: obstacle };
  try {
    return { ...(await openTogether(['audio', 'video'])), problem: null };
  } catch (error) {
    // Asking again after a refusal would only show the question a second time.
    if (nameOf(error) === 'NotAllowedError') return { audio: null, video: null, problem: 'refused' };
  }
  /** @type {Record<Kind, MediaStreamTrack | null>} */
  const tracks = { audio: null, video: null };
  /** @type {Record<Kind, unknown>} */
  const errors = { audio: null, video: null };
  for (const kind of /** @type {Kind[]} */ (['audio', 'video'])) {
    try {
      tracks[kind] = (await openTogether([kind]))[kind];
    } catch (error) {
      errors[kind] = error;
    }
  }
  return { ...tracks, problem: problemOf(errors) };
}

/**
 * This camera and no other.
 * @param {string} deviceId
 * @returns {Promise<{ track: MediaStreamTrack | null, problem: CaptureProblem | null }>}
 */
export async function openCamera(deviceId) {
  try {
    const video = { ...CAMERA, deviceId: { exact: deviceId } };
    const track = (await navigator.mediaDevices.getUserMedia({ video })).getVideoTracks()[0];
    track.contentHint = 'motion';
    return { track, problem: null };
  } catch (error) {
    return { track: null, problem: problemOf({ audio: null, video: error }) };
  }
}

/**
 * What a microphone is opened with. Music is spoilt by suppression and gain control, and by echo cancelling too, which
 * is therefore on only while the room's loudspeaker plays somebody.
 * @param {boolean} isMusic
 * @param {boolean} isEchoing
 * @returns {MediaTrackConstraints}
 */
export function soundConstraints(isMusic, isEchoing) {
  if (!isMusic) return VOICE;
  return { echoCancellation: isEchoing, noiseSuppression: false, autoGainControl: false, channelCount: { ideal: 2 } };
}

/**
 * The microphone that was chosen last, or any other where that is not plugged in today.
 * @param {MediaTrackConstraints} sound
 * @returns {Promise<{ track: MediaStreamTrack | null, problem: CaptureProblem | null }>}
 */
export async function openMicrophone(sound) {
  const obstacle = captureObstacle();
  if (obstacle !== null) return { track: null, problem: obstacle };
  const deviceId = recall('device.audio');
  const wishes = deviceId === null ? [sound] : [{ ...sound, deviceId: { exact: deviceId } }, sound];
  /** @type {unknown} */
  let failure = null;
  for (const audio of wishes) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio });
      return { track: stream.getAudioTracks()[0], problem: null };
    } catch (error) {
      failure = error;
      if (nameOf(error) !== 'OverconstrainedError') break;
    }
  }
  const problem = problemOf({ audio: failure, video: null });
  return { track: null, problem };
}

/** @returns {Promise<Record<Kind, MediaDeviceInfo[]>>} */
export async function listDevices() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return {
    audio: devices.filter((device) => device.kind === 'audioinput' && device.deviceId !== ''),
    video: devices.filter((device) => device.kind === 'videoinput' && device.deviceId !== ''),
  };
}

/**
 * Must be called from a click or a key, as browsers demand.
 * @returns {Promise<Captured>}
 */
export async function openScreen() {
  if (!window.isSecureContext) return { audio: null, video: null, problem: 'insecure' };
  if (!navigator.mediaDevices?.getDisplayMedia) return { audio: null, video: null, problem: 'shareUnsupported' };
  try {
    // The sound of a clip goes along as it is: no echo cancelling or gain control, which would spoil music.
    const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: SCREEN, audio });
    const track = stream.getVideoTracks()[0];
    track.contentHint = 'detail';
    return { audio: stream.getAudioTracks()[0] ?? null, video: track, problem: null };
  } catch (error) {
    return { audio: null, video: null, problem: nameOf(error) === 'NotReadableError' ? 'inUse' : 'shareRefused' };
  }
}
