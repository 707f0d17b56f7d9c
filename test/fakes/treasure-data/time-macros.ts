const instant = (given: string, zone: string) => `CASE
  WHEN regexp_full_match(CAST(${given} AS VARCHAR), '-?[0-9]+') AND length(CAST(${given} AS VARCHAR)) <> 4
    THEN TRY_CAST(CAST(${given} AS VARCHAR) AS BIGINT)
  WHEN regexp_matches(CAST(${given} AS VARCHAR), '(Z|UTC|[0-9]:[0-9]{2}[^-+]*[-+][0-9:]{2,6})$')
    THEN CAST(floor(epoch(CAST(CAST(${given} AS VARCHAR) AS TIMESTAMPTZ))) AS BIGINT)
  ELSE CAST(floor(epoch(timezone(${zone}, CAST(CAST(${given} AS VARCHAR) AS TIMESTAMP)))) AS BIGINT) END`

const range = (zone: string) =>
  `((from_time IS NULL OR seconds >= ${instant('from_time', zone)})` +
  ` AND (to_time IS NULL OR seconds < ${instant('to_time', zone)}))`

/**
 * Treasure Data's functions of time, as far as this fake has them: `TD_TIME_PARSE(time[, zone])` and
 * `TD_TIME_RANGE(seconds, from, to[, zone])`. Times are unix seconds, NULL (open), or text: with a zone in it an
 * instant, without one local time of `zone`.
 */
export const timeMacros: readonly string[] = [
  `CREATE OR REPLACE TEMP MACRO td_time_parse(given) AS ${instant('given', "'UTC'")},
     (given, zone) AS ${instant('given', 'zone')}`,
  `CREATE OR REPLACE TEMP MACRO td_time_range(seconds, from_time, to_time) AS ${range("'UTC'")},
     (seconds, from_time, to_time, zone) AS ${range('zone')}`,
]
