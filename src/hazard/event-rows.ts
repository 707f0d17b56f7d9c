import { cellsOf, type PatternBlock } from '../examples/pattern.ts'
import type { EventRows } from '../numerics/non-negative-poisson.ts'
import { withRoom } from '../numerics/with-room.ts'
import type { HazardColumns } from './columns.ts'

/**
 * Collects patterns as the rows of the hazard model's fit: 1 for the baseline, then for each touched channel its touches,
 * decayed, by curve, then the pairs. Its buffers are used again after {@link EventRowsBuilder.clear}.
 */
export class EventRowsBuilder {
  private readonly columns: HazardColumns
  private readonly curveCount: number
  /** Days before x curve. */
  private readonly left: Float64Array
  private readonly decayed: Float64Array
  /** By channel, for pairs. */
  private readonly paired: Float64Array
  private readonly channels: number[] = []
  private readonly isTouched: Uint8Array
  private rowStart = new Uint32Array(1025)
  private counts = new Float64Array(1024)
  private column = new Uint16Array(8192)
  private entry = new Float64Array(8192)
  private rows = 0

  constructor(columns: HazardColumns) {
    const { grid, curves } = columns
    this.columns = columns
    this.curveCount = curves.length
    this.left = Float64Array.from(
      { length: grid.lookbackDays * curves.length },
      (_, k) => curves[k % curves.length]![Math.floor(k / curves.length)]!,
    )
    this.decayed = new Float64Array(columns.pairColumn(0))
    this.paired = new Float64Array(grid.channelCount)
    this.isTouched = new Uint8Array(grid.channelCount)
  }

  clear(): void {
    this.rows = 0
  }

  /** Adds a cell, days before * channels + channel, to the row that {@link endRow} ends. O(curves). */
  touch(cell: number): void {
    const { grid, pairCurve } = this.columns
    const channel = cell % grid.channelCount
    const daysBefore = (cell - channel) / grid.channelCount
    if (this.isTouched[channel] === 0) {
      this.isTouched[channel] = 1
      this.channels.push(channel)
    }
    const [at, left] = [this.columns.columnOf(channel, 0), daysBefore * this.curveCount]
    for (let b = 0; b < this.curveCount; b++) this.decayed[at + b]! += this.left[left + b]!
    this.paired[channel]! += pairCurve[daysBefore]!
  }

  /** Ends the row of a pattern that `count` conversions have. O(touched channels * curves + pairs). */
  endRow(count: number): void {
    this.channels.sort((left, right) => left - right)
    const { pairs } = this.columns
    let end = this.rowStart[this.rows]!
    this.reserve(end + 1 + this.channels.length * this.curveCount + pairs.length)
    this.column[end] = 0
    this.entry[end++] = 1
    for (const channel of this.channels) {
      for (let j = this.columns.columnOf(channel, 0); j < this.columns.columnOf(channel + 1, 0); j++) {
        if (this.decayed[j] === 0) continue
        this.column[end] = j
        this.entry[end++] = this.decayed[j]!
        this.decayed[j] = 0
      }
    }
    for (let at = 0; at < pairs.length; at++) {
      const product = this.paired[pairs[at]![0]]! * this.paired[pairs[at]![1]]!
      if (product === 0) continue
      this.column[end] = this.columns.pairColumn(at)
      this.entry[end++] = product
    }
    for (const channel of this.channels) {
      this.isTouched[channel] = 0
      this.paired[channel] = 0
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

/** @returns one row per pattern. @param counts conversions per pattern. O(touched cells * curves). */
export function buildRows(columns: HazardColumns, patterns: PatternBlock, counts: Float64Array): EventRows {
  const rows = new EventRowsBuilder(columns)
  for (let at = 0; at < patterns.count; at++) {
    for (const cell of cellsOf(patterns, at)) rows.touch(cell)
    rows.endRow(counts[at]!)
  }
  return rows.eventRows()
}
