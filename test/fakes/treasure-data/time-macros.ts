/** Unix seconds of `given`: they themselves as text, an instant with an offset, with a named zone, or local time. */
function instant(given: string, zone: string): string {
  const text = `CAST(${given} AS VARCHAR)`
  const named = "' ([A-Z][A-Za-z_/]+)$'"
  const local = `CAST(regexp_replace(${text}, ${named}, '') AS TIMESTAMP)`
  const seconds = (moment: string) => `CAST(floor(epoch(${moment})) AS BIGINT)`
  return `CASE
    WHEN regexp_full_match(${text}, '-?[0-9]+') AND length(${text}) <> 4 THEN TRY_CAST(${text} AS BIGINT)
    WHEN regexp_matches(${text}, '(Z|[0-9]:[0-9]{2}[^-+]*[-+][0-9:]{2,6})$') THEN ${seconds(`CAST(${text} AS TIMESTAMPTZ)`)}
    WHEN regexp_matches(${text}, ${named}) THEN ${seconds(`timezone(regexp_extract(${text}, ${named}, 1), ${local})`)}
    ELSE ${seconds(`timezone(${zone}, CAST(${text} AS TIMESTAMP))`)} END`
}

function range(zone: string): string {
  const from = `from_time IS NULL OR seconds >= ${instant('from_time', zone)}`
  return `((${from}) AND (to_time IS NULL OR seconds < ${instant('to_time', zone)}))`
}

/**
 * Treasure Data's functions of time, as far as this fake has them: `TD_TIME_PARSE(time[, zone])` and
 * `TD_TIME_RANGE(seconds, from[, to[, zone]])`. Times are unix seconds, NULL (open), or text: with a zone in it
 * (`Z`, `+09:00`, ` JST`) an instant, without one local time of `zone`.
 */
export const timeMacros: readonly string[] = [
  `CREATE OR REPLACE TEMP MACRO td_time_parse(given) AS ${instant('given', "'UTC'")},
     (given, zone) AS ${instant('given', 'zone')}`,
  `CREATE OR REPLACE TEMP MACRO td_time_range(seconds, from_time) AS
     (from_time IS NULL OR seconds >= ${instant('from_time', "'UTC'")}),
     (seconds, from_time, to_time) AS ${range("'UTC'")},
     (seconds, from_time, to_time, zone) AS ${range('zone')}`,
  // Trino's own, to milliseconds, with UTC as the only zone.
  `CREATE OR REPLACE TEMP MACRO from_unixtime(seconds, zone) AS CASE zone WHEN 'UTC'
     THEN make_timestamp(CAST(round(seconds * 1000) AS BIGINT) * 1000) ELSE error('zone ' || zone) END`,
  `CREATE OR REPLACE TEMP MACRO to_iso8601(moment) AS strftime(moment, '%Y-%m-%dT%H:%M:%S.%gZ')`,
]
