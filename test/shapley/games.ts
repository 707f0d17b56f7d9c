import { createRandom, type Random } from '../../src/numerics/random.ts'
import { drawCoalitions } from '../../src/shapley/coalition-sample.ts'
import { estimateShapley, type ShapleyEstimate } from '../../src/shapley/sampled.ts'
import { planSampling } from '../../src/shapley/sampling-plan.ts'

/** A coalition game: its value where `has(player)` says who is in. */
export type CoalitionGame = (has: (player: number) => boolean) => number

/** @returns v(S) by bitmask. */
export function tabulate(game: CoalitionGame, players: number): Float64Array {
  return Float64Array.from({ length: 2 ** players }, (_, mask) =>
    game((player) => ((mask >> player) & 1) === 1),
  )
}

/** @returns the game that a table of v(S) by bitmask is. */
export function gameOf(values: ArrayLike<number>, players: number): CoalitionGame {
  return (has) => {
    let mask = 0
    for (let player = 0; player < players; player++) if (has(player)) mask |= 1 << player
    return values[mask] ?? Number.NaN
  }
}

/** @returns the sampled Shapley values of a game of any size, within `budget` evaluations. */
export function estimateGame(
  game: CoalitionGame,
  players: number,
  budget: number,
  random: Random = createRandom(1, 'test'),
): ShapleyEstimate {
  const sample = drawCoalitions(players, planSampling(players, budget), random)
  const values = new Float64Array(2 * sample.pairs + 2)
  values[0] = game(() => false)
  values[values.length - 1] = game(() => true)
  for (let pair = 0; pair < sample.pairs; pair++) {
    const has = (player: number) =>
      (((sample.words[pair * sample.wordsPerCoalition + (player >> 5)] ?? 0) >>> (player & 31)) & 1) === 1
    values[1 + 2 * pair] = game(has)
    values[2 + 2 * pair] = game((player) => !has(player))
  }
  return estimateShapley(sample, values)
}

/** A logistic model with interactions of three: what a model of conversion looks like. */
export function randomLogisticGame(players: number, random: Random): CoalitionGame {
  const weights = Array.from({ length: players }, () => 4 * random.uniform() - 1.5)
  const triples = Array.from({ length: players }, () => [
    random.below(players),
    random.below(players),
    random.below(players),
    4 * random.uniform() - 2,
  ])
  return (has) => {
    let logit = -2
    weights.forEach((weight, player) => {
      if (has(player)) logit += weight
    })
    for (const [a = 0, b = 0, c = 0, weight = 0] of triples) if (has(a) && has(b) && has(c)) logit += weight
    return 1 / (1 + Math.exp(-logit))
  }
}

/** No structure at all: each coalition has a value of its own. */
export function randomTableGame(players: number, random: Random): CoalitionGame {
  return gameOf(
    Float64Array.from({ length: 2 ** players }, () => random.uniform()),
    players,
  )
}

/** Weighted voting: 1 where the members' weights reach 60 % of all. */
export function randomVotingGame(players: number, random: Random): CoalitionGame {
  const weights = Array.from({ length: players }, () => random.uniform())
  const quota = 0.6 * weights.reduce((sum, weight) => sum + weight, 0)
  return (has) =>
    weights.reduce((sum, weight, player) => sum + (has(player) ? weight : 0), 0) >= quota ? 1 : 0
}
