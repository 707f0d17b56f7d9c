-- Conversions of each month by channel, as by_day.sql has them by day. The last month goes on until the last session. A session
-- that credits more days than one counts for the month of its last day: whole months need credit_days: 1.
SELECT
  substr(credited_to, 1, 7) AS month,
  conversion_type,
  channel,
  sum(conversions) FILTER (WHERE method = 'shapley_stacked') AS conversions,
  sum(conversions) FILTER (WHERE method = 'last_touch') AS last_touch,
  sum(value) FILTER (WHERE method = 'shapley_stacked') AS value,
  sum(value) FILTER (WHERE method = 'last_touch') AS last_touch_value,
  count(DISTINCT run_id) AS sessions
FROM attribution
WHERE method IN ('shapley_stacked', 'last_touch') AND credited_to IS NOT NULL
GROUP BY substr(credited_to, 1, 7), conversion_type, channel
ORDER BY month, conversion_type, conversions DESC
