// SPDX-License-Identifier: Apache-2.0
//
// All browser tests in one process and one after another: each needs a whole machine to itself when that has
// two cores and no GPU.
import './modules.mjs';
import './teacher-modules.mjs';
import './line-probe.mjs';
import './howl.mjs';
import './layout.mjs';
import './people.mjs';
import './coordinator.mjs';
import './readers.mjs';
import './lesson.mjs';
import './https.mjs';
import './teacher.mjs';
import './classroom.mjs';
import './cameras.mjs';
import './slides.mjs';
import './echo.mjs';
import './recovery.mjs';
import './outage.mjs';
import './continuity.mjs';
import './show.mjs';
