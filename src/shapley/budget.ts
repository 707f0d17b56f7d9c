import { ConfigError } from '../errors.ts'
import type { ConvertingPatterns } from '../examples/pattern.ts'
import { type GameBuilder, IN_FULL } from './game.ts'
import { orderEvaluations } from './orders.ts'
import type { PatternMemo } from './pattern-memo.ts'
import { fullEvaluations, isExact } from './sampling-plan.ts'
import { inTurns } from './turns.ts'

/** Sub-patterns that a model is asked about by default: some minutes' work. */
export const EVALUATIONS = 1_000_000

/** What {@link BudgetPlan} is made of. */
export interface BudgetOptions {
  readonly memo: PatternMemo
  readonly games: GameBuilder
  readonly converting: ConvertingPatterns
  /** Cells of each pattern. */
  readonly sizes: Uint32Array
  /** Indices of the patterns, fewest cells first. */
  readonly order: Uint32Array
  /** Sub-patterns that may be evaluated; undefined: {@link EVALUATIONS}, or what one pair of orders for each pattern takes if that is more. */
  readonly evaluations: number | undefined
  /** Called every now and then: lets others work, and stops where it throws. */
  readonly pause: () => Promise<void>
}

/**
 * Decides how the game of each pattern is solved, so that the model is asked about no more sub-patterns than the budget allows, and
 * remembers these sub-patterns in the memo. What patterns share counts once.
 *
 * If the budget pays for all games in full, that is the plan. Otherwise each pattern gets a pair of orders, or is solved in full
 * where that takes no more because other patterns share its sub-patterns; then the rest of the budget goes where it takes most variance
 * off the sum of credits for each evaluation, by twice as many orders or a full solution (Neyman 1934 for strata:
 * https://doi.org/10.2307/2342192). A pattern's part of the variance is taken to be conversions^2 times what its number of cells lets
 * expect.
 * @returns pairs of orders for each pattern, {@link IN_FULL} where it is solved in full. It depends on patterns and budget alone.
 * @throws {ConfigError} where the budget is too small.
 */
export async function planBudget(options: BudgetOptions): Promise<Uint16Array> {
  const { memo, games, converting, sizes, order, evaluations = EVALUATIONS, pause } = options
  const pairs = new Uint16Array(sizes.length)
  if (sizes.reduce((sum, players) => sum + fullEvaluations(players), 0) <= evaluations) {
    await rememberAll(options)
    return pairs
  }
  const { words, wordsPerPattern } = converting.patterns
  // What every solution needs: the empty pattern and the patterns themselves.
  memo.intern(new Uint32Array(wordsPerPattern), 0)
  await inTurns(order, pause, (pattern) => void memo.intern(words, pattern * wordsPerPattern))
  await inTurns(order, pause, (pattern) => {
    pairs[pattern] = cheapestSolution(options, pattern)
  })
  if (options.evaluations !== undefined && memo.count > evaluations)
    throw tooFew(evaluations, memo.count, sizes.length)
  const steps = betterSolutions(options, pairs)
  await inTurns(steps.bestFirst, pause, (step) => {
    const pattern = steps.patterns[step]!
    // An earlier step of this pattern did not fit.
    if (pairs[pattern] !== steps.from[step]) return
    const room = evaluations - memo.count
    if (room < 0) return
    const to = steps.to[step]!
    const { coalitions } = games.build(pattern, to)
    if (memo.countMissing(coalitions, room) > room) return
    memo.internAll(coalitions)
    pairs[pattern] = to
  })
  return pairs
}

/**
 * Remembers the sub-patterns of all games in full. Largest exact games first: after them, a pattern that is remembered was part of one of them, and
 * so were all its own parts.
 */
async function rememberAll({ memo, games, converting, sizes, order, pause }: BudgetOptions): Promise<void> {
  const { words, wordsPerPattern } = converting.patterns
  const isSmall = (pattern: number) => isExact(sizes[pattern]!)
  await inTurns(order.filter(isSmall).reverse(), pause, (pattern) => {
    if (memo.has(words, pattern * wordsPerPattern)) return
    memo.internAll(games.buildFull(pattern).coalitions)
  })
  await inTurns(
    order.filter((pattern) => !isSmall(pattern)),
    pause,
    (pattern) => {
      memo.internAll(games.buildFull(pattern).coalitions)
    },
  )
}

function tooFew(evaluations: number, least: number, patterns: number): ConfigError {
  const [given, needed, count] = [evaluations, least, patterns].map((number) =>
    number.toLocaleString('en-US'),
  )
  return new ConfigError(
    `--evaluations (EVALUATIONS) is ${given}, but ${count} patterns with conversions take ${needed} at least: ` +
      'give as many, or leave it out',
  )
}

/** Remembers what the cheapest solution of a pattern's game takes. @returns its pairs of orders, or {@link IN_FULL}. */
function cheapestSolution({ memo, games, sizes }: BudgetOptions, pattern: number): number {
  const players = sizes[pattern]!
  // All that it takes is remembered already.
  if (players < 2) return IN_FULL
  const pairs = games.isAudited(pattern) ? 2 : 1
  const evaluations = orderEvaluations(players, pairs) - 2
  if (isExact(players)) {
    const { coalitions } = games.buildFull(pattern)
    if (memo.countMissing(coalitions, evaluations) <= evaluations) {
      memo.internAll(coalitions)
      return IN_FULL
    }
  }
  memo.internAll(games.buildOrders(pattern, pairs).coalitions)
  return pairs
}

/** Ways to spend more on one pattern. */
interface Steps {
  readonly patterns: Uint32Array
  readonly from: Uint16Array
  readonly to: Uint16Array
  /** Indices of the steps. */
  readonly bestFirst: Uint32Array
}

function betterSolutions({ converting, sizes, order }: BudgetOptions, pairs: Uint16Array): Steps {
  const [patterns, from, to, gains]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (const pattern of order) {
    const players = sizes[pattern]!
    const ofOne = orderEvaluations(players, 1) - 2
    const full = fullEvaluations(players) - 2
    const variance = converting.conversions[pattern]! ** 2 * varianceOfPair(players)
    for (let now = pairs[pattern]!; now !== IN_FULL; ) {
      const byTwice = variance / (2 * now) / (now * ofOne)
      const inFull = variance / now / Math.max(1, full - now * ofOne)
      const next = inFull >= byTwice ? IN_FULL : 2 * now
      patterns.push(pattern)
      from.push(now)
      to.push(next)
      gains.push(Math.max(byTwice, inFull))
      now = next
    }
  }
  const bestFirst = Uint32Array.from(gains.keys()).sort(
    (left, right) => gains[right]! - gains[left]! || left - right,
  )
  return {
    patterns: Uint32Array.from(patterns),
    from: Uint16Array.from(from),
    to: Uint16Array.from(to),
    bestFirst,
  }
}

/** What the variance of a conversion's credits by one pair of orders is in proportion to. */
function varianceOfPair(players: number): number {
  return Math.max(0, players - 2)
}
