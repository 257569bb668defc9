// SPDX-License-Identifier: Apache-2.0
//
// The week for those who do not plan it: every lesson opens, none can be changed.
import { useState } from 'preact/hooks';
import { html } from '../shared/html.js';
import { LessonDialog } from './lesson-dialog.js';
import { WeekTimetable } from './week.js';

/** @param {{ page: any, isOneSchool?: boolean, buttons?: any }} props */
export function ReadWeek({ page, isOneSchool, buttons }) {
  const [lesson, setLesson] = useState(/** @type {any} */ (null));
  const close = () => setLesson(null);
  return html`<${WeekTimetable}
      page=${page}
      week=${page.week}
      canEdit=${false}
      isOneSchool=${isOneSchool}
      buttons=${buttons}
      onOpen=${setLesson}
    />
    ${lesson &&
    html`<${LessonDialog} page=${page} lesson=${lesson} canEdit=${false} onWish=${close} onDone=${close} onClose=${close} />`}`;
}
