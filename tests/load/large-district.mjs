// SPDX-License-Identifier: Apache-2.0
//
// A district of 200 schools with 2,000 courses, as tables to import. Every school hosts ten courses, each heard by eight
// classes elsewhere; every one has a room and a class of its own for each host that it hears, so that nothing clashes.

export const N_SCHOOLS = 200;
export const N_WEEKS = 22;
const COURSES_PER_SCHOOL = 10;
const N_HEARING = 8;
const N_PERIODS = 7;
/** A step that leads to other schools each time. */
const STEP = 23;

const numbers = (n) => Array.from({ length: n }, (_, i) => i);
const schoolCode = (n) => `S${String(n).padStart(3, '0')}`;
const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const table = (heading, rows) => [heading, ...rows].join('\n');

/** Bells differ by up to ten minutes between schools, as breaks are. */
const bellsOf = (n) => numbers(N_PERIODS).map((i) => ({ period: i + 1, start: clock(480 + 50 * i + 5 * (n % 3)), end: clock(520 + 50 * i + 5 * (n % 3)) }));

function courseRow(host, nth) {
  const classes = numbers(N_HEARING).map((i) => {
    const school = (host + 1 + STEP * i) % N_SCHOOLS;
    return `${schoolCode(school)}/${i + 1}/1@R${i + 1}`;
  });
  const weekday = (nth % 5) + 1;
  const period = ((host + Math.floor(nth / 5) * 3) % N_PERIODS) + 1;
  const id = `${schoolCode(host)}-${nth}`;
  return `${id},delivered,音乐,${(nth % 6) + 1},课程 ${id},T${host},${schoolCode(host)},R0,${weekday},${period},all,2500,${classes.join('; ')}`;
}

/** @param {string} monday of the term's first week @param {string} until its last day @returns {{ kind: string, text: string }[]} in their order */
export function largeDistrict(monday, until) {
  const schools = numbers(N_SCHOOLS);
  const each = (make) => schools.flatMap(make);
  const courses = each((n) => numbers(COURSES_PER_SCHOOL).map((i) => courseRow(n, i)));
  const heading = 'code,kind,subject,grade,title,teacher_code,host_school_code,host_classroom_code,weekday,period,weeks,rate_kbps,classes';
  return [
    { kind: 'schools', text: table('code,name,district,uplink_kbps', each((n) => `${schoolCode(n)},第${n + 1}小学,万州区,100000`)) },
    { kind: 'classrooms', text: table('school_code,code,name', each((n) => numbers(N_HEARING + 1).map((i) => `${schoolCode(n)},R${i},教室 ${i}`))) },
    { kind: 'classes', text: table('school_code,grade,number,pupils', each((n) => numbers(N_HEARING).map((i) => `${schoolCode(n)},${i + 1},1,40`))) },
    { kind: 'teachers', text: table('code,name,school_code', each((n) => `T${n},老师 ${n},${schoolCode(n)}`)) },
    {
      kind: 'bells',
      text: table(
        'school_code,name,from_date,to_date,period,period_name,start,end',
        each((n) => bellsOf(n).map((one) => `${schoolCode(n)},作息,${monday},${until},${one.period},,${one.start},${one.end}`)),
      ),
    },
    {
      kind: 'busy',
      text: table(
        'school_code,kind,grade,weekday,from_date,to_date,start,end,reason',
        each((n) => numbers(5).map((i) => `${schoolCode(n)},busy,${i + 1},${i + 1},${monday},${until},14:30,15:10,本地课`)),
      ),
    },
    { kind: 'courses', text: table(heading, courses.slice(0, courses.length / 2)) },
    { kind: 'courses', text: table(heading, courses.slice(courses.length / 2)) },
  ];
}
