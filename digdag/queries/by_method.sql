-- Conversions of the last 28 credited days by method and channel: what each method would say. Shares divide what a method gives the
-- channels, without the baseline.
SELECT
  method,
  conversion_type,
  channel,
  conversions,
  value,
  CASE
    WHEN channel <> '(baseline)'
    THEN conversions / nullif(sum(CASE WHEN channel <> '(baseline)' THEN conversions END) OVER (PARTITION BY method, conversion_type), 0)
  END AS share,
  first_day,
  last_day
FROM (
  SELECT
    method,
    conversion_type,
    channel,
    sum(conversions) AS conversions,
    sum(value) AS value,
    min(credited_from) AS first_day,
    max(credited_to) AS last_day
  FROM attribution
  -- Rows of campaigns and segments are parts of these.
  WHERE
    campaign IS NULL
    AND segment IS NULL
    AND CAST(credited_to AS date) > (SELECT max(CAST(credited_to AS date)) FROM attribution) - INTERVAL '28' DAY
  GROUP BY method, conversion_type, channel
) AS sums
ORDER BY method, conversion_type, conversions DESC
