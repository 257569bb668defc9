// SPDX-License-Identifier: Apache-2.0
//
// The roles of people: what they are called, and which page is theirs.
import { t } from '../shared/language.js';

/** @typedef {import('../shared/language.js').WordKey} WordKey */

/** @type {Record<string, WordKey>} */
export const ROLE_WORDS = {
  coordinator: 'roleCoordinator',
  school: 'roleSchool',
  teacher: 'roleTeacher',
  assistant: 'roleAssistant',
  supervisor: 'roleSupervisor',
  auditor: 'roleAuditor',
};

/** Where each works. @type {Record<string, string>} */
export const HOMES = {
  coordinator: '/coordinator',
  school: '/school',
  teacher: '/teacher',
  assistant: '/school',
  supervisor: '/supervisor',
  auditor: '/auditor',
};

/** Who else comes up in the log. @type {Record<string, WordKey>} */
const OTHERS = { classroom: 'roleClassroom', operator: 'roleOperator', none: 'roleNobody' };

/** @param {string} role @returns {string} */
export function roleText(role) {
  const word = ROLE_WORDS[role] ?? OTHERS[role];
  return word ? t(word) : role;
}

/** @param {string[]} roles @returns {string} such as 学校教务、助教 */
export const roleNames = (roles) => roles.map(roleText).join(t('officeComma'));
