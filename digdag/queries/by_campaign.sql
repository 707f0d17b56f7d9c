-- Conversions of the last 28 credited days by channel and campaign: those of CAMPAIGN_COLUMN, which add up to their channel. Without that
-- column, of touchpoints whose channel names both: 'search / brand' is the campaign brand of the channel search; where there is no ' / ',
-- the campaign is NULL, and of more texts than MAX_CHANNELS, the rarest are (other).
SELECT
  conversion_type,
  CASE
    WHEN campaign IS NOT NULL OR strpos(channel, ' / ') = 0 THEN channel
    ELSE substr(channel, 1, strpos(channel, ' / ') - 1)
  END AS channel,
  CASE
    WHEN campaign IS NOT NULL THEN campaign
    WHEN strpos(channel, ' / ') > 0 THEN substr(channel, strpos(channel, ' / ') + 3)
  END AS campaign,
  sum(conversions) FILTER (WHERE shown = 'model') AS conversions,
  sum(conversions) FILTER (WHERE shown = 'last touch') AS last_touch,
  sum(value) FILTER (WHERE shown = 'model') AS value,
  sum(value) FILTER (WHERE shown = 'last touch') AS last_touch_value,
  min(credited_from) AS first_day,
  max(credited_to) AS last_day
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
  FROM (
    SELECT *, count(campaign) OVER (PARTITION BY run_id, conversion_type, method, channel) AS campaigns
    FROM attribution
    -- Rows of segments are parts of those of all users.
    WHERE segment IS NULL
  ) AS divided
) AS methods
WHERE
  shown IS NOT NULL
  -- A channel's own row stands for all its campaigns.
  AND (campaign IS NOT NULL OR campaigns = 0)
  AND CAST(credited_to AS date) > (SELECT max(CAST(credited_to AS date)) FROM attribution) - INTERVAL '28' DAY
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
