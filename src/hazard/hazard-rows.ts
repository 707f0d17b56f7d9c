import { DataError } from '../errors.ts'
import {
  type CellGrid,
  cellCount,
  cellsOf,
  type PatternBlock,
  type PatternRecord,
  packPatterns,
} from '../examples/pattern.ts'
import type { EventRows } from '../numerics/non-negative-poisson.ts'
import { PatternTable } from '../numerics/pattern-table.ts'

/**
 * Half-lives of the decay kernels, in days: what wears off within hours, within a day, within weeks. On simulated
 * touchpoints (half-lives 0.25 to 3 days) shares were off by 0.61 points on average; with 0.5, 1.5 and 5 by 0.75.
 */
export const HALF_LIVES_DAYS: readonly number[] = [0.3, 1, 4]

/**
 * @returns 2^(-elapsed / halfLifeDays), what is left of an effect, averaged over the times of day of touch and
 *   conversion: all that days before tell. On day 0 the touch comes first. O(1).
 */
export function decay(daysBefore: number, halfLifeDays: number): number {
  const rate = Math.LN2 / halfLifeDays
  const withinDay = -Math.expm1(-rate) / rate
  if (daysBefore === 0) return (2 * (1 - withinDay)) / rate
  return Math.exp(-rate * (daysBefore - 1)) * withinDay ** 2
}

/**
 * For how much of an example's day its touches were at work, as fractions of a day. Tried on simulated touchpoints of
 * known causes: with day 0 half exposed shares are off by 0.8 points on average and the baseline is 2.3 points low, with
 * day 0 in full by 1.3, the baseline 2.6 high. In the seed format it is the other way round: half 2.3, in full 0.3.
 * Exposing conversion days in full instead of half changes the share error by less than 0.1 and the baseline by 0.3 (in
 * the seed format, which reports none, by up to 1.2).
 */
export interface ExposureRule {
  /** Of a touch on the example's own day: it comes at some time of the day, half of it is left on average. */
  readonly dayZeroExposure: number
  /** Of any touch on a day with a conversion: the conversion comes at some time of the day and uses its touches up. */
  readonly conversionDayExposure: number
}

/** Examples are whole days (`--examples user-days`). */
export const USER_DAY_EXPOSURE: ExposureRule = { dayZeroExposure: 0.5, conversionDayExposure: 0.5 }

/** Every conversion lies on a touch row, at the very instant of the touch: no part of a day passes in between. */
export const SEED_FORMAT_EXPOSURE: ExposureRule = { dayZeroExposure: 1, conversionDayExposure: 0.5 }

/** @returns the rule for data in which every conversion lies on a touch row, or for all other. */
export function exposureRuleOf({ seedFormat }: { readonly seedFormat: boolean }): ExposureRule {
  return seedFormat ? SEED_FORMAT_EXPOSURE : USER_DAY_EXPOSURE
}

/** Column 0 is the baseline, then the half-lives of channel 0, of channel 1, ... */
export function columnOf(channel: number, halfLife: number): number {
  return 1 + channel * HALF_LIVES_DAYS.length + halfLife
}

/** Examples in all, and those that touched each cell. */
export class CellCounts {
  readonly cells: Float64Array
  examples = 0
  private readonly grid: CellGrid

  constructor(grid: CellGrid) {
    this.grid = grid
    this.cells = new Float64Array(cellCount(grid))
  }

  /** @throws DataError where the record touches a cell outside the grid. O(touched cells). */
  add({ daysBefore, channels, count }: PatternRecord): void {
    const { lookbackDays, channelCount } = this.grid
    this.examples += count
    for (let k = 0; k < daysBefore.length; k++) {
      const day = daysBefore[k]!
      const channel = channels[k]!
      if (!(day >= 0 && day < lookbackDays && channel >= 0 && channel < channelCount)) {
        throw new DataError(
          `hazard model: got a touch ${day} days before on channel ${channel}, the grid has ${lookbackDays} days and ${channelCount} channels; export again`,
        )
      }
      this.cells[day * channelCount + channel]! += count
    }
  }
}

export interface Positives {
  readonly patterns: PatternBlock
  /** Conversions, one entry a pattern. */
  readonly counts: Float64Array
  readonly cells: CellCounts
}

export async function collectPositives(
  grid: CellGrid,
  batches: AsyncIterable<readonly PatternRecord[]>,
  signal: AbortSignal | undefined,
): Promise<Positives> {
  const cells = new CellCounts(grid)
  const table = new PatternTable(packPatterns(grid, []).wordsPerPattern)
  const counts: number[] = []
  for await (const records of batches) {
    signal?.throwIfAborted()
    const counted = records.filter((record) => record.count > 0)
    for (const record of counted) cells.add(record)
    const { words, wordsPerPattern } = packPatterns(grid, counted)
    counted.forEach((record, at) => {
      const pattern = table.intern(words, at * wordsPerPattern)
      counts[pattern] = (counts[pattern] ?? 0) + record.count
    })
  }
  const { count, words, wordsPerPattern } = table
  return { patterns: { grid, count, words, wordsPerPattern }, counts: Float64Array.from(counts), cells }
}

/** Days that each column was at work on, its kernel's decay counted in. O(cells). */
export function addUpExposure(
  { channelCount }: CellGrid,
  positives: Pick<CellCounts, 'cells' | 'examples'>,
  negatives: Pick<CellCounts, 'cells' | 'examples'>,
  rule: ExposureRule,
): Float64Array {
  const exposure = new Float64Array(columnOf(channelCount, 0))
  exposure[0] = positives.examples + negatives.examples
  positives.cells.forEach((converted, cell) => {
    const daysBefore = Math.floor(cell / channelCount)
    const days = negatives.cells[cell]! + converted * rule.conversionDayExposure
    const exposed = days * (daysBefore === 0 ? rule.dayZeroExposure : 1)
    HALF_LIVES_DAYS.forEach((halfLife, b) => {
      exposure[columnOf(cell % channelCount, b)]! += exposed * decay(daysBefore, halfLife)
    })
  })
  return exposure
}

/** One row a pattern: 1 for the baseline, then for each touched channel its decayed touches by half-life. */
export function buildRows(patterns: PatternBlock, count: Float64Array): EventRows {
  const { channelCount, lookbackDays } = patterns.grid
  const kernels = Float64Array.from({ length: lookbackDays * HALF_LIVES_DAYS.length }, (_, k) =>
    decay(Math.floor(k / HALF_LIVES_DAYS.length), HALF_LIVES_DAYS[k % HALF_LIVES_DAYS.length]!),
  )
  const rowStart = new Uint32Array(patterns.count + 1)
  for (let at = 0; at < patterns.count; at++) {
    const channels = new Set(cellsOf(patterns, at).map((cell) => cell % channelCount))
    rowStart[at + 1] = columnOf(channels.size, 0) + rowStart[at]!
  }
  const column = new Uint16Array(rowStart[patterns.count]!)
  const entry = new Float64Array(column.length)
  const decayed = new Float64Array(columnOf(channelCount, 0))
  for (let at = 0; at < patterns.count; at++) {
    const touched = addDecayed(cellsOf(patterns, at), channelCount, kernels, decayed)
    column.set(touched, rowStart[at]!)
    touched.forEach((from, k) => {
      entry[rowStart[at]! + k] = decayed[from]!
    })
  }
  return { rowStart, column, entry, count }
}

/**
 * Puts a pattern's decayed touches into their columns of `decayed`, 1 into the baseline's.
 * @returns the columns that were filled, ascending.
 */
function addDecayed(
  cells: readonly number[],
  channelCount: number,
  kernels: Float64Array,
  decayed: Float64Array,
): number[] {
  const halfLives = HALF_LIVES_DAYS.length
  const channels = [...new Set(cells.map((cell) => cell % channelCount))].sort((left, right) => left - right)
  const columns = [0]
  decayed[0] = 1
  for (const channel of channels) {
    for (let b = 0; b < halfLives; b++) {
      columns.push(columnOf(channel, b))
      decayed[columnOf(channel, b)] = 0
    }
  }
  for (const cell of cells) {
    const daysBefore = Math.floor(cell / channelCount)
    for (let b = 0; b < halfLives; b++) {
      decayed[columnOf(cell % channelCount, b)]! += kernels[daysBefore * halfLives + b]!
    }
  }
  return columns
}
