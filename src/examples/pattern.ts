import { DataError } from '../errors.ts'
import { lowestBit } from '../numerics/bits.ts'

/**
 * A pattern is the set of cells that one example touched; a cell is (days before, channel). Only patterns with their
 * counts leave the warehouse, never single rows.
 */
export interface PatternRecord {
  /** Days before the example's day, 0..W-1, one entry per touched cell; sorted by days before, then channel. */
  readonly daysBefore: readonly number[]
  /** Index into the ordered channel vocabulary, one entry per touched cell. */
  readonly channels: readonly number[]
  /** 1: the user converted on that day; 0: did not. */
  readonly label: 0 | 1
  /** Examples with this pattern and label, including those that validate. */
  readonly count: number
  /** How many of `count` belong to validating users. */
  readonly validationCount: number
  /** How many of `count` conversions are credited, not only learned from; absent: all. */
  readonly creditedCount?: number
  /** Value of the credited conversions; 0 if there is no value column or the label is 0. */
  readonly value: number
}

/** @returns the record's conversions that are credited. */
export function creditedCountOf({ label, count, creditedCount }: PatternRecord): number {
  return label === 1 ? (creditedCount ?? count) : 0
}

/** The touched cells of a record. */
export type TouchedCells = Pick<PatternRecord, 'daysBefore' | 'channels'>

/** The grid that patterns live on: `lookbackDays` x `channelCount` cells. */
export interface CellGrid {
  readonly lookbackDays: number
  readonly channelCount: number
}

/** @returns the number of cells in the grid. */
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
  { daysBefore, channels }: TouchedCells,
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
 * Sets the bits of a record's touched cells in the words from `from` on. O(touched cells).
 * @throws {DataError} if a cell lies outside the grid.
 */
export function setTouchedCells(
  grid: CellGrid,
  record: TouchedCells,
  words: Uint32Array,
  from: number,
): void {
  for (let k = 0; k < record.channels.length; k++) {
    const cell = touchedCell(grid, record, k)
    words[from + (cell >>> 5)]! |= 1 << (cell & 31)
  }
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
