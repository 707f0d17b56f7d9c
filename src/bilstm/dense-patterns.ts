import { type CellGrid, cellCount, type PatternBlock } from '../examples/pattern.ts'

/** Where the 1 of each cell stands in a dense input of one row; rows lie `rowStride` apart. */
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
 * Sets the cells of a pattern to 1 in a dense input.
 * @param dense zeros in that row.
 * @param row of the dense input.
 * @param at index of the pattern in the block. O(words + touched cells).
 */
export function writeDense(
  dense: Float32Array,
  { offsets, rowStride }: DenseLayout,
  row: number,
  { words, wordsPerPattern }: Pick<PatternBlock, 'words' | 'wordsPerPattern'>,
  at: number,
): void {
  for (let word = 0; word < wordsPerPattern; word++) {
    for (let bits = words[at * wordsPerPattern + word]!; bits !== 0; bits &= bits - 1) {
      dense[row * rowStride + offsets[word * 32 + 31 - Math.clz32(bits & -bits)]!] = 1
    }
  }
}
