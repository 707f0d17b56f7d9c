import { DataError } from '../errors.ts'
import {
  type CellGrid,
  cellCount,
  type PatternBlock,
  type ValueFunction,
  wordsPerPattern,
} from '../examples/pattern.ts'
import type { StoredObject } from '../storage/storage.ts'

/** Single touches that are asked about, spread over the grid. */
const TOUCHES = 30
/** Backends round differently, graphics processors with ten bits; other weights say something else altogether. */
const RELATIVE = 0.01
const ABSOLUTE = 1e-6

/** @returns what a model says of a few patterns: no touch, single ones, all of them. Its manifest keeps it. */
export async function probe(valueFunction: ValueFunction, grid: CellGrid): Promise<number[]> {
  return [...(await valueFunction(probePatterns(grid)))]
}

/**
 * @param net what it said when it was saved, and its files, the weights first.
 * @throws {DataError} where it says something else: its weights are not those that were trained, whatever their checksum.
 */
export async function checkProbes(
  valueFunction: ValueFunction,
  grid: CellGrid,
  { probes: kept, files }: { readonly probes: readonly number[]; readonly files: readonly StoredObject[] },
): Promise<void> {
  const found = await probe(valueFunction, grid)
  const at = found.findIndex((probability, of) => {
    const before = kept[of] ?? Number.NaN
    return !(Math.abs(probability - before) <= ABSOLUTE + RELATIVE * before)
  })
  if (at < 0 && found.length === kept.length) return
  throw new DataError(
    `${files[0]?.name}: of pattern ${Math.max(at, 0) + 1} the model says ${found[Math.max(at, 0)]}, ` +
      `when it was saved it said ${kept[Math.max(at, 0)] ?? 'nothing'}: weights or model/manifest.json were changed; train again`,
  )
}

function probePatterns(grid: CellGrid): PatternBlock {
  const cells = cellCount(grid)
  const step = Math.ceil(cells / TOUCHES)
  const perPattern = wordsPerPattern(grid)
  const single = Array.from({ length: Math.ceil(cells / step) }, (_, at) => at * step)
  const count = single.length + 2
  const words = new Uint32Array(count * perPattern)
  const touch = (pattern: number, cell: number) => {
    const word = pattern * perPattern + (cell >>> 5)
    words[word] = ((words[word] ?? 0) | (1 << (cell & 31))) >>> 0
  }
  single.forEach((cell, at) => void touch(at + 1, cell))
  for (let cell = 0; cell < cells; cell++) touch(count - 1, cell)
  return { grid, count, wordsPerPattern: perPattern, words }
}
