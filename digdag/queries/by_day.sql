-- Conversions of each day by channel: what the hazard model credits, and beside it what last touch does.
--
-- Runs as it is, as a saved query in the database of the output tables or, with views: true in params.yml, each night into the
-- table attribution_by_day. Needs IF_EXISTS: append and sessions that credit each day once (gaps.sql finds others). The channel
-- (baseline) has the conversions that no touch caused. Instead of shapley_hazard, which every session has, any other
-- method of the table can stand here. With credit_days: 7 a row is a week, called by its last day.
SELECT
  credited_to AS day,
  conversion_type,
  channel,
  sum(conversions) FILTER (WHERE method = 'shapley_hazard') AS conversions,
  sum(conversions) FILTER (WHERE method = 'last_touch') AS last_touch,
  sum(value) FILTER (WHERE method = 'shapley_hazard') AS value,
  sum(value) FILTER (WHERE method = 'last_touch') AS last_touch_value
FROM attribution
WHERE method IN ('shapley_hazard', 'last_touch') AND credited_to IS NOT NULL
GROUP BY credited_to, conversion_type, channel
ORDER BY day, conversion_type, conversions DESC
