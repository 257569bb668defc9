-- SPDX-License-Identifier: Apache-2.0
--
-- What the people of running lessons did. live_lesson has a row from the first raised hand until the lesson's end;
-- floor_turn keeps every turn, for the figures of today and for reports. lesson_id is no reference: lessons of the
-- configuration and of the demo have no row. classroom_key is a classroom's id or, in those, a token's name.

CREATE TABLE live_lesson (
  lesson_id TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL, -- JSON
  updated_at BIGINT NOT NULL
);

CREATE TABLE floor_turn (
  id TEXT NOT NULL PRIMARY KEY,
  lesson_id TEXT NOT NULL,
  classroom_key TEXT NOT NULL,
  slot INTEGER NOT NULL CHECK (slot IN (0, 1)),
  given_at BIGINT NOT NULL,
  taken_at BIGINT -- NULL: has it still
);
CREATE INDEX floor_turn_lesson ON floor_turn (lesson_id, classroom_key);
CREATE INDEX floor_turn_given ON floor_turn (given_at);
