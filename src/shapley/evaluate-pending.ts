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

/**
 * Reports how many of all coalitions are credited. The number of evaluations is not known beforehand, since patterns
 * share sub-patterns; within a chunk, coalitions count as done in proportion to its evaluations.
 */
export class EvaluationProgress {
  /** Patterns that the model has evaluated so far. */
  evaluations = 0
  private readonly progress: Progress
  private readonly coalitionsInAll: number
  private coalitionsDone = 0
  private chunk = { coalitions: 0, pending: 0, evaluated: 0 }

  constructor(progress: Progress, coalitionsInAll: number) {
    this.progress = progress
    this.coalitionsInAll = coalitionsInAll
  }

  /** @param coalitions of the chunk's games. @param pending patterns that the model has to evaluate. */
  startChunk(coalitions: number, pending: number): void {
    this.chunk = { coalitions, pending, evaluated: 0 }
  }

  /** @param patterns that the model has just evaluated. */
  evaluated(patterns: number): void {
    const { chunk } = this
    chunk.evaluated += patterns
    this.evaluations += patterns
    if (chunk.evaluated < chunk.pending) {
      this.update(this.coalitionsDone + Math.floor((chunk.coalitions * chunk.evaluated) / chunk.pending))
    }
  }

  /** The chunk's games are credited. */
  endChunk(): void {
    this.coalitionsDone += this.chunk.coalitions
    this.update(this.coalitionsDone)
  }

  private update(coalitions: number): void {
    this.progress.update('coalitions', coalitions, this.coalitionsInAll, `${this.evaluations} evaluations`)
  }
}
