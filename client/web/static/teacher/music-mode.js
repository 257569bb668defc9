// SPDX-License-Identifier: Apache-2.0
//
// 音乐模式: what the host room plays and sings goes out as it sounds. The microphone is opened without suppression and
// gain control, in stereo where it has two channels, and Opus gets three times the bitrate of speech. Echo is cancelled
// only while a classroom has the floor, since that is when the host room's loudspeaker plays somebody.
import { MUSIC_BPS, SPEECH_BPS } from '../media/opus.js';
import { recallForTab, rememberForTab } from '../shared/memory.js';
import { Subject } from '../shared/subject.js';

export class MusicMode extends Subject {
  /** A page opened again goes on with music. */
  isOn = recallForTab('teacher.music') === 'yes';
  /** Called with what Opus may use from now on. */
  onBitrateChanged = (/** @type {number} */ _bps) => {};
  #microphone;

  /** @param {import('../media/microphone.js').Microphone} microphone */
  constructor(microphone) {
    super();
    this.#microphone = microphone;
    void microphone.setMusic(this.isOn);
  }

  get bps() {
    return this.isOn ? MUSIC_BPS : SPEECH_BPS;
  }

  toggle() {
    return this.set(!this.isOn);
  }

  /** @param {boolean} isOn */
  async set(isOn) {
    this.isOn = isOn;
    rememberForTab('teacher.music', this.isOn ? 'yes' : null);
    this.onBitrateChanged(this.bps);
    this.changed();
    await this.#microphone.setMusic(this.isOn);
  }

  /** @param {boolean} isTaken a classroom has the floor */
  setFloorTaken(isTaken) {
    void this.#microphone.setEchoing(isTaken);
  }
}
