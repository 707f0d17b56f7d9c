import { compensatedSum } from '../numerics/compensated-sum.ts'
import type { RuleCell } from '../queries/read-paths.ts'
import { type AttributionRow, BASELINE_CHANNEL, OF_ALL } from '../tables/attribution.ts'
import type { PathTable } from './path-table.ts'
import type { RuleOfThumb } from './rules-of-thumb.ts'

/** Conversions and value to credit, without those that are only learned from. */
export interface PathTotals {
  /** Conversions with a touch. */
  readonly conversions: number
  readonly value: number
  /** Conversions without a touch. */
  readonly baselineConversions: number
  readonly baselineValue: number
}

/** What the rows of all methods need besides the credits. */
export interface RowContext {
  readonly channels: readonly string[]
  readonly totals: PathTotals
  /** Every conversion is recorded on a touch: there is no baseline. */
  readonly seedFormat: boolean
  readonly hasValue: boolean
}

/** A method's rows in `attribution`. */
export interface NamedRows {
  readonly method: string
  readonly rows: readonly AttributionRow[]
}

/** What a method credits to each channel, by place. */
export interface ChannelCredits {
  readonly conversions: Float64Array
  readonly value: Float64Array
}

/** @returns the totals that the credits of every method add up to. O(paths). */
export function totalsOf(paths: PathTable): PathTotals {
  const sum = (amounts: Float64Array, hasTouch: boolean) =>
    compensatedSum(amounts.filter((_, path) => paths.starts[path + 1]! > paths.starts[path]! === hasTouch))
  return {
    conversions: sum(paths.creditedConversions, true),
    value: sum(paths.creditedValue, true),
    baselineConversions: sum(paths.creditedConversions, false),
    baselineValue: sum(paths.creditedValue, false),
  }
}

/** @returns the rows of the rules: one per touched cell, a zero row per channel without any, and the baseline. */
export function ruleRows(
  { cells, rules }: { readonly cells: readonly RuleCell[]; readonly rules: readonly RuleOfThumb[] },
  context: RowContext,
): readonly NamedRows[] {
  const { channels } = context
  const touched = new Set(cells.map(({ place }) => place))
  const none = rules.map(() => 0)
  const untouched = channels.flatMap((_, place): RuleCell[] =>
    touched.has(place) ? [] : [{ place, daysBefore: 0, conversions: none, value: none }],
  )
  const sorted = [...cells, ...untouched].sort(
    (left, right) => (left.daysBefore ?? 0) - (right.daysBefore ?? 0) || left.place - right.place,
  )
  return rules.map(({ method }, rule) => {
    const rows = sorted.map(({ place, daysBefore, conversions, value }) =>
      row(context, place, daysBefore, conversions[rule] ?? 0, value[rule] ?? 0),
    )
    return { method, rows: withBaseline(rows, context) }
  })
}

/** @returns the rows of a method without days: one per channel, and the baseline. */
export function channelRows(method: string, credits: ChannelCredits, context: RowContext): NamedRows {
  const rows = context.channels.map((_, place) =>
    row(context, place, null, credits.conversions[place]!, credits.value[place]!),
  )
  return { method, rows: withBaseline(rows, context) }
}

/** @returns a channel's row. */
export function row(
  { channels, totals, hasValue }: RowContext,
  place: number,
  daysBefore: number | null,
  conversions: number,
  value: number,
): AttributionRow {
  return {
    channel: channels[place]!,
    ...OF_ALL,
    daysBefore,
    conversions,
    value: hasValue ? value : null,
    share: totals.conversions > 0 ? conversions / totals.conversions : null,
    standardError: null,
    lower: null,
    upper: null,
  }
}

function withBaseline(rows: readonly AttributionRow[], context: RowContext): readonly AttributionRow[] {
  if (context.seedFormat) return rows
  const { baselineConversions, baselineValue } = context.totals
  const baseline: AttributionRow = {
    channel: BASELINE_CHANNEL,
    ...OF_ALL,
    daysBefore: null,
    conversions: baselineConversions,
    value: context.hasValue ? baselineValue : null,
    share: null,
    standardError: null,
    lower: null,
    upper: null,
  }
  return [...rows, baseline]
}
