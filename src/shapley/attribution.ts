import {
  type ConvertingPatterns,
  cellCount,
  cellsOf,
  type PatternBlock,
  type ValueFunction,
} from '../examples/pattern.ts'
import { type AtLeastOne, mapEach } from '../numerics/at-least-one.ts'
import { compensatedSum } from '../numerics/compensated-sum.ts'
import type { Progress } from '../progress.ts'
import { type CellCredits, checkIdentity, type PatternCredit } from './credit.ts'
import { CreditSums } from './credit-sums.ts'
import { EvaluationProgress, evaluatePending, type ValueFunctions } from './evaluate-pending.ts'
import { buildGame, coalitionCount, creditGame } from './game.ts'
import { PatternMemo } from './pattern-memo.ts'

/** How {@link attribute} works. */
export interface AttributionOptions {
  /** Patterns with at most this many cells are credited exactly; 0 to 20. */
  readonly exactPlayers: number
  /** Decides which coalitions of the larger patterns are drawn. */
  readonly seed: number
  readonly progress: Progress
  /** Stops the run between two batches. */
  readonly signal?: AbortSignal | undefined
  /** Patterns per call of the value function; 8192 if absent. Changes no result. */
  readonly batchPatterns?: number
  /**
   * Sub-patterns remembered before the memo starts over, which bounds memory; about 6 million if absent, fewer on a grid
   * of more than 170 cells. Changes no result.
   */
  readonly memoPatterns?: number
  /** A clock in milliseconds. */
  readonly now: () => number
}

/** The same, and who hears of each pattern. */
interface ObservedOptions<Heard> extends AttributionOptions {
  /** Called with the credit of each pattern, in no particular order. */
  readonly onPattern?: (heard: Heard) => void
}

const MOST_EXACT_PLAYERS = 20
const BATCH_PATTERNS = 8192
/** Sub-patterns that the games of a chunk refer to, and what their words may take: 4 MB of numbers, 64 MB of words. */
const CHUNK_COALITIONS = 2 ** 20
const CHUNK_WORDS = 2 ** 24
/** Sub-patterns remembered, and what their words may take: with hash table and values about 200 to 400 MB. */
const MEMO_PATTERNS = 2 ** 23 - 2 * CHUNK_COALITIONS
const MEMO_WORDS = 2 ** 25

/**
 * Credits conversions to the cells touched before them: of a conversion with pattern x, cell i gets phi_i / p(x) and
 * the baseline p(no touch) / p(x), phi being the Shapley values of the game S -> p(touches in S only). They add up to 1
 * per conversion, and over all to the number of conversions, which is checked.
 *
 * Each distinct sub-pattern is evaluated once over all patterns (as long as the memo holds them). The result depends on
 * the patterns and the seed alone: neither on their order nor on batches.
 * @param converting distinct patterns on one grid.
 * @param valueFunction pure; probabilities are clipped to [1e-12, 1].
 * @throws DataError where a probability is not finite or outside [0, 1].
 * @throws RangeError where `exactPlayers` is outside 0 .. 20.
 * @throws the signal's reason when it is aborted.
 *
 * At most 2^exactPlayers or {@link samplingBudget} evaluations per pattern; memory is bounded by `memoPatterns`.
 */
export async function attribute(
  converting: ConvertingPatterns,
  valueFunction: ValueFunction,
  { onPattern, ...options }: ObservedOptions<PatternCredit>,
): Promise<CellCredits> {
  const observed = { ...options, onPattern: ([one]: PatternCredits) => onPattern?.(one) }
  const [credits] = await attributeEach(converting, [valueFunction], observed)
  return credits
}

/** One pattern's credit by each model. */
export type PatternCredits = AtLeastOne<PatternCredit>

/**
 * The same by several models at once: sub-patterns are looked up once for all of them.
 * @param valueFunctions each as in {@link attribute}.
 * @returns credits by each model.
 */
export async function attributeEach(
  converting: ConvertingPatterns,
  valueFunctions: ValueFunctions,
  options: ObservedOptions<PatternCredits>,
): Promise<AtLeastOne<CellCredits>> {
  checkExactPlayers(options.exactPlayers)
  const { now, signal, batchPatterns = BATCH_PATTERNS } = options
  const { patterns } = converting
  const { chunkCoalitions, memoPatterns } = memoryLimits(patterns.wordsPerPattern, options.memoPatterns)
  const coalitionCounts = Float64Array.from({ length: patterns.count }, (_, pattern) =>
    coalitionCount(cellsOf(patterns, pattern).length, options.exactPlayers),
  )
  const progress = new EvaluationProgress(options.progress, compensatedSum(coalitionCounts))
  const onBatch = (batch: number) => progress.evaluated(batch)
  const sums = mapEach(valueFunctions, () => new CreditSums(cellCount(patterns.grid)))
  let sampledPatterns = 0
  let memo = new PatternMemo(patterns.grid, valueFunctions.length)
  let evaluationMs = 0
  for (const chunk of chunksBySize(patterns, coalitionCounts, chunkCoalitions)) {
    if (memo.count >= memoPatterns) memo = new PatternMemo(patterns.grid, valueFunctions.length)
    const games = chunk.map((pattern) => buildGame(memo, patterns, pattern, options))
    progress.startChunk(
      games.reduce((sum, game) => sum + game.coalitions.length, 0),
      memo.pendingCount,
    )
    evaluationMs += await evaluatePending(memo, valueFunctions, { batchPatterns, signal, onBatch, now })
    for (const game of games) {
      const [conversions, value] = [converting.conversions[game.pattern]!, converting.value[game.pattern]!]
      const ofModels = mapEach(sums, (ofModel, model) => {
        const credit = creditGame(game, memo.valuesAt(game.coalitions, model))
        ofModel.add(credit, conversions, value)
        return credit
      })
      if (game.sample !== undefined) sampledPatterns++
      options.onPattern?.(ofModels)
    }
    progress.endChunk()
  }
  const [all, allValue] = [compensatedSum(converting.conversions), compensatedSum(converting.value)]
  const solved = {
    evaluations: progress.evaluations,
    evaluationSeconds: evaluationMs / 1000 / sums.length,
    exactPatterns: patterns.count - sampledPatterns,
    sampledPatterns,
  }
  return mapEach(sums, (ofModel) => {
    const credits = { ...ofModel.totals(), ...solved }
    checkIdentity(credits, all, allValue)
    return credits
  })
}

/** On a wide grid a pattern takes many words, so fewer are held at once. */
function memoryLimits(wordsPerPattern: number, memoPatterns = MEMO_PATTERNS) {
  const words = Math.max(1, wordsPerPattern)
  return {
    chunkCoalitions: Math.min(CHUNK_COALITIONS, Math.floor(CHUNK_WORDS / words)),
    memoPatterns: Math.min(memoPatterns, Math.floor(MEMO_WORDS / words)),
  }
}

function checkExactPlayers(exactPlayers: number): void {
  if (Number.isInteger(exactPlayers) && exactPlayers >= 0 && exactPlayers <= MOST_EXACT_PLAYERS) return
  throw new RangeError(
    `exactPlayers is ${exactPlayers}, must be a whole number from 0 to ${MOST_EXACT_PLAYERS}`,
  )
}

/**
 * Cuts the patterns into chunks whose games fit in memory, fewest cells first and then by bits: an order that does not
 * depend on that of the input.
 * @param coalitionCounts of each pattern's game.
 * @param most coalitions of a chunk's games; only its last game may exceed it.
 * @returns indices of patterns. O(patterns log patterns).
 */
export function* chunksBySize(
  patterns: PatternBlock,
  coalitionCounts: Float64Array,
  most: number,
): Generator<readonly number[]> {
  let chunk: number[] = []
  let coalitions = 0
  for (const pattern of orderBySize(patterns)) {
    chunk.push(pattern)
    coalitions += coalitionCounts[pattern]!
    if (coalitions >= most) {
      yield chunk
      chunk = []
      coalitions = 0
    }
  }
  if (chunk.length > 0) yield chunk
}

function orderBySize(patterns: PatternBlock): number[] {
  const { words, wordsPerPattern } = patterns
  const sizes = Uint32Array.from(
    { length: patterns.count },
    (_, pattern) => cellsOf(patterns, pattern).length,
  )
  return Array.from(sizes.keys()).sort((left, right) => {
    if (sizes[left] !== sizes[right]) return sizes[left]! - sizes[right]!
    for (let word = 0; word < wordsPerPattern; word++) {
      const difference = words[left * wordsPerPattern + word]! - words[right * wordsPerPattern + word]!
      if (difference !== 0) return difference
    }
    return 0
  })
}
