-- Conversions of the last 28 credited days by channel and campaign, for touchpoints whose channel names both: 'search / brand' is
-- the campaign brand of the channel search. Credit is given to the whole text, and that of the campaigns of a channel adds up
-- to the channel's. Where there is no ' / ', the campaign is NULL. Of more texts than MAX_CHANNELS, the rarest are (other).
SELECT
  conversion_type,
  CASE WHEN strpos(channel, ' / ') = 0 THEN channel ELSE substr(channel, 1, strpos(channel, ' / ') - 1) END AS channel,
  CASE WHEN strpos(channel, ' / ') = 0 THEN NULL ELSE substr(channel, strpos(channel, ' / ') + 3) END AS campaign,
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
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
