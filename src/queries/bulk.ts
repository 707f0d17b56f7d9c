/** Rows of a day, counted from 1970-01-01 in UTC, and unix seconds of the first and the last of them. */
export interface DayRows {
  readonly day: number
  readonly rows: number
  readonly firstAtSec: number
  readonly lastAtSec: number
}

/** Which rows may be left out. */
export interface BulkRules {
  /** A gap of more days than these separates rows from one another. */
  readonly gapDays: number
  /** False where the user named the range's beginning, or end, by word. */
  readonly maySkipFirst: boolean
  readonly maySkipLast: boolean
}

/** Where most rows are, and what lies apart from them. */
export interface Bulk {
  readonly firstDay: number
  readonly lastDay: number
  /** Days with rows before and after the bulk, in order. */
  readonly before: readonly DayRows[]
  readonly after: readonly DayRows[]
  /** The last day before and the first day after each gap within the bulk. */
  readonly gaps: readonly (readonly [DayRows, DayRows])[]
}

/** @returns the rows of all the days. */
export function rowsOf(days: readonly DayRows[]): number {
  return days.reduce((rows, day) => rows + day.rows, 0)
}

/** Rows apart from the others are stray if they are fewer than this part of all. */
export const STRAY_FRACTION = 0.005

/**
 * Separates stray rows at either end from the bulk. One row years away would put everybody at risk for all the years
 * between.
 * @param days in order, at least one. O(days).
 */
export function findBulk(days: readonly DayRows[], { gapDays, maySkipFirst, maySkipLast }: BulkRules): Bulk {
  const most = rowsOf(days) * STRAY_FRACTION
  const ends = days.flatMap((day, at) => {
    const next = days[at + 1]
    return next !== undefined && next.day - day.day - 1 > gapDays ? [at + 1] : []
  })
  const begin = maySkipFirst ? (ends.findLast((end) => rowsOf(days.slice(0, end)) < most) ?? 0) : 0
  const end = maySkipLast
    ? (ends.find((start) => start > begin && rowsOf(days.slice(start)) < most) ?? days.length)
    : days.length
  const [first, last] = [days[begin], days[end - 1]]
  if (first === undefined || last === undefined) throw new Error('there is no bulk without rows')
  const gaps = ends
    .filter((at) => at > begin && at < end)
    .flatMap((at) => {
      const [former, next] = [days[at - 1], days[at]]
      return former === undefined || next === undefined ? [] : [[former, next] as const]
    })
  return {
    firstDay: first.day,
    lastDay: last.day,
    before: days.slice(0, begin),
    after: days.slice(end),
    gaps,
  }
}
