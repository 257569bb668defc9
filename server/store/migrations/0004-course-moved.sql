-- SPDX-License-Identifier: Apache-2.0
--
-- When a course's weekday, period, weeks or host classroom were last edited: its lessons that were over by then never
-- were on anybody's timetable.
ALTER TABLE course ADD COLUMN moved_at BIGINT;
