-- Conversions of the last 28 credited days by channel, as by_day.sql has them by day.
SELECT
  conversion_type,
  channel,
  sum(conversions) FILTER (WHERE method = 'shapley_stacked') AS conversions,
  sum(conversions) FILTER (WHERE method = 'last_touch') AS last_touch,
  sum(value) FILTER (WHERE method = 'shapley_stacked') AS value,
  sum(value) FILTER (WHERE method = 'last_touch') AS last_touch_value,
  min(credited_from) AS first_day,
  max(credited_to) AS last_day
FROM attribution
WHERE
  method IN ('shapley_stacked', 'last_touch')
  AND CAST(credited_to AS date) > (SELECT max(CAST(credited_to AS date)) FROM attribution) - INTERVAL '28' DAY
GROUP BY conversion_type, channel
ORDER BY conversion_type, conversions DESC
