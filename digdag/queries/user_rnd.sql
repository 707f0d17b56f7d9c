-- One random number in [0, 1) per user: the table for --user-table (USER_TABLE).
--
-- Purpose: with it, `td-mta export` reduces the touchpoints in batches of --users-per-tfrecord users (10,000 by default),
-- with one query and one TFRecord shard of each class per batch. All touchpoints of a user are in one batch, and every
-- run has the same batches as long as this table does not change. Without the table, a single query reduces all users, or
-- a hash of the user decides. Create the table if the batches have to match those of another job that reads it too.
--
-- The seed 18 is that of the Python original. Hive restarts the seed in each reducer, so users of different reducers can
-- have the same number; batches only need to be of about equal size. `CLUSTER BY rand(43)` spreads the rows over files in
-- random order.
--
-- In a workflow:
--   +user_rnd:
--     td>: queries/user_rnd.sql
--     engine: hive
--     database: ${td.database}
--     create_table: user_rnd
-- Digdag fills in td.database, table (the touchpoints) and user_column (its column of the user, such as user_id).
SELECT
  numbered.`${user_column}`,
  numbered.ab_rnd
FROM (
  SELECT
    users.`${user_column}`,
    rand(18) AS ab_rnd
  FROM (
    SELECT DISTINCT `${user_column}`
    FROM `${td.database}`.`${table}`
    WHERE `${user_column}` IS NOT NULL
  ) users
) numbered
CLUSTER BY rand(43)
