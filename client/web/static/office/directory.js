// SPDX-License-Identifier: Apache-2.0
//
// What the office's pages look names up in: schools, classrooms, classes, teachers and terms, as far as the
// person may see them. Read once, and a list again after it was edited.
import { t } from '../shared/language.js';
import { Subject } from '../shared/subject.js';
import { askAll } from './api.js';
import { addDays, today } from './dates.js';

/** @typedef {'schools' | 'classrooms' | 'classes' | 'teachers' | 'terms'} ListName */

/** @type {ListName[]} */
const LISTS = ['schools', 'classrooms', 'classes', 'teachers', 'terms'];
const ZONE = 'Asia/Shanghai';

/** @param {any} a @param {any} b */
const byCode = (a, b) => String(a.code ?? '').localeCompare(String(b.code ?? ''));

export class Directory extends Subject {
  isLoaded = false;
  /** @type {any} */
  problem = null;
  /** @type {Record<ListName, any[]>} */
  lists = { schools: [], classrooms: [], classes: [], teachers: [], terms: [] };
  /** @type {Map<string, any>} */
  #byId = new Map();
  #termId = '';

  /** @param {...ListName} names all of them without any */
  async load(...names) {
    try {
      const wanted = names.length > 0 ? names : LISTS;
      const loaded = await Promise.all(wanted.map((name) => askAll(`/api/v1/${name}`)));
      wanted.forEach((name, i) => {
        this.lists[name] = loaded[i];
      });
      this.lists.schools.sort(byCode);
      this.lists.classrooms.sort(byCode);
      this.lists.teachers.sort(byCode);
      this.lists.classes.sort((a, b) => a.grade - b.grade || a.number - b.number);
      this.lists.terms.sort((a, b) => a.first_monday.localeCompare(b.first_monday));
      this.#byId = new Map(LISTS.flatMap((name) => this.lists[name].map((item) => [item.id, item])));
      this.isLoaded = true;
      this.problem = null;
    } catch (problem) {
      this.problem = problem;
    }
    this.changed();
  }

  /** @param {string | null | undefined} id @returns {any} */
  get(id) {
    return id ? this.#byId.get(id) : undefined;
  }

  /** @param {string | null | undefined} id */
  nameOf(id) {
    return this.get(id)?.name ?? '—';
  }

  /** @param {ListName} name @param {string | null | undefined} schoolId */
  of(name, schoolId) {
    return this.lists[name].filter((item) => item.school_id === schoolId);
  }

  /** @param {any} item of a school @returns {string} */
  schoolNameOf(item) {
    return this.nameOf(item?.school_id);
  }

  /** The term that was chosen, else today's, the next, the last. @returns {any} */
  get term() {
    const { terms } = this.lists;
    const chosen = terms.find(({ id }) => id === this.#termId);
    if (chosen) return chosen;
    const date = today(ZONE);
    return terms.find((term) => lastDayOf(term) >= date) ?? terms[terms.length - 1] ?? null;
  }

  /** @param {string} id */
  chooseTerm(id) {
    this.#termId = id;
    this.changed();
  }

  get zone() {
    return this.term?.time_zone ?? ZONE;
  }
}

/** @param {any} term @returns {string} its last Sunday */
export const lastDayOf = (term) => addDays(term.first_monday, term.n_weeks * 7 - 1);

/** @param {any} one a class @returns {string} such as 三(2)班 */
export function classText(one) {
  return t('officeClassName', { grade: gradeText(one.grade), number: one.number });
}

/** @param {number} grade */
export const gradeText = (grade) => t('officeGrades').split(' ')[grade - 1] ?? String(grade);

/** @param {number} weekday 1 … 7 */
export const weekdayText = (weekday) => t('officeWeekdays').split(' ')[weekday - 1];

/** @param {number} weekday 1 … 7 */
export const weekdayShort = (weekday) => t('officeWeekdaysShort').split(' ')[weekday - 1];
