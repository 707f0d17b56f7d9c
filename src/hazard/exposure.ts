import { type CellGrid, cellCount, type PatternRecord, touchedCell } from '../examples/pattern.ts'
import type { HazardColumns } from './columns.ts'

/**
 * For what part of an example's own day the touches of that day had an effect. All other touches, and those of conversions, count in
 * full: a conversion is one of the moments that it is compared with.
 */
export interface ExposureRule {
  /** In full where the example is a moment after the touch, half where it is a whole day, as a touch comes at some time of it. */
  readonly dayZeroExposure: number
}

/** Examples are users at a moment (`--examples user-days`), or, in the seed format, at the instant of a touch. */
export const MOMENT_EXPOSURE: ExposureRule = { dayZeroExposure: 1 }

/** Examples without a conversion are whole days (`--examples td-mta`). */
export const WHOLE_DAY_EXPOSURE: ExposureRule = { dayZeroExposure: 0.5 }

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

  /** @param cells examples that touched each. */
  static of(grid: CellGrid, examples: number, cells: readonly number[]): CellCounts {
    const counts = new CellCounts(grid)
    counts.examples = examples
    counts.cells.set(cells)
    return counts
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
    const exposed = negatives.cells[cell]! * (daysBefore === 0 ? rule.dayZeroExposure : 1) + converted
    columns.curves.forEach((curve, b) => {
      exposure[columns.columnOf(cell % channelCount, b)]! += exposed * curve[daysBefore]!
    })
  })
  exposure.set(pairs, columns.pairColumn(0))
  return exposure
}
