import { type CellGrid, cellCount, type PatternBlock } from '../../examples/pattern.ts'
import { readSetBits } from '../../numerics/bits.ts'

/** Where the 1 of each cell is in a dense input of one row; rows are `rowStride` apart. */
export interface DenseLayout {
  readonly offsets: Int32Array
  readonly rowStride: number
}

/**
 * @param rows of the dense input.
 * @returns the layout [days, rows, channels] with the oldest day first. O(cells).
 */
export function timeMajorLayout(grid: CellGrid, rows: number): DenseLayout {
  const { lookbackDays, channelCount } = grid
  const offsets = Int32Array.from({ length: cellCount(grid) }, (_, cell) => {
    const day = lookbackDays - 1 - Math.floor(cell / channelCount)
    return day * rows * channelCount + (cell % channelCount)
  })
  return { offsets, rowStride: channelCount }
}

/**
 * Sets the touched cells of `count` patterns, from `first` on, to 1 in the rows 0, 1, ... of a dense input.
 * @param dense zeros in those rows. O(words + touched cells).
 */
export function writeDense(
  dense: Float32Array,
  { offsets, rowStride }: DenseLayout,
  { words, wordsPerPattern }: Pick<PatternBlock, 'words' | 'wordsPerPattern'>,
  first: number,
  count: number,
): void {
  const touched = new Uint32Array(offsets.length)
  for (let row = 0; row < count; row++) {
    const from = (first + row) * wordsPerPattern
    const found = readSetBits(words, from, from + wordsPerPattern, touched)
    for (let k = 0; k < found; k++) dense[row * rowStride + offsets[touched[k]!]!] = 1
  }
}
