// SPDX-License-Identifier: Apache-2.0
//
// The language of the page: Chinese unless somebody chose English, and remembered in this browser. t() looks
// a sentence up; the words themselves are in words/, where the type checker sees to it that both lists hold
// the same keys.
import { en } from '../words/en.js';
import { officeEn } from '../words/office-en.js';
import { officeZhCN } from '../words/office-zh-cn.js';
import { readersEn } from '../words/readers-en.js';
import { readersZhCN } from '../words/readers-zh-cn.js';
import { teacherEn } from '../words/teacher-en.js';
import { teacherZhCN } from '../words/teacher-zh-cn.js';
import { zhCN } from '../words/zh-cn.js';
import { recall, remember } from './memory.js';
import { Subject, useSubject } from './subject.js';

/** @typedef {keyof typeof zhCN | keyof typeof officeZhCN | keyof typeof readersZhCN | keyof typeof teacherZhCN} WordKey */
/** @typedef {'zh_CN' | 'en'} LanguageCode */

const words = {
  zh_CN: { ...zhCN, ...officeZhCN, ...readersZhCN, ...teacherZhCN },
  en: { ...en, ...officeEn, ...readersEn, ...teacherEn },
};
const htmlCodes = { zh_CN: 'zh-CN', en: 'en' };

class Language extends Subject {
  /** @type {LanguageCode} */
  code = recall('language') === 'en' ? 'en' : 'zh_CN';

  /** @param {LanguageCode} code */
  choose(code) {
    this.code = code;
    remember('language', code);
    this.apply();
    this.changed();
  }

  /** Tells the document, so that screen readers and line breaking follow. */
  apply() {
    document.documentElement.lang = htmlCodes[this.code];
    const title = document.documentElement.dataset.title;
    if (title) document.title = t(/** @type {WordKey} */ (title));
  }
}

export const language = new Language();

/** Draws the component anew when another language is chosen. */
export const useLanguage = () => useSubject(language);

/**
 * @param {WordKey} key
 * @param {Record<string, string | number>} [values] put where the sentence says {name}
 */
export function t(key, values = {}) {
  return words[language.code][key].replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
