import { setImmediate } from 'node:timers/promises'
import { DataError } from '../errors.ts'
import type { ValueFunction } from '../examples/pattern.ts'
import type { AtLeastOne } from '../numerics/at-least-one.ts'
import type { Progress } from '../progress.ts'
import type { PatternMemo } from './pattern-memo.ts'

/** Probabilities below this are raised to it: credit divides by p(all touches). */
const LEAST_PROBABILITY = 1e-12

/** By how much a probability may lie outside [0, 1]: rounding of 32-bit floats. */
const ROUNDING = 1e-6

/** One or more models. */
export type ValueFunctions = AtLeastOne<ValueFunction>

/** How {@link evaluatePending} calls the models. */
export interface EvaluationOptions {
  /** Patterns per call of the value function. */
  readonly batchPatterns: number
  /** Stops between two batches. */
  readonly signal?: AbortSignal | undefined
  /** Called after each batch with the number of its patterns. */
  readonly onBatch: (patterns: number) => void
  /** A clock in milliseconds. */
  readonly now: () => number
}

/**
 * Evaluates all patterns of the memo that have no value yet; probabilities are clipped to [1e-12, 1] here, before any
 * game is formed of them, so that credits still add up.
 * @param valueFunctions of the memo's models, in their order.
 * @returns milliseconds spent in the value functions.
 * @throws DataError where a probability is not finite or outside [0, 1].
 * @throws the signal's reason when it is aborted.
 */
export async function evaluatePending(
  memo: PatternMemo,
  valueFunctions: ValueFunctions,
  { batchPatterns, signal, onBatch, now }: EvaluationOptions,
): Promise<number> {
  let elapsedMs = 0
  while (memo.pendingCount > 0) {
    // A value function may never leave the microtask queue; without this no signal handler would run.
    await setImmediate()
    signal?.throwIfAborted()
    const batch = memo.pending(batchPatterns)
    const startedMs = now()
    const values = []
    for (const valueFunction of valueFunctions) values.push(await valueFunction(batch))
    elapsedMs += now() - startedMs
    memo.store(values.map((probabilities) => clipProbabilities(probabilities, batch.count)))
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
      `model: predicted the probability ${probability} for a pattern, must be from 0 to 1; train the model again`,
    )
  })
}

/** Reports how many of all sub-patterns are evaluated, and how long the others will take. */
export class EvaluationProgress {
  private readonly progress: Progress
  private readonly total: number
  private readonly now: () => number
  private readonly startedMs: number
  private done = 0

  /** @param total sub-patterns to evaluate. @param now milliseconds of a clock that never goes back. */
  constructor(progress: Progress, total: number, now: () => number) {
    this.progress = progress
    this.total = total
    this.now = now
    this.startedMs = now()
  }

  /** @param patterns that the model has just evaluated. */
  evaluated(patterns: number): void {
    this.done += patterns
    const secondsLeft = ((this.now() - this.startedMs) / this.done / 1000) * (this.total - this.done)
    this.progress.update('evaluations', this.done, this.total, `${Math.ceil(secondsLeft)} s left`)
  }
}
