-- The days, from the first credited one to the last, that no session credits (sessions is 0: run the session of the day after)
-- or that more than one does (sessions is 2 or more: run_ids names them; sums count those days that often). The last day is that
-- of all types together: leave out by WHERE a type that is credited no more.
WITH sessions AS (
  SELECT DISTINCT
    conversion_type,
    run_id,
    CAST(credited_from AS date) AS first_day,
    CAST(credited_to AS date) AS last_day
  FROM attribution
  WHERE credited_to IS NOT NULL
),
spans AS (
  SELECT conversion_type, min(first_day) AS first_day, (SELECT max(last_day) FROM sessions) AS last_day
  FROM sessions
  GROUP BY conversion_type
),
days AS (
  SELECT spans.conversion_type, CAST(spans.first_day + calendar.later * INTERVAL '1' DAY AS date) AS day
  FROM spans
  CROSS JOIN UNNEST(sequence(0, date_diff('day', spans.first_day, spans.last_day))) AS calendar (later)
)
SELECT
  CAST(days.day AS varchar) AS day,
  days.conversion_type,
  count(sessions.run_id) AS sessions,
  nullif(array_join(array_agg(sessions.run_id), ', '), '') AS run_ids
FROM days
LEFT JOIN sessions
  ON coalesce(sessions.conversion_type, '') = coalesce(days.conversion_type, '')
  AND days.day BETWEEN sessions.first_day AND sessions.last_day
GROUP BY days.day, days.conversion_type
HAVING count(sessions.run_id) <> 1
ORDER BY 1, 2
