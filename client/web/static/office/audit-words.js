// SPDX-License-Identifier: Apache-2.0
//
// What the audit log calls things, in words. What is not here is shown as it is.
import { t } from '../shared/language.js';

/** @typedef {import('../shared/language.js').WordKey} WordKey */

/** @type {Record<string, WordKey>} */
export const VERB_WORDS = {
  'sign-in': 'auditVerbSignIn',
  'sign-out': 'auditVerbSignOut',
  'sign-in-alert': 'auditVerbSignInAlert',
  'account-added': 'auditVerbAccountAdded',
  'account-edited': 'auditVerbAccountEdited',
  'account-deleted': 'auditVerbAccountDeleted',
  'account-rights-changed': 'auditVerbAccountRights',
  'password-changed': 'auditVerbPasswordChanged',
  'password-reset': 'auditVerbPasswordReset',
  'pairing-confirmed': 'auditVerbPairingConfirmed',
  'device-paired': 'auditVerbDevicePaired',
  'device-revoked': 'auditVerbDeviceRevoked',
  'device-renamed': 'auditVerbDeviceRenamed',
  join: 'auditVerbJoin',
  extend: 'auditVerbExtend',
  end: 'auditVerbEnd',
  create: 'auditVerbCreate',
  edit: 'auditVerbEdit',
  delete: 'auditVerbDelete',
  import: 'auditVerbImport',
  move: 'auditVerbMove',
  cancel: 'auditVerbCancel',
  staff: 'auditVerbStaff',
  add: 'auditVerbAdd',
  withdraw: 'auditVerbWithdraw',
  revoke: 'auditVerbRevoke',
  acknowledge: 'auditVerbAcknowledge',
};

/** @type {Record<string, WordKey>} */
export const KIND_WORDS = {
  account: 'auditKindAccount',
  device: 'auditKindDevice',
  classroom: 'auditKindClassroom',
  lesson: 'auditKindLesson',
  course: 'auditKindCourse',
  change: 'auditKindChange',
  notice: 'auditKindNotice',
  school: 'auditKindSchool',
  class: 'auditKindClass',
  teacher: 'auditKindTeacher',
  term: 'auditKindTerm',
  bells: 'auditKindBells',
  busy: 'auditKindBusy',
  table: 'auditKindTable',
  feed: 'auditKindFeed',
};

/** @param {string} verb @returns {string} */
export const verbText = (verb) => (VERB_WORDS[verb] ? t(VERB_WORDS[verb]) : verb);

/** @param {string} object 'lesson/abc' @returns {{ kind: string, id: string }} the kind in words */
export function objectParts(object) {
  const [kind, ...rest] = object.split('/');
  return { kind: KIND_WORDS[kind] ? t(KIND_WORDS[kind]) : kind, id: rest.join('/') };
}
