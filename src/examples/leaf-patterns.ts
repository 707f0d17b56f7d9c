import { withRoom } from '../numerics/with-room.ts'
import type { Leaf } from './leaves.ts'
import { type CellGrid, creditedCountOf, type PatternRecord, touchedCell } from './pattern.ts'

/** What the campaigns of an export are, and the grid of their cells, days before * leaves + leaf. */
export interface LeafGrid {
  readonly leaves: readonly Leaf[]
  /** Its channels are the leaves. */
  readonly grid: CellGrid
  /** Of the channels that they are part of. */
  readonly channelGrid: CellGrid
}

/** @returns the cell of the channel that a cell of a campaign is part of. */
export function channelCellOf({ leaves, grid, channelGrid }: LeafGrid, cell: number): number {
  const leaf = cell % grid.channelCount
  return ((cell - leaf) / grid.channelCount) * channelGrid.channelCount + leaves[leaf]!.channel
}

/** Patterns of campaigns that led to conversions: those of pattern i are cells [starts[i], starts[i + 1]), ascending. */
export class LeafPatterns {
  readonly of: LeafGrid
  count = 0
  starts = new Uint32Array(1025)
  cells = new Uint32Array(4096)
  /** The cell of the channel of each cell. */
  channelCells = new Uint32Array(4096)
  /** By cell: 1, or, where several campaigns of one channel were touched on one day, one's part. */
  parts = new Float64Array(4096)
  conversions = new Float64Array(1024)
  credited = new Float64Array(1024)
  /** Of the credited conversions. */
  value = new Float64Array(1024)

  constructor(of: LeafGrid) {
    this.of = of
  }

  /** Amortised O(touched cells). @throws {DataError} if a cell lies outside the grid. */
  add(record: PatternRecord): void {
    const from = this.starts[this.count]!
    const size = record.channels.length
    this.reserve(from + size)
    for (let k = 0; k < size; k++) this.cells[from + k] = touchedCell(this.of.grid, record, k)
    this.cells.subarray(from, from + size).sort()
    for (let k = from; k < from + size; k++) this.channelCells[k] = channelCellOf(this.of, this.cells[k]!)
    // Leaves are grouped by channel: those of one channel and day stand side by side.
    for (let first = from, k = from; k <= from + size; k++) {
      if (k < from + size && this.channelCells[k] === this.channelCells[first]) continue
      this.parts.fill(1 / (k - first), first, k)
      first = k
    }
    this.conversions[this.count] = record.count
    this.credited[this.count] = creditedCountOf(record)
    this.value[this.count] = record.value
    this.starts[++this.count] = from + size
  }

  private reserve(cells: number): void {
    this.cells = withRoom(this.cells, cells)
    this.channelCells = withRoom(this.channelCells, cells)
    this.parts = withRoom(this.parts, cells)
    this.starts = withRoom(this.starts, this.count + 2)
    this.conversions = withRoom(this.conversions, this.count + 1)
    this.credited = withRoom(this.credited, this.count + 1)
    this.value = withRoom(this.value, this.count + 1)
  }
}
