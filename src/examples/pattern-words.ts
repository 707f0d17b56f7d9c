import { lowestBit } from '../numerics/bits.ts'
import type { CellGrid } from './pattern.ts'

/**
 * How a pattern travels from the warehouse: as whole numbers below 2^52, which every client and JavaScript itself keep
 * exact. A word holds whole days, by ascending days before, with one bit per channel; if there are more channels than
 * bits in a word, a day takes several words.
 */
export interface WordLayout {
  readonly grid: CellGrid
  /** Words per pattern. */
  readonly count: number
  /** Whole days in a word; 1 if a day takes several words. */
  readonly daysPerWord: number
  readonly wordsPerDay: number
  /** Channels per day of a word. */
  readonly channelsPerWord: number
}

/** Bits of a double's mantissa, less one. */
const BITS_PER_WORD = 52

/** @returns the layout for a grid. */
export function wordLayoutOf(grid: CellGrid): WordLayout {
  const { lookbackDays, channelCount } = grid
  const wordsPerDay = Math.ceil(channelCount / BITS_PER_WORD)
  const fitting = Math.floor(BITS_PER_WORD / channelCount)
  // Days in equal parts, so that no word is nearly empty.
  const words = fitting > 0 ? Math.ceil(lookbackDays / fitting) : lookbackDays
  const daysPerWord = fitting > 0 ? Math.ceil(lookbackDays / words) : 1
  return {
    grid,
    count: Math.ceil(lookbackDays / daysPerWord) * wordsPerDay,
    daysPerWord,
    wordsPerDay,
    channelsPerWord: wordsPerDay > 1 ? BITS_PER_WORD : channelCount,
  }
}

/** @returns how many bits of a word stand for cells; the others are 0. */
export function wordBits(layout: WordLayout, word: number): number {
  const { grid, daysPerWord, wordsPerDay, channelsPerWord } = layout
  if (wordsPerDay > 1)
    return Math.min(BITS_PER_WORD, grid.channelCount - (word % wordsPerDay) * BITS_PER_WORD)
  return Math.min(daysPerWord, grid.lookbackDays - word * daysPerWord) * channelsPerWord
}

/** The cell that each bit stands for: that of bit `b` of word `w` is at [w * 52 + b]. */
export interface CellsByBit {
  readonly daysBefore: Uint16Array
  readonly channels: Uint16Array
}

/** @returns the cells of all bits, for those who read many patterns. */
export function cellsByBit(layout: WordLayout): CellsByBit {
  const bitCount = layout.count * BITS_PER_WORD
  const daysBefore = new Uint16Array(bitCount)
  const channels = new Uint16Array(bitCount)
  for (let bit = 0; bit < bitCount; bit++) {
    daysBefore[bit] = daysBeforeOf(layout, bit)
    channels[bit] = channelOf(layout, bit)
  }
  return { daysBefore, channels }
}

function daysBeforeOf({ wordsPerDay, daysPerWord, channelsPerWord }: WordLayout, bit: number): number {
  const word = Math.floor(bit / BITS_PER_WORD)
  if (wordsPerDay > 1) return Math.floor(word / wordsPerDay)
  return word * daysPerWord + Math.floor((bit % BITS_PER_WORD) / channelsPerWord)
}

function channelOf({ wordsPerDay, channelsPerWord }: WordLayout, bit: number): number {
  const word = Math.floor(bit / BITS_PER_WORD)
  return (word % wordsPerDay) * channelsPerWord + ((bit % BITS_PER_WORD) % channelsPerWord)
}

// Scratch space: allocating it for each row would take several times longer than reading the row.
const halves = new Uint32Array(2)

/**
 * Reads which bits of a pattern are set, by their positions in `CellsByBit`, which is the order of cells by days before, then
 * channel. The loop is hot.
 * @param words a column for each word.
 * @param row of the columns.
 * @param touched gets the positions.
 * @returns how many bits are set. O(words + set bits).
 */
export function readTouchedBits(
  words: readonly ArrayLike<number>[],
  row: number,
  touched: Uint32Array,
): number {
  let found = 0
  for (let word = 0; word < words.length; word++) {
    const value = words[word]![row]!
    halves[0] = value
    halves[1] = value / 2 ** 32
    const first = word * BITS_PER_WORD
    for (let bits = halves[0]!; bits !== 0; bits &= bits - 1) touched[found++] = first + lowestBit(bits)
    for (let bits = halves[1]!; bits !== 0; bits &= bits - 1) touched[found++] = first + 32 + lowestBit(bits)
  }
  return found
}

/**
 * Reads the words of a pattern.
 * @param words whole numbers, one per word.
 * @returns its cells, sorted by days before, then channel. O(words + cells).
 */
export function cellsOfWords(
  layout: WordLayout,
  words: ArrayLike<number>,
): { readonly daysBefore: number[]; readonly channels: number[] } {
  const touched = new Uint32Array(layout.count * BITS_PER_WORD)
  const columns = Array.from({ length: layout.count }, (_, word) => [words[word]!])
  const bits = touched.subarray(0, readTouchedBits(columns, 0, touched))
  return {
    daysBefore: Array.from(bits, (bit) => daysBeforeOf(layout, bit)),
    channels: Array.from(bits, (bit) => channelOf(layout, bit)),
  }
}

/** @returns the words of a pattern, as the warehouse returns them. O(words + cells). */
export function wordsOfCells(
  layout: WordLayout,
  daysBefore: readonly number[],
  channels: readonly number[],
): number[] {
  const { count, wordsPerDay, daysPerWord, channelsPerWord } = layout
  const words: number[] = Array(count).fill(0)
  daysBefore.forEach((day, at) => {
    const part = Math.floor(channels[at]! / channelsPerWord)
    const word = wordsPerDay === 1 ? Math.floor(day / daysPerWord) : day * wordsPerDay + part
    const bit =
      (wordsPerDay === 1 ? (day % daysPerWord) * channelsPerWord : 0) + (channels[at]! % channelsPerWord)
    words[word]! += 2 ** bit
  })
  return words
}
