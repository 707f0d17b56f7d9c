import type { OrdersEstimate } from './orders.ts'

/** Fewer audited games of a size are judged together with those of all sizes. */
const FEWEST_GAMES = 30

/** Sums of variances, weighted. */
interface Sums {
  games: number
  /** Of what one pair of orders gives. */
  ofPair: number
  /** Of what it would give if its two orders were independent. */
  ofTwo: number
}

/**
 * How much one pair of orders errs. What forwards and backwards differ by is known from a single pair, how much less than two independent
 * orders it errs is not: games that were given several pairs, drawn by chance among all, show it (a ratio estimate: Cochran,
 * Sampling Techniques, 6.4).
 */
export class PairNoise {
  private readonly all: Sums = { games: 0, ofPair: 0, ofTwo: 0 }
  private readonly byPlayers = new Map<number, Sums>()

  /**
   * @param estimate of a game, by two or more pairs. @param pairs how many.
   * @param weight what the game's values count in the sum of credits.
   */
  add({ standardErrors, spread }: OrdersEstimate, pairs: number, weight: number): void {
    const players = spread.length
    const own = this.byPlayers.get(players) ?? { games: 0, ofPair: 0, ofTwo: 0 }
    this.byPlayers.set(players, own)
    for (const sums of [own, this.all]) {
      sums.games++
      for (let player = 0; player < players; player++) {
        sums.ofPair += (weight * standardErrors[player]!) ** 2 * pairs
        sums.ofTwo += weight ** 2 * spread[player]!
      }
    }
  }

  /**
   * @param spread of a game by one pair, see {@link OrdersEstimate}.
   * @returns the variance of each player's credit. Where no game shows it, that of two independent orders, which is more.
   */
  variance(players: number, spread: Float64Array): Float64Array {
    const own = this.byPlayers.get(players)
    const { ofPair, ofTwo } = own !== undefined && own.games >= FEWEST_GAMES ? own : this.all
    const ratio = ofTwo > 0 ? ofPair / ofTwo : 1
    return spread.map((squared) => ratio * squared)
  }
}
