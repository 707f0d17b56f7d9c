import { cellsOf, type PatternBlock } from '../examples/pattern.ts'
import { createRandom, type Random } from '../numerics/random.ts'
import { type CoalitionSample, drawCoalitions } from './coalition-sample.ts'
import type { PatternCredit } from './credit.ts'
import { computeShapley } from './exact.ts'
import { drawOrders, estimateByOrders, type Orders } from './orders.ts'
import type { PairNoise } from './pair-noise.ts'
import { estimateShapley, type ShapleyEstimate } from './sampled.ts'
import { fullEvaluations, isExact, planSampling } from './sampling-plan.ts'
import { SubPatterns } from './sub-patterns.ts'

/** The game of one pattern: its touched cells are the players, sub-patterns the coalitions. */
export interface Game {
  /** Index of the pattern in its block. */
  readonly pattern: number
  /** Cell of each player, ascending. */
  readonly cells: readonly number[]
  /** In the solver's order, the empty one first and the whole pattern last; valid until the next game is built. */
  readonly coalitions: SubPatterns
  /** Which coalitions were drawn, where the pattern is too large for all of them. */
  readonly sample?: CoalitionSample
  /** The orders that were drawn, where the budget does not pay for more. */
  readonly orders?: Orders
}

/** Solved in full, instead of by a number of pairs of orders. */
export const IN_FULL = 0

/** Of how many patterns one gets two pairs of orders at least, by chance: they show what a single pair leaves open. */
const AUDITED_OF = 8

/** Builds the games of patterns. What is drawn depends on the seed and the pattern's own bits: neither batches nor order matter. */
export class GameBuilder {
  private readonly patterns: PatternBlock
  private readonly seed: number
  private readonly coalitions: SubPatterns

  constructor(patterns: PatternBlock, seed: number) {
    this.patterns = patterns
    this.seed = seed
    this.coalitions = new SubPatterns(patterns.wordsPerPattern)
  }

  /** @param pairs of orders, or {@link IN_FULL}. */
  build(pattern: number, pairs: number): Game {
    return pairs === IN_FULL ? this.buildFull(pattern) : this.buildOrders(pattern, pairs)
  }

  /** @returns the game with all sub-patterns, or with a sample of them where the pattern has more than 12 cells. O(2^cells). */
  buildFull(pattern: number): Game {
    const cells = cellsOf(this.patterns, pattern)
    const { coalitions } = this
    if (isExact(cells.length)) {
      coalitions.writeAll(cells)
      return { pattern, cells, coalitions }
    }
    const strata = planSampling(cells.length, fullEvaluations(cells.length))
    const sample = drawCoalitions(cells.length, strata, this.randomOf(pattern, 'coalitions'))
    coalitions.writeSample(cells, sample)
    return { pattern, cells, coalitions, sample }
  }

  /** @returns the game with orders that have the first ones in common, however many pairs there are. O(pairs cells). */
  buildOrders(pattern: number, pairs: number): Game {
    const cells = cellsOf(this.patterns, pattern)
    const { coalitions } = this
    const orders = drawOrders(cells.length, pairs, this.randomOf(pattern, 'orders'))
    coalitions.writeOrders(cells, orders)
    return { pattern, cells, coalitions, orders }
  }

  /** @returns whether the pattern is one of those that show how much single pairs of orders err. */
  isAudited(pattern: number): boolean {
    return this.randomOf(pattern, 'audit').below(AUDITED_OF) === 0
  }

  private randomOf(pattern: number, use: string): Random {
    const { words, wordsPerPattern } = this.patterns
    const own = words.subarray(pattern * wordsPerPattern, (pattern + 1) * wordsPerPattern)
    return createRandom(this.seed, `${use} of ${own.join(' ')}`)
  }
}

/**
 * @param probabilities of the game's coalitions, in their order; above 0.
 * @param pairNoise asked where the game may have a single pair of orders.
 * @returns how one conversion after the game's pattern is credited. O(players 2^players) where exact.
 */
export function creditGame(game: Game, probabilities: Float64Array, pairNoise: PairNoise): PatternCredit {
  const { credits, standardErrors } = solveGame(game, probabilities, pairNoise)
  const probability = probabilities[probabilities.length - 1]!
  const perConversion = (part: number) => part / probability
  return {
    pattern: game.pattern,
    cells: game.cells,
    credits: credits.map(perConversion),
    baseline: perConversion(probabilities[0]!),
    standardErrors: standardErrors.map(perConversion),
    probability,
  }
}

/** @param values of the game's coalitions, in their order. @returns a credit and a standard error per player. */
function solveGame(game: Game, values: Float64Array, pairNoise: PairNoise): ShapleyEstimate {
  const players = game.cells.length
  if (game.sample !== undefined) return estimateShapley(game.sample, values)
  if (game.orders === undefined) {
    return { credits: computeShapley(values, players), standardErrors: new Float64Array(players) }
  }
  const estimate = estimateByOrders(game.orders, values)
  if (game.orders.pairs > 1) return estimate
  return {
    credits: estimate.credits,
    standardErrors: pairNoise.variance(game.cells, estimate.spread).map(Math.sqrt),
  }
}
