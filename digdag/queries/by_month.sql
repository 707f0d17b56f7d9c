-- Conversions of each month by channel, as by_day.sql has them by day. The last month goes on until the last session. A session
-- that credits more days than one counts for the month of its last day: whole months need credit_days: 1.
SELECT
  substr(credited_to, 1, 7) AS month,
  conversion_type,
  channel,
  sum(conversions) FILTER (WHERE shown = 'model') AS conversions,
  sum(conversions) FILTER (WHERE shown = 'last touch') AS last_touch,
  sum(value) FILTER (WHERE shown = 'model') AS value,
  sum(value) FILTER (WHERE shown = 'last touch') AS last_touch_value,
  count(DISTINCT run_id) AS sessions
FROM (
  -- The method that fills the headline: the stacked model, or the hazard model of sessions that have no other.
  SELECT
    *,
    CASE
      WHEN method = 'last_touch' THEN 'last touch'
      WHEN method = 'shapley_stacked' THEN 'model'
      WHEN method = 'shapley_hazard'
        AND count(CASE WHEN method = 'shapley_stacked' THEN 1 END) OVER (PARTITION BY run_id, conversion_type) = 0
      THEN 'model'
    END AS shown
  FROM attribution
  -- Rows of campaigns and segments are parts of these.
  WHERE campaign IS NULL AND segment IS NULL
) AS methods
WHERE shown IS NOT NULL AND credited_to IS NOT NULL
GROUP BY substr(credited_to, 1, 7), conversion_type, channel
ORDER BY month, conversion_type, conversions DESC
