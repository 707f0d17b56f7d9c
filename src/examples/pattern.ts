import { DataError } from '../errors.ts'
import { lowestBit } from '../numerics/bits.ts'

/**
 * A pattern is the set of cells that one example touched; a cell is (days before, channel). Patterns with their counts
 * are all that leaves the warehouse: no single row does.
 */
export interface PatternRecord {
  /** Days before the example's day, 0..W-1, one entry per touched cell; sorted by days before, then channel. */
  readonly daysBefore: readonly number[]
  /** Index into the ordered channel vocabulary, one entry per touched cell. */
  readonly channels: readonly number[]
  /** 1: the user converted on that day; 0: did not. */
  readonly label: 0 | 1
  /** Examples with this pattern and label, those that validate included. */
  readonly count: number
  /** How many of `count` belong to validating users. */
  readonly validationCount: number
  /** Conversion value summed over the examples; 0 if there is no value column or the label is 0. */
  readonly value: number
}

/** The grid that patterns live on: `lookbackDays` x `channelCount` cells. */
export interface CellGrid {
  readonly lookbackDays: number
  readonly channelCount: number
}

/** @returns cells in the grid. */
export function cellCount(grid: CellGrid): number {
  return grid.lookbackDays * grid.channelCount
}

/**
 * Many patterns as bits, to be evaluated and explained: bit `daysBefore * channelCount + channel` of a pattern
 * is bit `cell & 31` of its word `cell >> 5`.
 */
export interface PatternBlock {
  readonly grid: CellGrid
  /** Patterns in the block. */
  readonly count: number
  /** 32-bit words per pattern: ceil(cells / 32). */
  readonly wordsPerPattern: number
  /** Pattern i at words[i * wordsPerPattern ...]; may be longer than count * wordsPerPattern. */
  readonly words: Uint32Array
}

/** @returns 32-bit words per pattern of this grid. */
export function wordsPerPattern(grid: CellGrid): number {
  return Math.ceil(cellCount(grid) / 32)
}

/** The patterns that led to conversions, each once. */
export interface ConvertingPatterns {
  readonly patterns: PatternBlock
  /** Conversions per pattern. */
  readonly conversions: Float64Array
  /** Conversion value per pattern. */
  readonly value: Float64Array
}

/**
 * @param k which of the record's touched cells.
 * @returns the cell's bit, see {@link PatternBlock}. O(1).
 * @throws {DataError} if it lies outside the grid.
 */
export function touchedCell(
  { lookbackDays, channelCount }: CellGrid,
  { daysBefore, channels }: Pick<PatternRecord, 'daysBefore' | 'channels'>,
  k: number,
): number {
  const [day, channel] = [daysBefore[k]!, channels[k]!]
  if (day >= 0 && day < lookbackDays && channel >= 0 && channel < channelCount) {
    return day * channelCount + channel
  }
  throw new DataError(
    `patterns: got a touch ${day} days before on channel ${channel}, ` +
      `the grid has ${lookbackDays} days and ${channelCount} channels; export again`,
  )
}

/**
 * @returns the patterns of records as one block, in order. O(records + cells).
 * @throws {DataError} if a cell lies outside the grid.
 */
export function packPatterns(
  grid: CellGrid,
  records: readonly Pick<PatternRecord, 'daysBefore' | 'channels'>[],
): PatternBlock {
  const perPattern = wordsPerPattern(grid)
  const words = new Uint32Array(records.length * perPattern)
  records.forEach((record, at) => {
    record.daysBefore.forEach((_, k) => {
      const cell = touchedCell(grid, record, k)
      words[at * perPattern + (cell >>> 5)]! |= 1 << (cell & 31)
    })
  })
  return { grid, count: records.length, wordsPerPattern: perPattern, words }
}

/** @returns the touched cells of pattern `at`, ascending. O(words + cells). */
export function cellsOf(block: PatternBlock, at: number): number[] {
  const cells: number[] = []
  for (let word = 0; word < block.wordsPerPattern; word++) {
    for (let bits = block.words[at * block.wordsPerPattern + word]!; bits !== 0; bits &= bits - 1) {
      cells.push(word * 32 + lowestBit(bits))
    }
  }
  return cells
}

/**
 * v(S): the probability that an example with exactly these touches converts. Pure: the same patterns give the same
 * numbers in any batch and any order.
 */
export type ValueFunction = (patterns: PatternBlock) => Promise<Float64Array>
