// SPDX-License-Identifier: Apache-2.0
//
// Classroom screens: pairing one by the code that it shows, and the list of those that are paired.
import { useState } from 'preact/hooks';
import { ask } from './api.js';
import { wallClock } from './dates.js';
import { AskDialog, Dialog } from './dialog.js';
import { ProblemText } from './problem-text.js';
import { useSchoolList } from './school-records.js';
import { html } from '../shared/html.js';
import { t } from '../shared/language.js';

/** First the code, then what it belongs to and where it shall stand. @param {{ page: any }} props */
export function PairingForm({ page }) {
  const [code, setCode] = useState('');
  const [pairing, setPairing] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [done, setDone] = useState('');
  const onSubmit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setProblem(null);
    setDone('');
    try {
      setPairing(await ask('GET', `/api/v1/pairings/${encodeURIComponent(code.trim())}`));
    } catch (error) {
      setProblem(error);
    }
  };
  return html`<section class="pairing" aria-labelledby="pairing-title">
    <h2 id="pairing-title">${t('pairingTitle')}</h2>
    <p class="hint">${t('pairingHint')}</p>
    <form class="pairing-form" onSubmit=${onSubmit}>
      <label for="pairing-code">${t('pairingCode')}</label>
      <input
        id="pairing-code"
        required
        autocomplete="off"
        autocapitalize="characters"
        value=${code}
        onInput=${(/** @type {any} */ event) => setCode(event.target.value)}
      />
      <button type="submit" class="primary">${t('pairingFind')}</button>
    </form>
    <${ProblemText} problem=${problem} />
    ${done && html`<p class="notice is-news" role="status"><span>● ${done}</span></p>`}
    ${pairing &&
    html`<${ConfirmDialog}
      page=${page}
      pairing=${pairing}
      onDone=${(/** @type {string} */ name) => {
        setDone(t('pairingDone', { name }));
        setCode('');
      }}
      onClose=${() => setPairing(null)}
    />`}
  </section>`;
}

/** @param {{ page: any, pairing: any, onDone: (name: string) => void, onClose: () => void }} props */
function ConfirmDialog({ page, pairing, onDone, onClose }) {
  const { directory } = page;
  const [schoolId, setSchoolId] = useState('');
  const [roomId, setRoomId] = useState('');
  const rooms = directory.of('classrooms', schoolId);
  const choose = (/** @type {string} */ id) => {
    setSchoolId(id);
    setRoomId(directory.of('classrooms', id)[0]?.id ?? '');
  };
  const save = async () => {
    await ask('POST', `/api/v1/pairings/${encodeURIComponent(pairing.user_code)}/confirm`, { json: { classroom_id: roomId } });
    onDone(`${directory.nameOf(schoolId)} ${directory.nameOf(roomId)}`);
  };
  const at = wallClock(Date.parse(pairing.created_at) / 1000, directory.zone);
  return html`<${Dialog}
    title="${t('pairingConfirm')} ${pairing.user_code}"
    onClose=${onClose}
    onSave=${save}
    saveLabel=${t('pairingYes')}
    isSaveOff=${!roomId}
  >
    <p>${t('pairingFrom', { address: pairing.address, at: at.clock })}</p>
    <p>${t('pairingCheck')}</p>
    <div class="field">
      <label for="pairing-school">${t('schoolName')}</label>
      <select id="pairing-school" required value=${schoolId} onChange=${(/** @type {any} */ event) => choose(event.target.value)}>
        <option value="">—</option>
        ${directory.lists.schools.map(
          (/** @type {any} */ one) => html`<option value=${one.id} selected=${one.id === schoolId}>${one.name}</option>`,
        )}
      </select>
    </div>
    <div class="field">
      <label for="pairing-room">${t('classroomName')}</label>
      <select
        id="pairing-room"
        required
        value=${roomId}
        onChange=${(/** @type {any} */ event) => setRoomId(event.target.value)}
      >
        ${rooms.map((/** @type {any} */ one) => html`<option value=${one.id} selected=${one.id === roomId}>${one.name}</option>`)}
      </select>
    </div>
  <//>`;
}

/** @param {{ page: any, schoolId: string, isReadOnly?: boolean }} props */
export function Devices({ page, schoolId, isReadOnly }) {
  const { items, problem, load } = useSchoolList('/api/v1/devices', schoolId);
  const [revoked, setRevoked] = useState(/** @type {any} */ (null));
  const mine = items.filter((one) => one.school_id === schoolId && !one.revoked_at);
  const time = (/** @type {string | null} */ text) => {
    if (!text) return '—';
    const { date, clock } = wallClock(Date.parse(text) / 1000, page.directory.zone);
    return `${date} ${clock}`;
  };
  const revoke = async () => {
    await ask('DELETE', `/api/v1/devices/${encodeURIComponent(revoked.id)}`);
    await load();
  };
  return html`<section class="records" aria-labelledby="devices-title">
    <header class="records-header">
      <h2 id="devices-title">${t('officeDevices')} <span class="count">${mine.length}</span></h2>
    </header>
    <${ProblemText} problem=${problem} />
    ${mine.length === 0
      ? html`<p class="hint">${t('devicesNone')}</p>`
      : html`<div class="table-scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">${t('deviceName')}</th>
                <th scope="col">${t('classroomName')}</th>
                <th scope="col">${t('devicePaired')}</th>
                <th scope="col">${t('deviceSeen')}</th>
                <th scope="col"><span class="unseen">${t('officeActions')}</span></th>
              </tr>
            </thead>
            <tbody>
              ${mine.map(
                (one) => html`<tr key=${one.id}>
                  <td>${one.name}</td>
                  <td>${one.classroom_name}</td>
                  <td>${time(one.paired_at)}</td>
                  <td>${time(one.seen_at)}</td>
                  <td class="row-actions">
                    ${!isReadOnly && html`<button type="button" class="danger" onClick=${() => setRevoked(one)}>${t('deviceRevoke')}</button>`}
                  </td>
                </tr>`,
              )}
            </tbody>
          </table>
        </div>`}
    ${revoked &&
    html`<${AskDialog}
      title=${t('deviceRevokeAsk', { name: revoked.name })}
      text=${t('deviceRevokeHint')}
      yes=${t('deviceRevoke')}
      onYes=${revoke}
      onClose=${() => setRevoked(null)}
    />`}
  </section>`;
}
