-- SPDX-License-Identifier: Apache-2.0
--
-- People, schools and the timetable. Ids are opaque random text; codes are people's own keys. *_at is seconds since
-- 1970 UTC; a date is 'YYYY-MM-DD' in its term's zone; *_minute counts from local midnight. What people edit has a
-- version that grows with each edit. Only the types and clauses that PostgreSQL has too are used, BLOB and the
-- triggers excepted.

CREATE TABLE school (
  id TEXT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  district TEXT NOT NULL,
  phone TEXT,
  uplink_kbps INTEGER CHECK (uplink_kbps > 0),
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX school_district ON school (district);

CREATE TABLE classroom (
  id TEXT NOT NULL PRIMARY KEY,
  school_id TEXT NOT NULL REFERENCES school (id),
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  seats INTEGER CHECK (seats >= 0),
  version INTEGER NOT NULL DEFAULT 1,
  UNIQUE (school_id, code)
);

CREATE TABLE class (
  id TEXT NOT NULL PRIMARY KEY,
  school_id TEXT NOT NULL REFERENCES school (id),
  grade INTEGER NOT NULL CHECK (grade BETWEEN 1 AND 12),
  number INTEGER NOT NULL CHECK (number > 0),
  pupils INTEGER NOT NULL CHECK (pupils >= 0),
  version INTEGER NOT NULL DEFAULT 1,
  UNIQUE (school_id, grade, number)
);

CREATE TABLE account (
  id TEXT NOT NULL PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('coordinator', 'school', 'teacher', 'assistant', 'supervisor', 'auditor')),
  school_id TEXT REFERENCES school (id),
  districts TEXT, -- a JSON list; NULL: every district
  password_hash TEXT NOT NULL,
  must_change INTEGER NOT NULL DEFAULT 0 CHECK (must_change IN (0, 1)),
  disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
  version INTEGER NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL
);
CREATE INDEX account_school ON account (school_id);

CREATE TABLE teacher (
  id TEXT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  phone TEXT,
  school_id TEXT NOT NULL REFERENCES school (id),
  account_id TEXT UNIQUE REFERENCES account (id),
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX teacher_school ON teacher (school_id);

CREATE TABLE session (
  token_hash BLOB NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  address TEXT NOT NULL
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE device (
  id TEXT NOT NULL PRIMARY KEY,
  classroom_id TEXT NOT NULL REFERENCES classroom (id),
  name TEXT NOT NULL,
  credential_hash BLOB NOT NULL UNIQUE,
  paired_at BIGINT NOT NULL,
  paired_by TEXT NOT NULL, -- an account's id, kept when the account is gone
  seen_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX device_classroom ON device (classroom_id);

CREATE TABLE pairing (
  device_code_hash BLOB NOT NULL PRIMARY KEY,
  user_code TEXT NOT NULL UNIQUE,
  address TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  classroom_id TEXT REFERENCES classroom (id) ON DELETE CASCADE,
  device_id TEXT REFERENCES device (id) ON DELETE CASCADE,
  confirmed_by TEXT
);
CREATE INDEX pairing_expires ON pairing (expires_at);

-- lesson_id is no reference: lessons of the configuration and of the demo have no row.
CREATE TABLE join_token (
  token_hash BLOB NOT NULL PRIMARY KEY,
  lesson_id TEXT NOT NULL,
  role TEXT NOT NULL,
  source TEXT,
  account_id TEXT REFERENCES account (id) ON DELETE CASCADE,
  device_id TEXT REFERENCES device (id) ON DELETE CASCADE,
  expires_at BIGINT NOT NULL
);
CREATE INDEX join_token_account ON join_token (account_id);
CREATE INDEX join_token_device ON join_token (device_id);
CREATE INDEX join_token_expires ON join_token (expires_at);

CREATE TABLE term (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  first_monday TEXT NOT NULL,
  n_weeks INTEGER NOT NULL CHECK (n_weeks BETWEEN 1 AND 60),
  time_zone TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE holiday (
  term_id TEXT NOT NULL REFERENCES term (id) ON DELETE CASCADE,
  date TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (term_id, date)
);

-- The weekday and the week of follows_date decide: '2019-10-12' follows the timetable of '2019-10-04'.
CREATE TABLE makeup (
  term_id TEXT NOT NULL REFERENCES term (id) ON DELETE CASCADE,
  date TEXT NOT NULL,
  follows_date TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (term_id, date)
);

CREATE TABLE bell_schedule (
  id TEXT NOT NULL PRIMARY KEY,
  school_id TEXT NOT NULL REFERENCES school (id),
  name TEXT NOT NULL,
  from_date TEXT NOT NULL,
  to_date TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  CHECK (from_date <= to_date)
);
CREATE INDEX bell_schedule_school ON bell_schedule (school_id);

CREATE TABLE bell_period (
  schedule_id TEXT NOT NULL REFERENCES bell_schedule (id) ON DELETE CASCADE,
  period INTEGER NOT NULL CHECK (period BETWEEN 1 AND 20),
  name TEXT NOT NULL,
  start_minute INTEGER NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
  end_minute INTEGER NOT NULL CHECK (end_minute BETWEEN 1 AND 1440),
  PRIMARY KEY (schedule_id, period),
  CHECK (start_minute < end_minute)
);

CREATE TABLE busy (
  id TEXT NOT NULL PRIMARY KEY,
  school_id TEXT NOT NULL REFERENCES school (id),
  kind TEXT NOT NULL CHECK (kind IN ('busy', 'exam', 'closure')),
  grade INTEGER CHECK (grade BETWEEN 1 AND 12),
  class_id TEXT REFERENCES class (id) ON DELETE CASCADE,
  weekday INTEGER CHECK (weekday BETWEEN 1 AND 7),
  from_date TEXT NOT NULL,
  to_date TEXT NOT NULL,
  start_minute INTEGER CHECK (start_minute BETWEEN 0 AND 1439),
  end_minute INTEGER CHECK (end_minute BETWEEN 1 AND 1440),
  reason TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  CHECK (from_date <= to_date),
  CHECK (start_minute < end_minute)
);
CREATE INDEX busy_school ON busy (school_id);

CREATE TABLE course (
  id TEXT NOT NULL PRIMARY KEY,
  term_id TEXT NOT NULL REFERENCES term (id),
  code TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('delivered', 'master', 'open')),
  subject TEXT NOT NULL,
  grade INTEGER NOT NULL CHECK (grade BETWEEN 1 AND 12),
  unit TEXT,
  title TEXT NOT NULL,
  teacher_id TEXT NOT NULL REFERENCES teacher (id),
  host_classroom_id TEXT NOT NULL REFERENCES classroom (id),
  priority TEXT NOT NULL CHECK (priority IN ('camera', 'screen')),
  weekday INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  period INTEGER NOT NULL CHECK (period BETWEEN 1 AND 20),
  weeks TEXT NOT NULL, -- 'all', 'odd', 'even' or '1,3,5-8'
  rate_kbps INTEGER NOT NULL CHECK (rate_kbps > 0),
  version INTEGER NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX course_term ON course (term_id);
CREATE INDEX course_teacher ON course (teacher_id);
CREATE INDEX course_host_classroom ON course (host_classroom_id);
CREATE UNIQUE INDEX course_code ON course (term_id, code) WHERE deleted_at IS NULL;

CREATE TABLE course_class (
  course_id TEXT NOT NULL REFERENCES course (id) ON DELETE CASCADE,
  class_id TEXT NOT NULL REFERENCES class (id),
  classroom_id TEXT NOT NULL REFERENCES classroom (id),
  PRIMARY KEY (course_id, class_id)
);
CREATE INDEX course_class_class ON course_class (class_id);
CREATE INDEX course_class_classroom ON course_class (classroom_id);

CREATE TABLE lesson_change (
  id TEXT NOT NULL PRIMARY KEY,
  course_id TEXT NOT NULL REFERENCES course (id),
  date TEXT, -- the rule's date; NULL: an added lesson
  kind TEXT NOT NULL CHECK (kind IN ('move', 'cancel', 'staff', 'add')),
  new_date TEXT,
  new_period INTEGER CHECK (new_period BETWEEN 1 AND 20),
  new_teacher_id TEXT REFERENCES teacher (id),
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  withdrawn_at BIGINT,
  CHECK ((kind = 'add') = (date IS NULL))
);
CREATE INDEX lesson_change_course ON lesson_change (course_id, date);

-- A row exists from opening (or cancellation) on. A lesson of the rule is known by its date, an added one by its
-- change: each can have one row only, which is what makes it open once.
CREATE TABLE lesson (
  id TEXT NOT NULL PRIMARY KEY,
  course_id TEXT NOT NULL REFERENCES course (id),
  rule_date TEXT,
  change_id TEXT REFERENCES lesson_change (id),
  state TEXT NOT NULL CHECK (state IN ('scheduled', 'open', 'live', 'ended', 'cancelled')),
  opens_at BIGINT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  extended_s INTEGER NOT NULL DEFAULT 0,
  frozen TEXT, -- JSON: what the lesson was when it opened
  opened_at BIGINT,
  live_at BIGINT,
  ended_at BIGINT,
  CHECK (rule_date IS NOT NULL OR change_id IS NOT NULL),
  UNIQUE (course_id, rule_date)
);
CREATE UNIQUE INDEX lesson_added ON lesson (change_id) WHERE rule_date IS NULL;
CREATE INDEX lesson_starts ON lesson (starts_at);
CREATE INDEX lesson_state ON lesson (state);

CREATE TABLE notice (
  id TEXT NOT NULL PRIMARY KEY,
  course_id TEXT REFERENCES course (id),
  lesson_key TEXT, -- the lesson's id, whether it has a row or not; NULL: the whole course
  starts_at BIGINT, -- the bell that it must be read before
  kind TEXT NOT NULL,
  text_zh TEXT NOT NULL,
  text_en TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL
);
CREATE INDEX notice_course ON notice (course_id);
CREATE INDEX notice_created ON notice (created_at);

CREATE TABLE notice_recipient (
  notice_id TEXT NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('teacher', 'school', 'classroom')),
  recipient_id TEXT NOT NULL,
  acknowledged_at BIGINT,
  acknowledged_by TEXT,
  PRIMARY KEY (notice_id, kind, recipient_id)
);
CREATE INDEX notice_recipient_who ON notice_recipient (kind, recipient_id);

CREATE TABLE webhook_delivery (
  id TEXT NOT NULL PRIMARY KEY,
  notice_id TEXT NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at BIGINT NOT NULL,
  delivered_at BIGINT,
  last_error TEXT
);
CREATE INDEX webhook_delivery_next ON webhook_delivery (next_at);

CREATE TABLE feed (
  token_hash BLOB NOT NULL PRIMARY KEY,
  owner_kind TEXT NOT NULL CHECK (owner_kind IN ('teacher', 'school', 'classroom')),
  owner_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX feed_owner ON feed (owner_kind, owner_id);

-- Each row's hash covers the row and the hash before it.
CREATE TABLE audit (
  seq INTEGER NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  role TEXT NOT NULL,
  verb TEXT NOT NULL,
  object TEXT NOT NULL,
  address TEXT NOT NULL,
  previous BLOB NOT NULL,
  hash BLOB NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_actor ON audit (actor);

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE (ABORT, 'the audit log only grows');
END;

CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
  SELECT RAISE (ABORT, 'the audit log only grows');
END;

-- REPLACE fires no DELETE trigger.
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
WHEN NEW.seq <> (SELECT coalesce (max (seq), 0) + 1 FROM audit)
BEGIN
  SELECT RAISE (ABORT, 'the audit log only grows');
END;
