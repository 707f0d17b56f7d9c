import { wordsPerPattern } from '../../examples/pattern.ts'
import type { NetShape } from '../weights.ts'
import { TASK_BYTES } from './task.ts'
import { MOST_MEMORY_BYTES, type ThreadPool } from './thread-pool.ts'
import { paddedWidth } from './weight-places.ts'

/** Rows of one pass: their states stay in the processor's caches, and rows that are equal up to a day share the states until then. */
const ROWS_AT_ONCE = 128
const LEAST_ROWS_AT_ONCE = 16
/** Of a thread's states; wide nets and long windows take fewer rows at once. */
const MOST_SCRATCH_BYTES = 64 * 2 ** 20
/** Gradients of parts of a batch that are kept side by side: as many threads can learn at once, and a net that learns has no more. */
const MOST_GRADIENTS = 16
const MOST_GRADIENT_BYTES = 256 * 2 ** 20
/** Patterns that are predicted at once. */
const ROWS_OF_PREDICTION = 8192

/** Where a net's numbers lie in its memory; addresses in bytes. */
export interface Plan {
  readonly units: number
  readonly rowsAtOnce: number
  readonly mostRows: number
  readonly mostGradients: number
  readonly parameterCount: number
  readonly task: number
  readonly parameters: number
  readonly packed: number
  /** Adam's two. */
  readonly moments: number
  readonly gradients: number
  readonly words: number
  readonly mask: number
  readonly labels: number
  readonly weights: number
  readonly probabilities: number
  /** Of each thread that can compute. */
  readonly scratch: readonly number[]
  readonly bytes: number
}

/**
 * @param batchRows of a batch to learn from; 0: the net only predicts.
 * @returns the plan. But for the threads' own parts it depends on the net and the batch only; fewer threads have one where memory ends.
 */
export function planMemory(pool: ThreadPool, { grid, width }: NetShape, batchRows: number): Plan {
  const units = paddedWidth(width)
  const words = wordsPerPattern(grid)
  const learns = batchRows > 0
  const measure = pool.counting
  const setRows = (rows: number) => {
    measure.setShape(grid.lookbackDays, grid.channelCount, units, words, rows, learns)
    // An unsigned number of 32 bits.
    return measure.countScratchBytes() >>> 0
  }
  let rowsAtOnce = LEAST_ROWS_AT_ONCE
  while (rowsAtOnce < ROWS_AT_ONCE && 2 * setRows(rowsAtOnce) <= MOST_SCRATCH_BYTES) rowsAtOnce *= 2
  const scratchBytes = setRows(rowsAtOnce)
  const parameterCount = measure.countParameters()
  const mostRows = Math.max(batchRows, ROWS_OF_PREDICTION)
  const passes = Math.ceil(batchRows / rowsAtOnce)
  const fitting = Math.max(1, Math.floor(MOST_GRADIENT_BYTES / (4 * parameterCount)))
  const mostGradients = Math.min(MOST_GRADIENTS, fitting, Math.max(1, passes))

  let taken = 64
  /** Each part begins on a cache line of its own. */
  const take = (bytes: number) => {
    const at = taken
    taken += Math.ceil(bytes / 64) * 64
    return at
  }
  const numbers = (count: number) => take(4 * count)
  const plan = {
    units,
    rowsAtOnce,
    mostRows,
    mostGradients,
    parameterCount,
    task: take(TASK_BYTES),
    parameters: numbers(parameterCount),
    packed: numbers(measure.countPacked()),
    moments: numbers(learns ? 2 * parameterCount : 0),
    gradients: numbers(learns ? mostGradients * parameterCount : 0),
    words: numbers(mostRows * words),
    mask: numbers(2 * units * batchRows),
    labels: numbers(batchRows),
    weights: numbers(batchRows),
    probabilities: numbers(mostRows),
  }
  const threads = Math.min(pool.threads, learns ? MOST_GRADIENTS : Number.POSITIVE_INFINITY)
  const scratch = [take(scratchBytes)]
  while (scratch.length < threads && taken + scratchBytes <= MOST_MEMORY_BYTES)
    scratch.push(take(scratchBytes))
  return { ...plan, scratch, bytes: taken }
}
