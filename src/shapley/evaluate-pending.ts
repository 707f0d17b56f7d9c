import { setImmediate } from 'node:timers/promises'
import { DataError } from '../errors.ts'
import type { ValueFunction } from '../examples/pattern.ts'
import type { PatternMemo } from './pattern-memo.ts'

/** Probabilities below this are raised to it: credit divides by p(all touches). */
const LEAST_PROBABILITY = 1e-12

/** What a probability may lie outside [0, 1] by: rounding of 32-bit floats through a calibration. */
const ROUNDING = 1e-6

/** How {@link evaluatePending} asks the model. */
export interface EvaluationOptions {
  /** Patterns that the value function is given at once. */
  readonly batchPatterns: number
  /** Stops between two batches. */
  readonly signal?: AbortSignal | undefined
  /** Told after each batch how many patterns it had. */
  readonly onBatch: (patterns: number) => void
  /** A clock in milliseconds. */
  readonly now: () => number
}

/**
 * Evaluates all patterns of the memo that have no value yet; probabilities are clipped to [1e-12, 1] here, before any
 * game is formed of them, so that credits still add up.
 * @returns milliseconds spent in the value function.
 * @throws DataError where a probability is not finite or outside [0, 1].
 * @throws the signal's reason when it is aborted.
 */
export async function evaluatePending(
  memo: PatternMemo,
  valueFunction: ValueFunction,
  { batchPatterns, signal, onBatch, now }: EvaluationOptions,
): Promise<number> {
  let elapsedMs = 0
  while (memo.pendingCount > 0) {
    // A value function may never leave the microtask queue; without this no signal handler would run.
    await setImmediate()
    signal?.throwIfAborted()
    const batch = memo.pending(batchPatterns)
    const startedMs = now()
    const probabilities = await valueFunction(batch)
    elapsedMs += now() - startedMs
    memo.store(clipProbabilities(probabilities, batch.count))
    onBatch(batch.count)
  }
  return elapsedMs
}

function clipProbabilities(probabilities: Float64Array, count: number): Float64Array {
  if (probabilities.length !== count) {
    throw new DataError(`model: got ${probabilities.length} probabilities for ${count} patterns`)
  }
  return probabilities.map((probability) => {
    if (probability >= -ROUNDING && probability <= 1 + ROUNDING) {
      return Math.min(1, Math.max(LEAST_PROBABILITY, probability))
    }
    throw new DataError(
      `model: a pattern has the conversion probability ${probability}, must be from 0 to 1; train the model again`,
    )
  })
}
