import type { Random } from '../numerics/random.ts'
import type { ShapleyEstimate } from './sampled.ts'

/** Orders of the players of one game, each of which counts backwards, too. */
export interface Orders {
  readonly players: number
  readonly pairs: number
  /** Player at place k of order i at places[i * players + k]. */
  readonly places: Uint32Array
}

/** @returns orders of which each is equally likely (Fisher and Yates). O(pairs players). */
export function drawOrders(players: number, pairs: number, random: Random): Orders {
  const places = new Uint32Array(pairs * players)
  for (let start = 0; start < places.length; start += players) {
    for (let place = 0; place < players; place++) {
      const earlier = random.below(place + 1)
      places[start + place] = places[start + earlier]!
      places[start + earlier] = place
    }
  }
  return { players, pairs, places }
}

/** @returns sub-patterns that a game with that many pairs of orders refers to, the empty and the whole one included. */
export function orderEvaluations(players: number, pairs: number): number {
  return players < 2 ? 2 ** players : 2 + 2 * pairs * (players - 1)
}

/** An estimate by orders, with what it says about itself. */
export interface OrdersEstimate extends ShapleyEstimate {
  /**
   * Of each player, the mean over pairs of ((forwards - backwards) / 2)^2: the variance that the mean of the two would have if they
   * were independent. Paired orders err less: by how much, other games show.
   */
  readonly spread: Float64Array
}

/**
 * Estimates Shapley values by what each player adds to those before it (Castro et al. 2009,
 * https://doi.org/10.1016/j.cor.2008.04.004), in each order forwards and backwards (antithetic variates: Mitchell et al. 2022,
 * https://arxiv.org/abs/2104.12199). What the players of an order add telescopes to v(all) - v(none), so the credits add up to it whatever was
 * drawn. Games without interactions of three or more players are solved exactly.
 *
 * The standard error is that of the mean of pairs. A single pair shows none: it is NaN then.
 * @param values v(none), of each order and each k from 1 to players - 1 v(its first k), v(the others), then v(all).
 * @throws RangeError where the number of values is another. O(pairs players).
 */
export function estimateByOrders({ players, pairs, places }: Orders, values: Float64Array): OrdersEstimate {
  if (values.length !== orderEvaluations(players, pairs)) {
    throw new RangeError(
      `${pairs} orders of ${players} players have ${orderEvaluations(players, pairs)} values, got ${values.length}`,
    )
  }
  const [none, all] = [values[0]!, values[values.length - 1]!]
  const credits = new Float64Array(players)
  const squares = new Float64Array(players)
  const spread = new Float64Array(players)
  for (let pair = 0; pair < pairs; pair++) {
    let [before, rest] = [none, all]
    for (let k = 0; k < players; k++) {
      const at = 1 + 2 * (pair * (players - 1) + k)
      const isLast = k === players - 1
      const [after, restAfter] = [isLast ? all : values[at]!, isLast ? none : values[at + 1]!]
      const [forwards, backwards] = [after - before, rest - restAfter]
      const player = places[pair * players + k]!
      const off = (forwards + backwards) / 2 - credits[player]!
      // Running mean and squares about it (Welford 1962, https://doi.org/10.1080/00401706.1962.10490022): nothing cancels.
      credits[player]! += off / (pair + 1)
      squares[player]! += (off ** 2 * pair) / (pair + 1)
      spread[player]! += ((forwards - backwards) / 2) ** 2 / pairs
      before = after
      rest = restAfter
    }
  }
  const standardErrors = squares.map((square) => Math.sqrt(square / (pairs * (pairs - 1))))
  return { credits, standardErrors, spread }
}
