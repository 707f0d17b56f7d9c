-- Conversions of the last 28 credited days by channel and days before the conversion, by the model of by_day.sql: how long before
-- a conversion the touches were that led to it. 0 is the day of the conversion.
SELECT
  conversion_type,
  channel,
  days_before_conversion AS days_before,
  sum(conversions) AS conversions,
  sum(value) AS value,
  min(credited_from) AS first_day,
  max(credited_to) AS last_day
FROM (
  -- The method that fills the headline: the stacked model, or the hazard model of sessions that have no other.
  SELECT
    *,
    CASE
      WHEN method = 'shapley_stacked' THEN 'model'
      WHEN method = 'shapley_hazard'
        AND count(CASE WHEN method = 'shapley_stacked' THEN 1 END) OVER (PARTITION BY run_id, conversion_type) = 0
      THEN 'model'
    END AS shown
  FROM attribution
  -- Rows of campaigns and segments are parts of these.
  WHERE campaign IS NULL AND segment IS NULL
) AS methods
WHERE
  shown IS NOT NULL
  AND days_before_conversion IS NOT NULL
  AND CAST(credited_to AS date) > (SELECT max(CAST(credited_to AS date)) FROM attribution) - INTERVAL '28' DAY
GROUP BY conversion_type, channel, days_before_conversion
ORDER BY conversion_type, channel, days_before
