// SPDX-License-Identifier: Apache-2.0
//
// A coordinator's first hour: from an empty relay to a week that runs. The sample district is imported, the term
// entered, courses planned; a conflict is refused and resolved by a free period, a Saturday made up, a lesson given to
// a substitute, a classroom paired, the week printed. Then a lesson opens by itself: the paired classroom joins it
// without anybody, the teacher with one click.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newContext, newPage, screenshot, SIZES, TEST_MS, until, untilMoving } from './chromium.mjs';
import { lookEverywhere } from './looks.mjs';
import { dialog, OFFICE_LIMITS as LIMITS, open, signIn } from './office.mjs';
import { Relay } from './relay.mjs';

const SAMPLES = new URL('../../config/sample-district/', import.meta.url);
const COORDINATOR = { login: 'zhou', name: '周老师', password: 'correct horse battery' };
const DAY_MS = 86400000;
/** The hour at which this test runs, wherever it does: before the sample district's second period. */
const HOUR = 7;

/** A zone without daylight saving in which it is HOUR o'clock now, and today's date there. */
function zoneOfTheMorning() {
  const offset = ((HOUR - new Date().getUTCHours() + 36) % 24) - 12;
  const date = new Date(Date.now() + offset * 3600000).toISOString().slice(0, 10);
  // In these names west is positive.
  const zone = offset === 0 ? 'Etc/GMT' : `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`;
  return { zone, date, offset };
}

const addDays = (date, days) => new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
const weekday = (date) => ((new Date(date).getUTCDay() + 6) % 7) + 1;
const clockIn = (minutes, offset) => new Date(Date.now() + offset * 3600000 + minutes * 60000).toISOString().slice(11, 16);

const saved = (page) => dialog(page).waitFor({ state: 'detached' });

async function importTable(page, kind) {
  await page.getByLabel('内容').selectOption(kind);
  await page.getByLabel('文件').setInputFiles(fileURLToPath(new URL(`${kind}.csv`, SAMPLES)));
  await page.getByRole('button', { name: '试导入' }).click();
  await page.locator('.import-result', { hasText: '没有问题' }).waitFor();
  await page.getByRole('button', { name: '导入', exact: true }).click();
  await page.locator('.import-result', { hasText: '已导入' }).waitFor();
}

const badgeSays = (page, n) => page.locator('.badge', { hasText: new RegExp(`^${n}$`) }).waitFor();

/** The server's answer to the page's own session, for what a test has to know and a page does not tell. */
const asked = (page, path) => page.evaluate((address) => fetch(address).then((answer) => answer.json()), path);

/** A part of the hour: the next builds upon it, so that the first that fails ends the test. */
async function step(page, name, run) {
  try {
    await run();
  } catch (error) {
    await screenshot(page, 'office-failed');
    const shown = await page.evaluate(() => document.body.innerText).catch(() => 'nothing');
    throw new Error([`${name}: ${error.stack}`, `at ${page.url()}: ${shown}`, ...page.errors].join('\n'));
  }
}

describe('coordinator', () => {
  let relay;
  before(async () => {
    relay = await Relay.start({ isDemo: false, accounts: [COORDINATOR] });
  });
  after(async () => {
    await relay?.stop();
  });

  test('a coordinator’s first hour', { timeout: 3 * TEST_MS }, async (t) => {
    const { zone, date, offset } = zoneOfTheMorning();
    const monday = addDays(date, 1 - weekday(date));
    const nextMonday = addDays(monday, 7);
    // High enough for a whole school day: the mouse reaches every hour without scrolling.
    const page = await newPage(await newContext(t, { viewport: SIZES[1] }));
    let nNotices = 0;

    await step(page, 'signing in', async () => {
      await page.goto(`${relay.url}/coordinator`);
      await signIn(page, { login: COORDINATOR.login, password: 'not her password' });
      await page.getByRole('alert').filter({ hasText: '账号或密码不对' }).waitFor();
      await lookEverywhere(page, 'office-sign-in', LIMITS);
      await page.getByRole('button', { name: 'Switch to Chinese' }).click();
      await signIn(page, COORDINATOR);
      await page.getByText('今天没有课').waitFor();
    });

    await step(page, 'importing the sample district', async () => {
      await open(page, '导入导出');
      await page.getByLabel('内容').selectOption('schools');
      await page.getByLabel('文件').setInputFiles({
        name: 'bad.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from('学校代码,学校名称,区县,电话,上行带宽kbps\nA1,第一小学,万州区,,\nA2,,万州区,,很多\n'),
      });
      await page.getByRole('button', { name: '试导入' }).click();
      const row = page.locator('.import-result tbody tr');
      await row.first().waitFor();
      assert.equal(await row.first().locator('td').first().innerText(), '3');
      assert.equal(await row.first().locator('td').nth(1).innerText(), '2 学校名称');
      assert.ok(await page.getByRole('button', { name: '导入', exact: true }).isDisabled(), 'nothing half-imported');
      await lookEverywhere(page, 'office-import-errors', LIMITS);
      await page.getByRole('button', { name: 'Switch to Chinese' }).click();
      for (const kind of ['schools', 'classrooms', 'classes', 'teachers', 'bells', 'busy']) await importTable(page, kind);
      await screenshot(page, 'office-imported');
      await open(page, '学校');
      await page.getByText('龙驹镇中心小学').first().waitFor();
      await lookEverywhere(page, 'office-schools', LIMITS);
      await page.getByRole('button', { name: 'Switch to Chinese' }).click();
    });

    await step(page, 'the term, a holiday and a make-up Saturday', async () => {
      await open(page, '学期');
      await page.getByRole('button', { name: '新增' }).click();
      await page.getByLabel('学期名称').fill('测试学期');
      await page.getByLabel('第一周的星期一').fill(monday);
      await page.getByLabel('周数').fill('20');
      await page.getByLabel('时区').fill(zone);
      await dialog(page).getByRole('button', { name: '保存' }).click();
      await saved(page);

      const friday = addDays(nextMonday, 4);
      await page.locator(`[data-date="${friday}"]`).click();
      await page.getByLabel('放假').check();
      await page.getByLabel('说明').fill('校运会');
      await dialog(page).getByRole('button', { name: '保存' }).click();
      await saved(page);
      await page.locator(`[data-date="${addDays(friday, 1)}"]`).click();
      await page.getByLabel('调休上课').check();
      await page.getByLabel('按哪一天的课表上课').fill(friday);
      await dialog(page).getByRole('button', { name: '保存' }).click();
      await saved(page);
      await page.locator(`[data-date="${addDays(friday, 1)}"]`).getByText('补周五').waitFor();
      await lookEverywhere(page, 'office-term', LIMITS);
      await page.getByRole('button', { name: 'Switch to Chinese' }).click();
      await open(page, '导入导出');
      await importTable(page, 'courses');
    });

    await step(page, 'a refused conflict is resolved by a free period', async () => {
      await open(page, '周课表');
      await page.getByLabel('谁的课表').selectOption({ label: '示例实验小学（主讲，示例）' });
      await page.getByRole('button', { name: '下一周' }).click();
      await page.locator('.fc-event.lesson-scheduled').first().waitFor();
      await page.getByRole('button', { name: '排课' }).click();
      const taken = (await asked(page, '/api/v1/courses')).items.find(({ code }) => code === 'K02');
      const form = dialog(page);
      await form.getByLabel('学科').fill('书法');
      await form.getByLabel('年级').selectOption('3');
      await form.getByLabel('课名').fill('书法 专递课堂');
      await form.getByLabel('主讲教师').selectOption(taken.teacher_id);
      await form.getByLabel('主讲教室').selectOption(taken.host_classroom_id);
      await form.getByLabel('星期').selectOption(String(taken.weekday));
      await form.getByLabel('节次').selectOption(String(taken.period));
      await form.locator('.has-conflicts').waitFor();
      assert.ok(await form.getByRole('button', { name: '保存' }).isDisabled());
      await screenshot(page, 'office-conflict');
      await form.locator('.free-periods button').first().click();
      await form.locator('.is-free').waitFor();
      await form.getByRole('button', { name: '保存' }).click();
      await saved(page);
      await page.locator('.fc-event.lesson', { hasText: '书法' }).first().waitFor();
      // Each course and change is a notice. The last has come, so that the week is not drawn anew under the mouse.
      nNotices = (await asked(page, '/api/v1/courses')).items.length;
      await badgeSays(page, nNotices);
    });

    await step(page, 'a lesson is dragged: what clashes and what is free shows before it is let go', async () => {
      const lesson = page.locator('.fc-event.lesson-scheduled', { hasText: '书法' }).first();
      const box = await lesson.boundingBox();
      const others = (await asked(page, `/api/v1/lessons?from=${nextMonday}&to=${addDays(nextMonday, 4)}`)).items;
      const mine = others.find(({ subject }) => subject === '书法');
      const clash = others.find((one) => one.teacher_id === mine.teacher_id && one.subject !== '书法');
      await page.mouse.move(box.x + 30, box.y + 8);
      await page.mouse.down();
      await page.mouse.move(box.x + 40, box.y + 24, { steps: 4 });
      await page.locator('.slot-free').first().waitFor();
      const column = await page.locator(`.fc-timegrid-col[data-date="${clash.date}"]`).boundingBox();
      const slot = `${clash.start.slice(0, 2)}:${Number(clash.start.slice(3)) < 30 ? '00' : '30'}:00`;
      const row = await page.locator(`.fc-timegrid-slot-lane[data-time="${slot}"]`).boundingBox();
      const within = ((Number(clash.start.slice(3)) % 30) / 30) * row.height;
      await page.mouse.move(column.x + 30, row.y + within + 8, { steps: 8 });
      await page.locator('.drag-panel .mark-broken').waitFor();
      await screenshot(page, 'office-drag');
      await page.mouse.up();
      await dialog(page).locator('.has-conflicts').waitFor();
      await dialog(page).locator('.free-periods button').first().click();
      await dialog(page).getByLabel('原因').fill('教室要用');
      await dialog(page).locator('.is-free').waitFor();
      await dialog(page).getByRole('button', { name: '确定调课' }).click();
      await saved(page);
      await page.locator('.fc-event.lesson', { hasText: '调' }).getByText('已知晓 0/3').waitFor();
      await badgeSays(page, nNotices + 1);
    });

    await step(page, 'a make-up Saturday and a substitute', async () => {
      await page.locator('.week-day', { hasText: '六 (补周五)' }).waitFor();
      await page.locator('.hatching-holiday').first().waitFor();
      const lesson = page.locator('.fc-event.lesson-scheduled').first();
      await lesson.focus();
      await page.keyboard.press('Enter');
      await dialog(page).waitFor();
      await screenshot(page, 'office-lesson');
      await dialog(page).getByRole('button', { name: '代课' }).click();
      await dialog(page).getByLabel('代课教师').waitFor();
      const teachers = await dialog(page).locator('#change-teacher option').evaluateAll((all) => all.map((one) => one.value));
      for (const id of teachers.filter(Boolean)) {
        // The panel of the teacher before stands there until this one's question is asked.
        const answered = page.waitForResponse(
          (response) => response.url().endsWith('/api/v1/conflicts') && (response.request().postData() ?? '').includes(id),
        );
        await dialog(page).getByLabel('代课教师').selectOption(id);
        await answered;
        await until(page, () => document.querySelector('.conflict-panel.is-free, .conflict-panel.has-conflicts') !== null);
        if ((await page.locator('.conflict-panel.is-free').count()) > 0) break;
      }
      await screenshot(page, 'office-substitute');
      await dialog(page).getByRole('button', { name: '确定代课' }).click();
      await saved(page);
      await page.locator('.lesson-tag', { hasText: '代' }).first().waitFor();
      await lookEverywhere(page, 'office-week', LIMITS);
      await page.getByRole('button', { name: 'Switch to Chinese' }).click();
      await open(page, '通知');
      await page.locator('.notice-row').nth(1).waitFor();
      await lookEverywhere(page, 'office-notices', LIMITS);
      await page.getByRole('button', { name: 'Switch to Chinese' }).click();
    });

    await step(page, 'the week on paper', async () => {
      await open(page, '周课表');
      await page.locator('.fc-event.lesson').first().waitFor();
      await page.emulateMedia({ media: 'print' });
      await page.locator('.week-print').getByText('书法').first().waitFor();
      assert.equal(await page.locator('.office-header').isVisible(), false);
      await screenshot(page, 'office-print');
      const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
      assert.match(pdf, /\/MediaBox \[0 0 84[12][.\d]* 59[45]/, 'A4 landscape');
      await page.emulateMedia({ media: 'screen' });
    });

    await step(page, 'a classroom is paired, and its lesson opens by itself', async () => {
      const room = await newContext(t, { viewport: SIZES[0] });
      const classroom = await newPage(room);
      await classroom.goto(`${relay.url}/classroom`);
      await classroom.locator('.pairing-letters').waitFor();
      await lookEverywhere(classroom, 'classroom-pairing', { smallestPx: 32, mayScroll: false });
      const code = await classroom.locator('.pairing-letters').innerText();

      await open(page, '学校');
      await page.getByLabel('配对码').fill('XXXX-XXX');
      await page.getByRole('button', { name: '查找' }).click();
      await page.getByRole('alert').waitFor();
      await page.getByLabel('配对码').fill(code.toLowerCase());
      await page.getByRole('button', { name: '查找' }).click();
      await dialog(page).getByLabel('学校').selectOption({ label: '龙驹镇中心小学（示例）' });
      await screenshot(page, 'office-pairing');
      await dialog(page).getByRole('button', { name: '确定配对' }).click();
      await page.getByText('已配对到').waitFor();
      await classroom.locator('.plan').waitFor();
      await lookEverywhere(classroom, 'classroom-plan', { smallestPx: 32, mayScroll: false });

      await step(page, 'a teacher’s account', async () => {
        const lists = await Promise.all(
          ['schools', 'teachers', 'classrooms', 'classes', 'terms'].map((name) => asked(page, `/api/v1/${name}?limit=200`)),
        );
        const [schools, teachers, classrooms, classes, terms] = lists.map(({ items }) => items);
        const host = schools.find(({ code: one }) => one === '500101000');
        const school = schools.find(({ name }) => name.startsWith('龙驹镇'));
        const teacher = teachers.find((one) => one.school_id === host.id);
        await open(page, '账号');
        await page.getByRole('button', { name: '新增' }).click();
        await dialog(page).getByLabel('账号').fill('teacher');
        await dialog(page).getByLabel('姓名').fill(teacher.name);
        await dialog(page).getByLabel('角色').selectOption('teacher');
        await dialog(page).getByLabel('学校').selectOption(host.id);
        await dialog(page).getByRole('button', { name: '保存' }).click();
        const first = await page.locator('.first-password code').innerText();
        await screenshot(page, 'office-first-password');
        await page.getByRole('button', { name: '关闭' }).click();

        await open(page, '学校');
        await page.getByRole('button', { name: `打开 ${host.name}` }).click();
        await page.getByRole('button', { name: '教师', exact: true }).click();
        await page.getByRole('button', { name: `修改 ${teacher.name}` }).click();
        await dialog(page).getByLabel('登录账号').selectOption({ index: 1 });
        await dialog(page).getByRole('button', { name: '保存' }).click();
        await saved(page);

        // The first bell rings in a few minutes, so that a lesson then has to open at once.
        const made = await page.evaluate(
          async ({ hostId, teacherId, roomId, classId, seatId, term, on, at, until: end, day }) => {
            const send = (method, path, json, version) =>
              fetch(path, {
                method,
                headers: { 'Content-Type': 'application/json', ...(version ? { 'If-Match': `"v${version}"` } : {}) },
                body: JSON.stringify(json),
              }).then(async (answer) => ({ ok: answer.ok, body: await answer.text() }));
            const bells = (await (await fetch(`/api/v1/bells?school_id=${hostId}`)).json()).items[0];
            const periods = [{ period: 1, name: '', start: at, end }, ...bells.periods.slice(1)];
            const answers = [await send('PATCH', `/api/v1/bells/${bells.id}`, { periods }, bells.version)];
            answers.push(
              await send('POST', '/api/v1/courses', {
                term_id: term, kind: 'delivered', subject: '合唱', grade: 4, title: '合唱 专递课堂', teacher_id: teacherId,
                host_classroom_id: roomId, weekday: day, period: 1, weeks: '1', classes: [{ class_id: classId, classroom_id: seatId }],
              }),
            );
            return { answers, on };
          },
          {
            hostId: host.id,
            teacherId: teacher.id,
            roomId: classrooms.find((one) => one.school_id === host.id && one.code === 'Z2').id,
            classId: classes.find((one) => one.school_id === school.id && one.grade === 4).id,
            seatId: classrooms.find((one) => one.school_id === school.id).id,
            term: terms[0].id,
            on: date,
            at: clockIn(3, offset),
            until: clockIn(43, offset),
            day: weekday(date),
          },
        );
        for (const answer of made.answers) assert.ok(answer.ok, answer.body);

        const desk = await newPage(await newContext(t));
        await desk.goto(`${relay.url}/teacher`);
        await signIn(desk, { login: 'teacher', password: first });
        await desk.getByLabel('现在的密码').fill(first);
        await desk.getByLabel('新密码', { exact: true }).fill('a password of her own');
        await desk.getByLabel('再输一次新密码').fill('a password of her own');
        await desk.keyboard.press('Enter');
        await desk.getByRole('button', { name: '进入课堂' }).waitFor();
        await lookEverywhere(desk, 'teacher-today', LIMITS);
        await desk.getByRole('button', { name: 'Switch to Chinese' }).click();
        await desk.getByRole('button', { name: '进入课堂' }).click();
        await until(desk, () => (document.querySelector('.own-picture video')?.videoWidth ?? 0) > 0);
        await desk.getByRole('button', { name: '开始上课' }).click();
        await untilMoving(classroom, 'camera');
        await screenshot(classroom, 'classroom-joined-by-itself');
        await open(page, '现在');
        await page.locator('.now-lesson[data-state="live"]').waitFor();
        await desk.getByRole('button', { name: '呼叫管理员' }).click();
        await page.locator('.now-calls li', { hasText: teacher.name }).waitFor();
        await lookEverywhere(page, 'office-now', LIMITS);
        await page.getByRole('button', { name: 'Switch to Chinese' }).click();
        await page.getByRole('button', { name: '已联系' }).click();
        await page.locator('.now-calls li').waitFor({ state: 'detached' });

        // Closed by mistake: another tab goes straight back into the lesson.
        await desk.close();
        const again = await newPage(desk.context());
        await again.goto(`${relay.url}/teacher`);
        await again.getByRole('button', { name: '下课' }).waitFor();
        await untilMoving(classroom, 'camera');

        // Of a paired classroom too the hand goes up, and after the lesson today's plan is back.
        await classroom.keyboard.press('Space');
        await classroom.getByText('Hand up: 1').waitFor();
        await again.getByRole('button', { name: '下课' }).click();
        await again.getByRole('dialog').getByRole('button', { name: '下课' }).click();
        await again.getByRole('heading', { name: '今天的课' }).waitFor();
        await classroom.locator('.plan').waitFor();
        await until(classroom, () => document.querySelectorAll('audio').length === 0);
        await screenshot(classroom, 'classroom-after-the-lesson');
        assert.deepEqual([...desk.errors, ...again.errors], []);
      });
      assert.deepEqual(classroom.errors, []);

      await open(page, '学校');
      await page.getByRole('button', { name: '打开 龙驹镇中心小学（示例）' }).click();
      await page.getByRole('button', { name: '设备', exact: true }).click();
      await page.getByRole('button', { name: '吊销' }).click();
      await dialog(page).getByRole('button', { name: '吊销' }).click();
      await saved(page);
      await classroom.locator('.pairing-letters').waitFor();
    });

    let first;
    await step(page, 'an account for a school’s office', async () => {
      await open(page, '账号');
      await page.getByRole('button', { name: '新增' }).click();
      await dialog(page).getByLabel('账号').fill('office');
      await dialog(page).getByLabel('姓名').fill('龙驹教务');
      await dialog(page).getByLabel('角色').selectOption('school');
      await dialog(page).getByLabel('学校').selectOption({ label: '龙驹镇中心小学（示例）' });
      await dialog(page).getByRole('button', { name: '保存' }).click();
      first = await page.locator('.first-password code').innerText();
      await page.getByRole('button', { name: '关闭' }).click();
    });

    const office = await newPage(await newContext(t));
    await step(office, 'a school’s office', async () => {
      await office.goto(`${relay.url}/school`);
      await signIn(office, { login: 'office', password: first });
      await office.getByLabel('现在的密码').fill(first);
      await office.getByLabel('新密码', { exact: true }).fill('long enough for a school');
      await office.getByLabel('再输一次新密码').fill('long enough for a school');
      await office.keyboard.press('Enter');
      await office.locator('.fc-event.lesson').first().waitFor();
      await lookEverywhere(office, 'school-week', LIMITS);
      await office.getByRole('button', { name: 'Switch to Chinese' }).click();

      await open(office, '通知');
      await office.getByRole('button', { name: '知道了' }).first().waitFor();
      const waiting = await office.getByRole('button', { name: '知道了' }).count();
      const listed = await office.locator('.notice-row').count();
      await office.getByRole('button', { name: '知道了' }).first().click();
      await until(office, (n) => [...document.querySelectorAll('.notice-row button')].length < n, waiting);
      assert.equal(await office.locator('.notice-row').count(), listed, 'what was acknowledged stays in the list');
      await screenshot(office, 'school-notices');

      await open(office, '占用时间');
      await office.getByRole('button', { name: '新增' }).click();
      await dialog(office).getByLabel('种类').selectOption('exam');
      await dialog(office).getByLabel('说明').fill('期中考试');
      await dialog(office).getByLabel('开始日期').fill(addDays(nextMonday, 28));
      await dialog(office).getByLabel('结束日期').fill(addDays(nextMonday, 32));
      await dialog(office).getByRole('button', { name: '保存' }).click();
      await dialog(office).locator('.clash-list').waitFor();
      await dialog(office).getByRole('button', { name: '有冲突，仍然保存' }).click();
      await saved(office);
      await office.locator('td', { hasText: '期中考试' }).waitFor();
      await lookEverywhere(office, 'school-busy', LIMITS);
      await office.getByRole('button', { name: 'Switch to Chinese' }).click();

      await open(office, '助教');
      await office.getByRole('button', { name: '新增' }).click();
      await dialog(office).getByLabel('账号').fill('helper');
      await dialog(office).getByLabel('姓名').fill('助教一');
      await dialog(office).getByRole('button', { name: '保存' }).click();
      await office.locator('.first-password code').waitFor();
      await office.getByRole('button', { name: '关闭' }).click();
      await open(office, '作息时间');
      await office.locator('.bell-card').waitFor();
      await open(office, '班级');
      await office.locator('td', { hasText: '四(1)班' }).waitFor();
      assert.deepEqual(office.errors, []);
    });

    await step(page, 'what was done is in the audit log', async () => {
      await open(page, '审计');
      await page.locator('td', { hasText: /^登录$/ }).first().waitFor();
      await screenshot(page, 'office-audit');
      assert.deepEqual(page.errors, []);
    });
  });
});

/** A calendar of another program, each event its lines. @param {string[]} events */
const calendar = (...events) => ({
  name: 'school.ics',
  mimeType: 'text/calendar',
  buffer: Buffer.from(
    ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//test//EN', ...events.flatMap((one) => ['BEGIN:VEVENT', ...one.split(' '), 'END:VEVENT']), 'END:VCALENDAR', ''].join('\r\n'),
  ),
});

describe('coordinator: lessons that clash', () => {
  let relay;
  before(async () => {
    relay = await Relay.start();
  });
  after(async () => {
    await relay?.stop();
  });

  test('a school’s calendar and an exam take the time of lessons', { timeout: TEST_MS }, async (t) => {
    const page = await newPage(await newContext(t, { viewport: SIZES[0] }));
    const chinese = () => page.getByRole('button', { name: 'Switch to Chinese' }).click();
    let lessons;

    await step(page, 'signing in', async () => {
      const { accounts } = await (await fetch(`${relay.url}/demo.json`)).json();
      await page.goto(`${relay.url}/coordinator`);
      await signIn(page, accounts.find(({ login }) => login === 'coordinator'));
      await page.locator('.counters').waitFor();
      const [term] = (await asked(page, '/api/v1/terms')).items;
      const monday = addDays(term.first_monday, 14);
      lessons = (await asked(page, `/api/v1/lessons?from=${monday}&to=${addDays(monday, 4)}`)).items;
    });

    await step(page, 'bad events are named by line', async () => {
      await open(page, '导入导出');
      await page.getByLabel('文件').setInputFiles(calendar('UID:1 SUMMARY:大扫除', 'UID:2 DTSTART:20260907T080000 RRULE:FREQ=YEARLY SUMMARY:校庆'));
      assert.ok(await page.getByRole('button', { name: '试导入' }).isDisabled(), 'of which school?');
      await page.getByLabel('哪所学校').selectOption({ label: '示例实验小学（主讲，示例）' });
      await page.getByRole('button', { name: '试导入' }).click();
      const rows = page.locator('.import-result tbody tr');
      await rows.nth(1).waitFor();
      assert.deepEqual(await rows.locator('td:first-child').allInnerTexts(), ['4', '8']);
      assert.deepEqual(await rows.locator('td:nth-child(3)').allInnerTexts(), ['大扫除', '校庆']);
      assert.ok(await page.getByRole('button', { name: '导入', exact: true }).isDisabled(), 'nothing half-imported');
      await lookEverywhere(page, 'office-calendar-errors', LIMITS);
      await chinese();
    });

    await step(page, 'a good one is seen beforehand, with what it clashes', async () => {
      const [{ date, start }] = lessons;
      const begin = `${date.replaceAll('-', '')}T${start.replace(':', '')}00`;
      await page.getByLabel('文件').setInputFiles(calendar(`UID:1 DTSTART:${begin} DURATION:PT20M SUMMARY:教师会`, 'UID:2 DTSTART:19990101T080000 DURATION:PT20M'));
      await page.getByRole('button', { name: '试导入' }).click();
      await page.locator('.import-result tbody tr', { hasText: '教师会' }).waitFor();
      await page.locator('.import-result', { hasText: '另有 1 个事件' }).waitFor();
      await page.locator('.clash-list', { hasText: '1 节课有冲突' }).waitFor();
      await lookEverywhere(page, 'office-calendar', LIMITS);
      await chinese();
      await page.getByRole('button', { name: '有冲突，仍然导入' }).click();
      await page.locator('.import-result', { hasText: '已导入' }).waitFor();
    });

    await step(page, 'it stands under “now” until it is solved', async () => {
      await open(page, '现在');
      await page.locator('.clash-list', { hasText: '1 节课有冲突' }).waitFor();
      await lookEverywhere(page, 'office-clashes', LIMITS);
      await chinese();
      await page.locator('.clash-list').getByRole('button', { name: '处理' }).click();
      await dialog(page).locator('.has-conflicts').waitFor();
      await screenshot(page, 'office-clash-solved');
      await dialog(page).locator('.free-periods button').first().click();
      await dialog(page).locator('.is-free').waitFor();
      await dialog(page).getByRole('button', { name: '确定调课' }).click();
      await saved(page);
      await open(page, '现在');
      await page.locator('.counters').waitFor();
      await until(page, () => fetch('/api/v1/conflicts').then(async (answer) => (await answer.json()).conflicts.length === 0));
      await page.locator('.clash-list').waitFor({ state: 'detached' });
    });

    await step(page, 'an exam is saved once it is said to stand', async () => {
      const other = lessons.find((one) => one.id !== lessons[0].id && one.host_school_name.startsWith('示例实验'));
      await open(page, '学校');
      await page.getByRole('button', { name: '打开 示例实验小学（主讲，示例）' }).click();
      await page.getByRole('button', { name: '占用时间', exact: true }).click();
      await page.getByRole('button', { name: '新增' }).click();
      await dialog(page).getByLabel('种类').selectOption('exam');
      await dialog(page).getByLabel('说明').fill('期中考试');
      await dialog(page).getByLabel('开始日期').fill(other.date);
      await dialog(page).getByLabel('结束日期').fill(other.date);
      await dialog(page).getByRole('button', { name: '保存' }).click();
      await dialog(page).locator('.clash-list').waitFor();
      await screenshot(page, 'office-exam-clashes');
      await dialog(page).getByRole('button', { name: '有冲突，仍然保存' }).click();
      await saved(page);
      await page.locator('td', { hasText: '期中考试' }).waitFor();
      assert.deepEqual(page.errors, []);
    });
  });
});
