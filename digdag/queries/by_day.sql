-- Conversions of each day by channel: what the model credits, and beside it what last touch does.
--
-- Runs as it is, as a saved query in the database of the output tables or, with views: true in params.yml, each night into the
-- table attribution_by_day. Needs IF_EXISTS: append and sessions that credit each day once (gaps.sql finds others). The channel
-- (baseline) has the conversions that no touch caused. The model is the stacked one; of sessions without it (MODEL: hazard, earlier
-- versions) the hazard model. With credit_days: 7 a row is a week, called by its last day.
SELECT
  credited_to AS day,
  conversion_type,
  channel,
  sum(conversions) FILTER (WHERE shown = 'model') AS conversions,
  sum(conversions) FILTER (WHERE shown = 'last touch') AS last_touch,
  sum(value) FILTER (WHERE shown = 'model') AS value,
  sum(value) FILTER (WHERE shown = 'last touch') AS last_touch_value
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
GROUP BY credited_to, conversion_type, channel
ORDER BY day, conversion_type, conversions DESC
