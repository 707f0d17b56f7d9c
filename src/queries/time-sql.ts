import { type LocalDays, localDaysOf, startOfDay } from '../examples/local-days.ts'
import type { ExampleRules, RunClock } from '../examples/touchpoints.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { type Sql, sql } from './sql.ts'
import type { TouchpointColumns } from './touchpoint-columns.ts'

export const SECONDS_PER_DAY = 86_400

/** Nothing before it is the time of a touchpoint. */
export const END_OF_1970 = 31_536_000

/** Rows are read from and up to these unix seconds; undefined is open. */
export interface ReadSpan {
  readonly fromSec: number | undefined
  readonly toSec: number | undefined
}

/** @returns what two spans have in common. */
export function withinSpan(one: ReadSpan, other: ReadSpan): ReadSpan {
  const fromSecs = [one.fromSec, other.fromSec].filter((sec) => sec !== undefined)
  const toSecs = [one.toSec, other.toSec].filter((sec) => sec !== undefined)
  return {
    fromSec: fromSecs.length === 0 ? undefined : Math.max(...fromSecs),
    toSec: toSecs.length === 0 ? undefined : Math.min(...toSecs),
  }
}

/** @returns the span of possible times up to a day after the session. */
export function knownSpan(clock: RunClock | undefined): ReadSpan {
  if (clock === undefined) return { fromSec: undefined, toSec: undefined }
  const { sessionSec, nowSec } = clock
  return { fromSec: END_OF_1970, toSec: Math.min(sessionSec, nowSec) + SECONDS_PER_DAY + 1 }
}

/** @returns the span of the rows to read: that of the examples and the W-1 days before it. */
export function readSpanOf(rules: ExampleRules): ReadSpan {
  const { fromSec, toSec, timeZone, lookbackDays } = rules
  if (fromSec === undefined) return { fromSec, toSec }
  const firstDay = localDaysOf(timeZone, fromSec, fromSec).dayOf(fromSec)
  return { fromSec: startOfDay(timeZone, firstDay - (lookbackDays - 1)), toSec }
}

/** @returns SQL that is true for an instant within the span. @param atSec of unix seconds. */
export function inSpanSql(span: ReadSpan, atSec: Sql): Sql {
  const { fromSec, toSec } = span
  return sql.and(
    fromSec === undefined ? undefined : sql`${atSec} >= ${fromSec}`,
    toSec === undefined ? undefined : sql`${atSec} < ${toSec}`,
  )
}

/** @returns a condition that lets the warehouse read less of the table, if it has one. */
export function pruneSql(
  warehouse: Warehouse,
  columns: Pick<TouchpointColumns, 'prunableTime'>,
  span: ReadSpan,
): Sql | undefined {
  const bounded = span.fromSec !== undefined || span.toSec !== undefined
  if (!bounded || columns.prunableTime === undefined) return undefined
  return warehouse.timeRangeCondition?.(columns.prunableTime, span.fromSec, span.toSec)
}

/** @returns SQL of an instant's calendar day, a bigint. @param atSec unix seconds within the span of the days. */
export function daySql(days: LocalDays, atSec: Sql): Sql {
  return sql`CAST(floor((${localSecondsSql(days, atSec)}) / 86400e0) AS bigint)`
}

/** @returns SQL of an instant as seconds from 1970-01-01T00:00:00 of the local clocks. @param atSec as in {@link daySql}. */
export function localSecondsSql({ offsets }: LocalDays, atSec: Sql): Sql {
  const [first, ...changes] = offsets
  const offsetSql = changes.reduceRight(
    (later, { fromSec }, at) => sql`WHEN ${atSec} < ${fromSec} THEN ${offsets[at]?.offsetSec ?? 0} ${later}`,
    sql`ELSE ${offsets.at(-1)?.offsetSec ?? 0} END`,
  )
  const offset = changes.length === 0 ? sql`${first?.offsetSec ?? 0}` : sql`CASE ${offsetSql}`
  return sql`${atSec} + ${offset}`
}
