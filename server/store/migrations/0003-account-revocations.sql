-- SPDX-License-Identifier: Apache-2.0
--
-- How often all that an account had open was ended: what a relay took in at a smaller count is over, whichever process
-- has counted.

ALTER TABLE account ADD COLUMN revocations BIGINT NOT NULL DEFAULT 0;
