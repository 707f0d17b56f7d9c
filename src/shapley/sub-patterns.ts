import { withRoom } from '../numerics/with-room.ts'
import { type CoalitionSample, readMembers } from './coalition-sample.ts'
import type { Orders } from './orders.ts'

/** The sub-patterns that one game asks for, written one after another; used again for the next game. */
export class SubPatterns {
  /** Sub-patterns written. */
  count = 0
  /** Sub-pattern i at words[i * wordsPerPattern ...]. */
  words: Uint32Array = new Uint32Array(64)
  private readonly width: number

  constructor(wordsPerPattern: number) {
    this.width = wordsPerPattern
  }

  /** Writes all 2^cells sub-patterns; that of the players in `mask` at place `mask`. O(2^cells words). */
  writeAll(cells: readonly number[]): void {
    const { width } = this
    this.makeRoom(2 ** cells.length)
    const { words } = this
    words.fill(0, 0, width)
    // With each cell the list doubles: all that is there, and the same with the cell.
    for (let player = 0, half = width; player < cells.length; player++, half *= 2) {
      words.copyWithin(half, 0, half)
      const bit = 1 << (cells[player]! & 31)
      for (let at = half + (cells[player]! >>> 5); at < 2 * half; at += width) words[at]! |= bit
    }
  }

  /** Writes the empty sub-pattern, each drawn coalition with its complement, and the whole. O(pairs cells). */
  writeSample(cells: readonly number[], sample: CoalitionSample): void {
    const { width } = this
    this.makeRoom(2 * sample.pairs + 2)
    const whole = this.writeEnds(cells)
    const members = new Uint32Array(cells.length)
    for (let pair = 0; pair < sample.pairs; pair++) {
      const at = (1 + 2 * pair) * width
      const size = readMembers(sample, pair, members)
      this.words.fill(0, at, at + width)
      for (let k = 0; k < size; k++) this.include(at, cells[members[k]!]!)
      this.writeRest(at, at + width, whole)
    }
  }

  /** Writes the empty sub-pattern, of each order the first 1, 2, ... cells, each followed by the others, and the whole. */
  writeOrders(cells: readonly number[], { players, pairs, places }: Orders): void {
    const { width } = this
    this.makeRoom(2 + 2 * pairs * (players - 1))
    const whole = this.writeEnds(cells)
    let at = width
    for (let pair = 0; pair < pairs; pair++) {
      for (let k = 0; k < players - 1; k++, at += 2 * width) {
        if (k === 0) this.words.fill(0, at, at + width)
        else this.words.copyWithin(at, at - 2 * width, at - width)
        this.include(at, cells[places[pair * players + k]!]!)
        this.writeRest(at, at + width, whole)
      }
    }
  }

  private makeRoom(count: number): void {
    this.count = count
    this.words = withRoom(this.words, count * this.width)
  }

  /** Writes the empty sub-pattern first and the whole one last. @returns where the latter begins. */
  private writeEnds(cells: readonly number[]): number {
    const last = (this.count - 1) * this.width
    this.words.fill(0, 0, this.width)
    this.words.fill(0, last, last + this.width)
    for (const cell of cells) this.include(last, cell)
    return last
  }

  private include(at: number, cell: number): void {
    this.words[at + (cell >>> 5)]! |= 1 << (cell & 31)
  }

  /** Writes at `to` what the whole pattern has besides the sub-pattern at `at`. */
  private writeRest(at: number, to: number, whole: number): void {
    for (let word = 0; word < this.width; word++) {
      this.words[to + word] = this.words[whole + word]! ^ this.words[at + word]!
    }
  }
}
