import { localDaysOf } from '../examples/local-days.ts'
import { inSpanSql } from '../examples/rows-read.ts'
import type { Survey } from '../examples/survey.ts'
import type { ExampleRules, TouchpointSource } from '../examples/touchpoints.ts'
import { isBlank } from '../examples/vocabulary.ts'
import { quoteTable } from '../warehouse/sql.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'

/** Conversions by the channel of the last touch before them; those without one in the window are the baseline's. */
export interface LastTouchCredits {
  readonly byChannel: ReadonlyMap<string, number>
  readonly baseline: number
}

/** Digits of unix seconds as they stand before the channel in a key that sorts by time, then name. */
const TIME_DIGITS = 12

/**
 * The rule of thumb that most reports use, over the same windows as the examples: the last touch at or before a
 * conversion, after the user's previous one, on the last W days; of touches in one second the last by name.
 * One scan.
 */
export async function creditLastTouch(
  warehouse: Warehouse,
  source: TouchpointSource,
  rules: ExampleRules,
  survey: Survey,
  signal?: AbortSignal,
): Promise<LastTouchCredits> {
  const byChannel = new Map<string, number>()
  let baseline = 0
  for await (const rows of warehouse.query(lastTouchSql(source, rules, survey), signal)) {
    for (const [channel, conversions] of rows) {
      const name = channel === null || channel === undefined ? null : String(channel)
      if (isBlank(name)) baseline += Number(conversions)
      else byChannel.set(name, Number(conversions))
    }
  }
  return { byChannel, baseline }
}

function lastTouchSql(source: TouchpointSource, rules: ExampleRules, survey: Survey): string {
  const { columns, span } = survey
  const days = localDaysOf(rules.timeZone, survey.firstAtSec, survey.lastAtSec)
  const touched = `CAST(substr(last_touch, 1, ${TIME_DIGITS}) AS bigint)`
  const inWindow = `${days.daySql('converted_at_sec')} - ${days.daySql(touched)} < ${rules.lookbackDays}`
  const inRange = rules.fromSec === undefined ? '' : ` AND converted_at_sec >= ${rules.fromSec}`
  const key = `concat(lpad(CAST(at_sec AS varchar), ${TIME_DIGITS}, '0'), channel)`
  return `WITH typed AS (
  SELECT ${columns.user} AS user_key, ${columns.atSec} AS at_sec, ${columns.channel} AS channel, ${columns.converts} AS converts
  FROM ${quoteTable(source.table)}
),
ordered AS (
  SELECT *, sum(converts) OVER (PARTITION BY user_key ORDER BY at_sec DESC) AS conversions_left
  FROM typed
  WHERE user_key IS NOT NULL AND at_sec IS NOT NULL AND ${inSpanSql(span, 'at_sec')}
),
stretches AS (
  SELECT
    max(CASE WHEN converts = 1 THEN at_sec END) AS converted_at_sec,
    max(CASE WHEN trim(channel) <> '' THEN ${key} END) AS last_touch
  FROM ordered
  GROUP BY user_key, conversions_left
)
SELECT channel, count(*)
FROM (
  SELECT CASE WHEN ${inWindow} THEN substr(last_touch, ${TIME_DIGITS + 1}) END AS channel
  FROM stretches
  WHERE converted_at_sec IS NOT NULL${inRange}
) AS credited
GROUP BY channel`
}
