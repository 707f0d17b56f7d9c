import type { CellGrid } from '../examples/pattern.ts'
import { CompensatedSums, compensatedSum } from '../numerics/compensated-sum.ts'
import { type AttributionRow, BASELINE_CHANNEL, OF_ALL } from '../tables/attribution.ts'
import type { ShapleyRow } from '../tables/shapley.ts'
import type { CellCredits } from './credit.ts'

/** What the rows of `attribution` need besides the credits. */
export interface AttributionContext {
  readonly grid: CellGrid
  /** The ordered channel vocabulary. */
  readonly channels: readonly string[]
  /** Conversions that brought their user into the data: no examples, credited to the baseline. */
  readonly entryConversions: number
  readonly entryValue: number
  /** Every conversion sits on a touch row, so that the baseline is not identified. */
  readonly seedFormat: boolean
  /** Whether there is a value column. */
  readonly hasValue: boolean
}

/** @returns what each channel has over all days, in the vocabulary's order. O(cells). */
export function sumByChannel(perCell: Float64Array, grid: CellGrid): Float64Array {
  return sumBy(perCell, grid.channelCount, (cell) => cell % grid.channelCount)
}

/** @returns what each day before the conversion has over all channels, day 0 first. O(cells). */
export function sumByDay(perCell: Float64Array, grid: CellGrid): Float64Array {
  return sumBy(perCell, grid.lookbackDays, (cell) => Math.floor(cell / grid.channelCount))
}

function sumBy(perCell: Float64Array, groups: number, groupOf: (cell: number) => number): Float64Array {
  const sums = new CompensatedSums(groups)
  perCell.forEach((amount, cell) => {
    sums.add(groupOf(cell), amount)
  })
  return sums.totals()
}

/**
 * @param perCell credit per cell.
 * @returns each cell's part of the total: they add up to 1. Undefined where the total is not positive: then nothing is
 * shared, and a part would mean nothing. O(cells).
 */
export function maybeShares(perCell: Float64Array): Float64Array | undefined {
  const total = compensatedSum(perCell)
  return total > 0 ? perCell.map((credit) => credit / total) : undefined
}

/** @returns the table `shapley`: a row for each of 0 .. lookback - 1, whose cells add up to 1 over the table. O(cells). */
export function buildShapleyRows(credits: CellCredits, grid: CellGrid): ShapleyRow[] {
  const shares = maybeShares(credits.conversions)
  return Array.from({ length: grid.lookbackDays }, (_, daysBefore) => {
    const first = daysBefore * grid.channelCount
    return { daysBefore, shares: nullable(shares?.subarray(first, first + grid.channelCount), grid) }
  })
}

/** @returns the one row of `shapley_channel`: a share per channel, the column sums of `shapley`. O(cells). */
export function buildShapleyChannelShares(credits: CellCredits, grid: CellGrid): (number | null)[] {
  const shares = maybeShares(credits.conversions)
  return nullable(shares && sumByChannel(shares, grid), grid)
}

function nullable(shares: Float64Array | undefined, grid: CellGrid): (number | null)[] {
  return shares === undefined ? Array(grid.channelCount).fill(null) : Array.from(shares)
}

/**
 * @returns the rows of one method in `attribution`: a row per cell, by days before, and the baseline's. Their
 * conversions add up to all conversions, entry conversions included. In the seed format there is no baseline row:
 * the channels share all conversions, and all value. O(cells).
 */
export function buildAttributionRows(credits: CellCredits, context: AttributionContext): AttributionRow[] {
  const { channels, grid, hasValue, seedFormat } = context
  const shares = maybeShares(credits.conversions)
  const { conversions: conversionScale, value: valueScale } = creditScales(credits, context)
  const rows = Array.from(credits.conversions, (conversions, cell): AttributionRow => {
    return {
      channel: channels[cell % grid.channelCount]!,
      ...OF_ALL,
      daysBefore: Math.floor(cell / grid.channelCount),
      conversions: scaled(conversions, conversionScale),
      value: hasValue ? scaled(credits.value[cell]!, valueScale) : null,
      share: shares?.[cell] ?? null,
      standardError: scaled(credits.standardError[cell]!, conversionScale),
      lower: null,
      upper: null,
    }
  })
  return seedFormat ? rows : [...rows, baselineRow(credits, context)]
}

/**
 * @returns what credits are multiplied by: 1, but in the seed format what makes the channels share all conversions and
 *   all value; undefined there where their credit is not positive. O(cells).
 */
export function creditScales(
  credits: CellCredits,
  context: Pick<AttributionContext, 'seedFormat' | 'entryConversions' | 'entryValue'>,
): { readonly conversions: number | undefined; readonly value: number | undefined } {
  if (!context.seedFormat) return { conversions: 1, value: 1 }
  return {
    conversions: scaleToAll(credits.conversions, allConversions(credits, context)),
    value: scaleToAll(credits.value, allValue(credits, context)),
  }
}

function baselineRow(credits: CellCredits, context: AttributionContext): AttributionRow {
  return {
    channel: BASELINE_CHANNEL,
    ...OF_ALL,
    daysBefore: null,
    conversions: credits.baselineConversions + context.entryConversions,
    value: context.hasValue ? credits.baselineValue + context.entryValue : null,
    share: null,
    standardError: null,
    lower: null,
    upper: null,
  }
}

function allConversions(credits: CellCredits, context: Pick<AttributionContext, 'entryConversions'>): number {
  return compensatedSum([...credits.conversions, credits.baselineConversions, context.entryConversions])
}

function allValue(credits: CellCredits, context: Pick<AttributionContext, 'entryValue'>): number {
  return compensatedSum([...credits.value, credits.baselineValue, context.entryValue])
}

/** What credits are multiplied by to add up to `all`; undefined where their own total is not positive. */
function scaleToAll(perCell: Float64Array, all: number): number | undefined {
  const total = compensatedSum(perCell)
  return total > 0 ? all / total : undefined
}

function scaled(amount: number, scale: number | undefined): number | null {
  return scale === undefined ? null : amount * scale
}
