/**
 * All pairs {S, complement of S} whose smaller half has `size` players. Pairs are drawn, not coalitions: the two halves
 * cancel the even part of a game, so that interactions of two players cost no accuracy.
 */
export interface Stratum {
  /** Players in the smaller half, 1 .. players / 2. */
  readonly size: number
  /** Pairs that exist; a real number, and infinite above some 1000 players. */
  readonly population: number
  /** Pairs to draw without replacement; all of them where that equals `population`. */
  readonly draws: number
}

/** Patterns of more cells are not credited by all their coalitions, even where the budget would pay for it. */
const EXACT_PLAYERS = 12
const SAMPLED_EVALUATIONS = 2048
const EVALUATIONS_PER_PLAYER = 32

/** @returns whether a game of that many players is solved by all its coalitions if it is solved in full. */
export function isExact(players: number): boolean {
  return players <= EXACT_PLAYERS
}

/**
 * @returns model evaluations that solving a game in full takes at most: all 2^players coalitions up to 12 players, a sample of 2048, but at
 * least 32 per player, above.
 */
export function fullEvaluations(players: number): number {
  if (isExact(players)) return 2 ** players
  return Math.max(SAMPLED_EVALUATIONS, EVALUATIONS_PER_PLAYER * players)
}

/**
 * Shares a budget of model evaluations among the coalition sizes. Every size has the same leverage in the Shapley
 * regression, whatever the number of its coalitions (Musco and Witter, "Provably Accurate Shapley Value Estimation via
 * Leverage Score Sampling", ICLR 2025, https://arxiv.org/abs/2410.01917), so each gets the same number of draws; from
 * the edges inwards, a size with fewer coalitions than that is taken completely and the rest goes to the others.
 * @param players n, at least 2.
 * @param budget evaluations, those of the empty and the grand coalition included; what exceeds 2^n is not used.
 * @returns strata by ascending size; 2 + 2 * (draws in all) is at most the budget.
 * @throws RangeError where the budget is below the smaller of 2^n and 8n: too few for a standard error. O(n).
 */
export function planSampling(players: number, budget: number): Stratum[] {
  const least = Math.min(2 ** players, 8 * players)
  if (budget < least) {
    throw new RangeError(`${players} players need at least ${least} evaluations, the budget is ${budget}`)
  }
  let pairsLeft = Math.floor(budget / 2) - 1
  let leverageLeft = players - 1
  let choices = 1
  const strata: Stratum[] = []
  for (let size = 1; size * 2 <= players; size++) {
    choices *= (players - size + 1) / size
    // Sizes s and n - s share a stratum; the middle size of an even n is alone, and its pairs count twice in `choices`.
    const leverage = size * 2 === players ? 1 : 2
    const population = Math.round(size * 2 === players ? choices / 2 : choices)
    const fairShare = Math.round((pairsLeft * leverage) / leverageLeft)
    const draws = Math.min(population, fairShare)
    strata.push({ size, population, draws })
    pairsLeft -= draws
    leverageLeft -= leverage
  }
  return strata
}

/** @returns the model evaluations that a plan takes. */
export function plannedEvaluations(strata: readonly Stratum[]): number {
  return strata.reduce((evaluations, stratum) => evaluations + 2 * stratum.draws, 2)
}
