import { setImmediate } from 'node:timers/promises'
import {
  type ConvertingPatterns,
  cellCount,
  type PatternBlock,
  type ValueFunction,
} from '../examples/pattern.ts'
import { type AtLeastOne, mapEach } from '../numerics/at-least-one.ts'
import { readSetBits } from '../numerics/bits.ts'
import { compensatedSum } from '../numerics/compensated-sum.ts'
import type { Progress } from '../progress.ts'
import { planBudget } from './budget.ts'
import { type CellCredits, checkIdentity, type PatternCredit } from './credit.ts'
import { CreditSums } from './credit-sums.ts'
import { EvaluationProgress, evaluatePending, type ValueFunctions } from './evaluate-pending.ts'
import { creditGame, type Game, GameBuilder } from './game.ts'
import { estimateByOrders } from './orders.ts'
import { PairNoise } from './pair-noise.ts'
import { PatternMemo } from './pattern-memo.ts'
import { inTurns } from './turns.ts'

/** How {@link attribute} works. */
export interface AttributionOptions {
  /**
   * Sub-patterns that a model is asked about at most. Undefined: 1,000,000, or what one pair of orders for each pattern takes if that is
   * more. Memory grows with it: some 50 bytes each, more on a grid of more than 64 cells.
   */
  readonly evaluations?: number | undefined
  /** Decides which coalitions and orders are drawn where a pattern is not credited exactly. */
  readonly seed: number
  readonly progress: Progress
  /** Stops the run between two batches. */
  readonly signal?: AbortSignal | undefined
  /** Patterns per call of the value function; 8192 if absent. Changes no result. */
  readonly batchPatterns?: number
  /** A clock in milliseconds. */
  readonly now: () => number
}

/** The same, and who hears of each pattern. */
interface ObservedOptions<Heard> extends AttributionOptions {
  /** Called with the credit of each pattern, in no particular order. */
  readonly onPattern?: (heard: Heard) => void
}

const BATCH_PATTERNS = 8192

/**
 * Credits conversions to the cells touched before them: of a conversion with pattern x, cell i gets phi_i / p(x) and
 * the baseline p(no touch) / p(x), phi being the Shapley values of the game S -> p(touches in S only). They add up to 1
 * per conversion, and over all to the number of conversions, which is checked.
 *
 * Each distinct sub-pattern is evaluated once over all patterns. The result depends on patterns, budget and seed alone: neither on the order
 * of the patterns nor on batches.
 * @param converting distinct patterns on one grid.
 * @param valueFunction pure; probabilities are clipped to [1e-12, 1].
 * @throws {ConfigError} where the budget is too small, see {@link planBudget}.
 * @throws DataError where a probability is not finite or outside [0, 1].
 * @throws the signal's reason when it is aborted.
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
  const { evaluations, now, onPattern, seed, signal, batchPatterns = BATCH_PATTERNS } = options
  const { patterns } = converting
  const { order, sizes } = orderBySize(patterns)
  const memo = new PatternMemo(patterns.grid, valueFunctions.length)
  const games = new GameBuilder(patterns, seed)
  const pause = async () => {
    await setImmediate()
    signal?.throwIfAborted()
  }
  const pairs = await planBudget({ memo, games, converting, sizes, order, evaluations, pause })
  const progress = new EvaluationProgress(options.progress, memo.count, now)
  const onBatch = (batch: number) => progress.evaluated(batch)
  const evaluationMs = await evaluatePending(memo, valueFunctions, { batchPatterns, signal, onBatch, now })
  const build = (pattern: number) => games.build(pattern, pairs[pattern]!)
  const noises = mapEach(valueFunctions, () => new PairNoise(cellCount(patterns.grid)))
  for (const pattern of order) {
    if (pairs[pattern]! > 1 && games.isAudited(pattern))
      audit(memo, build(pattern), converting.conversions[pattern]!, noises)
  }
  const sums = mapEach(valueFunctions, () => new CreditSums(cellCount(patterns.grid)))
  let sampledPatterns = 0
  await inTurns(order, pause, (pattern) => {
    const game = build(pattern)
    const numbers = memo.numbersOf(game.coalitions)
    const ofModels = mapEach(sums, (ofModel, model) => {
      const credit = creditGame(game, memo.valuesAt(numbers, model), noises[model]!)
      ofModel.add(credit, converting.conversions[pattern]!, converting.value[pattern]!)
      return credit
    })
    if (game.sample !== undefined || game.orders !== undefined) sampledPatterns++
    onPattern?.(ofModels)
  })
  const [all, allValue] = [compensatedSum(converting.conversions), compensatedSum(converting.value)]
  const solved = {
    evaluations: memo.count,
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

/** Tells what a game with several pairs of orders shows of how much one pair errs. */
function audit(memo: PatternMemo, game: Game, conversions: number, noises: AtLeastOne<PairNoise>): void {
  const { orders } = game
  if (orders === undefined) return
  const numbers = memo.numbersOf(game.coalitions)
  noises.forEach((noise, model) => {
    const values = memo.valuesAt(numbers, model)
    noise.add(
      game.cells,
      estimateByOrders(orders, values),
      orders.pairs,
      conversions / values[values.length - 1]!,
    )
  })
}

/**
 * @returns the cells of each pattern, and the patterns' indices, fewest cells first and then by bits: an order that does not depend on
 * that of the input. O(patterns log patterns).
 */
export function orderBySize(patterns: PatternBlock): {
  readonly sizes: Uint32Array
  readonly order: Uint32Array
} {
  const { count, grid, words, wordsPerPattern } = patterns
  const cells = new Uint32Array(cellCount(grid))
  const sizes = Uint32Array.from({ length: count }, (_, pattern) =>
    readSetBits(words, pattern * wordsPerPattern, (pattern + 1) * wordsPerPattern, cells),
  )
  const order = Uint32Array.from(sizes.keys()).sort((left, right) => {
    if (sizes[left] !== sizes[right]) return sizes[left]! - sizes[right]!
    for (let word = 0; word < wordsPerPattern; word++) {
      const difference = words[left * wordsPerPattern + word]! - words[right * wordsPerPattern + word]!
      if (difference !== 0) return difference
    }
    return 0
  })
  return { sizes, order }
}
