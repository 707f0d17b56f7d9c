import { type CellGrid, cellsOf, type PatternBlock } from '../examples/pattern.ts'
import type { EventRows } from '../numerics/non-negative-poisson.ts'
import { withRoom } from '../numerics/with-room.ts'
import { columnOf, decay, HALF_LIVES_DAYS } from './exposure.ts'

/**
 * Collects patterns as the rows of the hazard model's fit: 1 for the baseline, then for each touched channel its touches,
 * decayed, by half-life. Its buffers are used again after {@link EventRowsBuilder.clear}.
 */
export class EventRowsBuilder {
  private readonly grid: CellGrid
  private readonly kernels: Float64Array
  private readonly decayed: Float64Array
  private readonly channels: number[] = []
  private readonly isTouched: Uint8Array
  private rowStart = new Uint32Array(1025)
  private counts = new Float64Array(1024)
  private column = new Uint16Array(8192)
  private entry = new Float64Array(8192)
  private rows = 0

  constructor(grid: CellGrid) {
    this.grid = grid
    this.kernels = Float64Array.from({ length: grid.lookbackDays * HALF_LIVES_DAYS.length }, (_, k) =>
      decay(Math.floor(k / HALF_LIVES_DAYS.length), HALF_LIVES_DAYS[k % HALF_LIVES_DAYS.length]!),
    )
    this.decayed = new Float64Array(columnOf(grid.channelCount, 0))
    this.isTouched = new Uint8Array(grid.channelCount)
  }

  clear(): void {
    this.rows = 0
  }

  /** Adds a cell, days before * channels + channel, to the row that {@link endRow} ends. O(1). */
  touch(cell: number): void {
    const { channelCount } = this.grid
    const channel = cell % channelCount
    const kernel = ((cell - channel) / channelCount) * HALF_LIVES_DAYS.length
    if (this.isTouched[channel] === 0) {
      this.isTouched[channel] = 1
      this.channels.push(channel)
    }
    for (let b = 0; b < HALF_LIVES_DAYS.length; b++) {
      this.decayed[columnOf(channel, b)]! += this.kernels[kernel + b]!
    }
  }

  /** Ends the row of a pattern that `count` conversions have. O(touched channels). */
  endRow(count: number): void {
    this.channels.sort((left, right) => left - right)
    let end = this.rowStart[this.rows]!
    this.reserve(end + columnOf(this.channels.length, 0))
    this.column[end] = 0
    this.entry[end++] = 1
    for (const channel of this.channels) {
      this.isTouched[channel] = 0
      for (let j = columnOf(channel, 0); j < columnOf(channel + 1, 0); j++) {
        this.column[end] = j
        this.entry[end++] = this.decayed[j]!
        this.decayed[j] = 0
      }
    }
    this.channels.length = 0
    this.counts[this.rows++] = count
    this.rowStart[this.rows] = end
  }

  /** @returns the rows so far, as views of buffers that are overwritten after {@link clear}. */
  eventRows(): EventRows {
    const entries = this.rowStart[this.rows]!
    return {
      rowStart: this.rowStart.subarray(0, this.rows + 1),
      column: this.column.subarray(0, entries),
      entry: this.entry.subarray(0, entries),
      count: this.counts.subarray(0, this.rows),
    }
  }

  private reserve(entries: number): void {
    this.counts = withRoom(this.counts, this.rows + 1)
    this.rowStart = withRoom(this.rowStart, this.rows + 2)
    this.column = withRoom(this.column, entries)
    this.entry = withRoom(this.entry, entries)
  }
}

/** @returns one row per pattern. @param counts conversions per pattern. O(touched cells). */
export function buildRows(patterns: PatternBlock, counts: Float64Array): EventRows {
  const rows = new EventRowsBuilder(patterns.grid)
  for (let at = 0; at < patterns.count; at++) {
    for (const cell of cellsOf(patterns, at)) rows.touch(cell)
    rows.endRow(counts[at]!)
  }
  return rows.eventRows()
}
