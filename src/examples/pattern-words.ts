import { readSetBits } from '../numerics/bits.ts'
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

// Scratch space: allocating it for each row would take several times longer than reading the row.
const halves = new Uint32Array(2)
const bits = new Uint32Array(BITS_PER_WORD)

/**
 * Reads the words of a pattern.
 * @param row whole numbers, one per word, from `from` on.
 * @returns its cells, sorted by days before, then channel. O(words + cells).
 */
export function cellsOfWords(
  layout: WordLayout,
  row: ArrayLike<unknown>,
  from: number,
): { readonly daysBefore: number[]; readonly channels: number[] } {
  const { count, wordsPerDay, daysPerWord, channelsPerWord } = layout
  const daysBefore: number[] = []
  const channels: number[] = []
  for (let word = 0; word < count; word++) {
    const value = Number(row[from + word])
    halves[0] = value
    halves[1] = value / 2 ** 32
    const found = readSetBits(halves, 0, 2, bits)
    for (let k = 0; k < found; k++) {
      const bit = bits[k]!
      const dayInWord = Math.floor(bit / channelsPerWord)
      daysBefore.push(wordsPerDay === 1 ? word * daysPerWord + dayInWord : Math.floor(word / wordsPerDay))
      channels.push((word % wordsPerDay) * channelsPerWord + bit - dayInWord * channelsPerWord)
    }
  }
  return { daysBefore, channels }
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
