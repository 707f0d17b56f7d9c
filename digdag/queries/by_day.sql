-- Conversions of each day by channel: what the stacked model credits, and beside it what last touch does.
--
-- Runs as it is, as a saved query in the database of the output tables or, with views: true in params.yml, each night into the
-- table attribution_by_day. Needs IF_EXISTS: append and sessions that credit each day once (gaps.sql finds others). The channel
-- (baseline) has the conversions that no touch caused. Instead of shapley_stacked any other method of the table can stand here,
-- such as shapley_hazard, which sessions with MODEL: hazard and those of earlier versions have, too. With credit_days: 7 a row is
-- a week, called by its last day.
SELECT
  credited_to AS day,
  conversion_type,
  channel,
  sum(conversions) FILTER (WHERE method = 'shapley_stacked') AS conversions,
  sum(conversions) FILTER (WHERE method = 'last_touch') AS last_touch,
  sum(value) FILTER (WHERE method = 'shapley_stacked') AS value,
  sum(value) FILTER (WHERE method = 'last_touch') AS last_touch_value
FROM attribution
WHERE method IN ('shapley_stacked', 'last_touch') AND credited_to IS NOT NULL
GROUP BY credited_to, conversion_type, channel
ORDER BY day, conversion_type, conversions DESC
