/**
 * Shapley values by definition: the mean over all orders of the players of what one adds to those before it (Shapley 1953,
 * https://doi.org/10.1515/9781400881970-018).
 * @param values v(S) for every coalition, 2^players of them; player i is in coalition `mask` where bit i is set.
 * @param players n, at most 30.
 * @returns a credit per player; they add up to v(all) - v(none). A player that never changes v gets exactly 0.
 * @throws RangeError where there are not 2^players values.
 *
 * O(players 2^players). Example: `computeShapley(Float64Array.of(0, 1, 3, 8), 2)` is [3, 5].
 */
export function computeShapley(values: Float64Array, players: number): Float64Array {
  const coalitions = 2 ** players
  if (values.length !== coalitions) {
    throw new RangeError(`${players} players have ${coalitions} coalitions, got ${values.length} values`)
  }
  const weights = weightsOf(players)
  const credits = new Float64Array(players)
  for (let player = 0; player < players; player++) {
    const bit = 1 << player
    let credit = 0
    for (let base = 0; base < coalitions; base += bit << 1) {
      for (let mask = base; mask < base + bit; mask++) {
        credit += weights[mask]! * (values[mask | bit]! - values[mask]!)
      }
    }
    credits[player] = credit
  }
  return credits
}

/** Games of as many players come by the thousand. */
const MOST_REMEMBERED_PLAYERS = 12
const remembered: Float64Array[] = []

function weightsOf(players: number): Float64Array {
  if (players > MOST_REMEMBERED_PLAYERS) return weightByCoalition(players)
  remembered[players] ??= weightByCoalition(players)
  return remembered[players]
}

/** |S|! (n - |S| - 1)! / n! for every coalition S but the grand one; written 1 / (n C(n - 1, |S|)) it can't overflow. */
function weightByCoalition(players: number): Float64Array {
  const weightBySize = new Float64Array(players + 1)
  let choices = 1
  for (let size = 0; size < players; size++) {
    weightBySize[size] = 1 / (players * choices)
    choices *= (players - 1 - size) / (size + 1)
  }
  const sizes = new Uint8Array(2 ** players)
  const weights = new Float64Array(2 ** players)
  weights[0] = weightBySize[0]!
  for (let mask = 1; mask < sizes.length; mask++) {
    sizes[mask] = sizes[mask >>> 1]! + (mask & 1)
    weights[mask] = weightBySize[sizes[mask]!]!
  }
  return weights
}
