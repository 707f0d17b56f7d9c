import { type CellGrid, cellCount, type PatternRecord, touchedCell } from '../examples/pattern.ts'
import type { HazardColumns } from './columns.ts'

/**
 * For what fraction of an example's day its touches had an effect. Exposing conversion days in full instead of half
 * changes the share error by less than 0.1 and the baseline by 0.3 (in the seed format, which reports none, by up to 1.2).
 */
export interface ExposureRule {
  /**
   * Of a touch on the example's own day: in full where the example is a moment after it, half where it is a whole day, as a touch
   * comes at some time of the day.
   */
  readonly dayZeroExposure: number
  /** Of any touch on a day with a conversion, which comes at some time of the day and uses up its touches. */
  readonly conversionDayExposure: number
}

/** Examples are users at a moment (`--examples user-days`), or, in the seed format, at the instant of a touch. */
export const MOMENT_EXPOSURE: ExposureRule = { dayZeroExposure: 1, conversionDayExposure: 0.5 }

/** Examples without a conversion are whole days (`--examples td-mta`). */
export const WHOLE_DAY_EXPOSURE: ExposureRule = { dayZeroExposure: 0.5, conversionDayExposure: 0.5 }

/** What the exposure of examples depends on, as the manifest says it. */
export interface ExampleKind {
  /** Every conversion is on a touch row. */
  readonly seedFormat: boolean
  /** The rule that made the examples. */
  readonly options: { readonly examples: 'user-days' | 'td-mta' }
}

/** @returns the rule for examples of a kind. */
export function exposureRuleOf({ seedFormat, options }: ExampleKind): ExposureRule {
  return seedFormat || options.examples === 'user-days' ? MOMENT_EXPOSURE : WHOLE_DAY_EXPOSURE
}

/** How many examples there are, and how many of them touched each cell. */
export class CellCounts {
  readonly cells: Float64Array
  examples = 0
  readonly grid: CellGrid

  constructor(grid: CellGrid) {
    this.grid = grid
    this.cells = new Float64Array(cellCount(grid))
  }

  /** @throws {DataError} where the record touches a cell outside the grid. O(touched cells). */
  add(record: PatternRecord): void {
    this.examples += record.count
    for (let k = 0; k < record.channels.length; k++) {
      this.cells[touchedCell(this.grid, record, k)]! += record.count
    }
  }
}

/**
 * @param pairs days of exposure of the columns' pairs, in their order.
 * @returns the days of exposure per column of the fit. O(cells * curves).
 */
export function addUpExposure(
  columns: HazardColumns,
  positives: CellCounts,
  negatives: CellCounts,
  rule: ExposureRule,
  pairs: ArrayLike<number> = [],
): Float64Array {
  const { channelCount } = columns.grid
  const exposure = new Float64Array(columns.count)
  exposure[0] = positives.examples + negatives.examples
  positives.cells.forEach((converted, cell) => {
    const daysBefore = Math.floor(cell / channelCount)
    const days = negatives.cells[cell]! + converted * rule.conversionDayExposure
    const exposed = days * (daysBefore === 0 ? rule.dayZeroExposure : 1)
    columns.curves.forEach((curve, b) => {
      exposure[columns.columnOf(cell % channelCount, b)]! += exposed * curve[daysBefore]!
    })
  })
  exposure.set(pairs, columns.pairColumn(0))
  return exposure
}
