-- Credits in the shape of the table revenue_table that the Treasure Box engage-box/roi_reporting asks for: one row per conversion and
-- channel that earned a part of it, with that part of its value. Needs CREDITS_TABLE: credits and a value column.
--
-- The box adds all rows of a campaign up as contributed revenue and those that are 'direct' as direct revenue. Direct is the part of
-- channels that were touched on the last day with a touch before the conversion, contributed that of channels touched before. What no touch caused,
-- the channel (baseline), belongs to no campaign and is left out. The user is to be the hash that the box knows users by, and the channel
-- the campaign: else put a join in place of user_id or channel.
SELECT
  user_id || '@' || replace(substr(CAST(conversion_time AS varchar), 1, 19), 'T', ' ') AS conversion_id,
  user_id AS email_hash,
  replace(substr(CAST(conversion_time AS varchar), 1, 19), 'T', ' ') AS conversion_timestamp,
  sum(value) AS total_revenue,
  CASE WHEN min(days_before_conversion) = min(last_days_before) THEN 'direct' ELSE 'contributed' END AS attribution_type,
  channel AS campaign_id,
  channel AS custom_event_id
FROM (
  SELECT *, min(days_before_conversion) OVER (PARTITION BY run_id, user_id, conversion_time) AS last_days_before
  FROM credits
  WHERE channel <> '(baseline)'
) AS touched
WHERE value IS NOT NULL
GROUP BY run_id, user_id, conversion_time, channel
ORDER BY conversion_timestamp, conversion_id, campaign_id
