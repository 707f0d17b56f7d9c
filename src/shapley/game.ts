import { cellsOf, type PatternBlock } from '../examples/pattern.ts'
import { lowestBit } from '../numerics/bits.ts'
import { createRandom } from '../numerics/random.ts'
import { type CoalitionSample, drawCoalitions, readMembers } from './coalition-sample.ts'
import type { PatternCredit } from './credit.ts'
import { computeShapley } from './exact.ts'
import type { PatternMemo } from './pattern-memo.ts'
import { estimateShapley, type ShapleyEstimate } from './sampled.ts'
import { plannedEvaluations, planSampling, samplingBudget } from './sampling-plan.ts'

/** The game of one pattern: its touched cells are the players, sub-patterns the coalitions. */
export interface Game {
  /** Index of the pattern in its block. */
  readonly pattern: number
  /** Cell of each player, ascending. */
  readonly cells: readonly number[]
  /** Numbers of the sub-patterns in the memo, in the solver's order; the empty one first, the whole pattern last. */
  readonly coalitions: Uint32Array
  /** Which coalitions were drawn; absent if all of them are evaluated. */
  readonly sample?: CoalitionSample
}

function isExact(players: number, exactPlayers: number): boolean {
  return players <= exactPlayers || samplingBudget(players, exactPlayers) === 2 ** players
}

/** @returns sub-patterns that a game of that many players refers to: all 2^players, or those sampled. O(players). */
export function coalitionCount(players: number, exactPlayers: number): number {
  if (isExact(players, exactPlayers)) return 2 ** players
  return plannedEvaluations(planSampling(players, samplingBudget(players, exactPlayers)))
}

/**
 * @param pattern index in the block.
 * @returns the pattern's game: with all sub-patterns up to `exactPlayers` cells, and above that if the budget for a
 * sample pays for all of them. Its sub-patterns are interned.
 */
export function buildGame(
  memo: PatternMemo,
  patterns: PatternBlock,
  pattern: number,
  { exactPlayers, seed }: { readonly exactPlayers: number; readonly seed: number },
): Game {
  const cells = cellsOf(patterns, pattern)
  if (isExact(cells.length, exactPlayers)) return buildExactGame(memo, patterns, pattern, cells)
  const budget = samplingBudget(cells.length, exactPlayers)
  return buildSampledGame(memo, patterns, pattern, cells, { budget, seed })
}

/** @returns a game with all 2^cells sub-patterns, coalition `mask` at index `mask`. O(2^cells) lookups. */
function buildExactGame(
  memo: PatternMemo,
  block: PatternBlock,
  pattern: number,
  cells: readonly number[],
): Game {
  const coalitions = new Uint32Array(2 ** cells.length)
  const words = new Uint32Array(block.wordsPerPattern)
  coalitions[0] = memo.intern(words, 0)
  // In the order of the reflected Gray code one cell at a time is added or removed.
  for (let step = 1; step < coalitions.length; step++) {
    const cell = cells[lowestBit(step)]!
    words[cell >>> 5]! ^= 1 << (cell & 31)
    coalitions[step ^ (step >>> 1)] = memo.intern(words, 0)
  }
  return { pattern, cells, coalitions }
}

/**
 * @param budget model evaluations to spend, see {@link planSampling}.
 * @param seed with the pattern's own bits decides what is drawn, so that neither batches nor order matter.
 * @returns a game with a sample of sub-patterns. O(budget * cells).
 */
function buildSampledGame(
  memo: PatternMemo,
  block: PatternBlock,
  pattern: number,
  cells: readonly number[],
  { budget, seed }: { readonly budget: number; readonly seed: number },
): Game {
  const width = block.wordsPerPattern
  const whole = block.words.slice(pattern * width, (pattern + 1) * width)
  const random = createRandom(seed, `coalitions of ${whole.join(' ')}`)
  const sample = drawCoalitions(cells.length, planSampling(cells.length, budget), random)
  const coalitions = new Uint32Array(2 * sample.pairs + 2)
  const words = new Uint32Array(width)
  const members = new Uint32Array(cells.length)
  coalitions[0] = memo.intern(words, 0)
  for (let pair = 0; pair < sample.pairs; pair++) {
    const size = readMembers(sample, pair, members)
    words.fill(0)
    for (let k = 0; k < size; k++) {
      const cell = cells[members[k]!]!
      words[cell >>> 5]! |= 1 << (cell & 31)
    }
    coalitions[1 + 2 * pair] = memo.intern(words, 0)
    for (let word = 0; word < width; word++) words[word]! ^= whole[word]!
    coalitions[2 + 2 * pair] = memo.intern(words, 0)
  }
  coalitions[coalitions.length - 1] = memo.intern(whole, 0)
  return { pattern, cells, coalitions, sample }
}

/**
 * @param probabilities of the game's coalitions, in their order; above 0.
 * @returns how one conversion after the game's pattern is credited. O(players 2^players) where exact.
 */
export function creditGame(game: Game, probabilities: Float64Array): PatternCredit {
  const { credits, standardErrors } = solveGame(game, probabilities)
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
function solveGame(game: Game, values: Float64Array): ShapleyEstimate {
  if (game.sample !== undefined) return estimateShapley(game.sample, values)
  const players = game.cells.length
  return { credits: computeShapley(values, players), standardErrors: new Float64Array(players) }
}
