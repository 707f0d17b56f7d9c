import type { OrdersEstimate } from './orders.ts'

/** Cells in fewer audited games are judged by those of all cells. */
const FEWEST_GAMES = 30

/**
 * How much one pair of orders errs. What forwards and backwards differ by is known from a single pair, how much less than two independent
 * orders it errs is not: games that were given several pairs, drawn by chance among all, show it for each cell (a ratio estimate:
 * Cochran, Sampling Techniques, 6.4).
 */
export class PairNoise {
  /** Audited games with each cell. */
  private readonly games: Uint32Array
  /** By cell, sums over audited games: of the variance of what one pair gives, and of two independent orders'. */
  private readonly ofPair: Float64Array
  private readonly ofTwo: Float64Array

  /** @param cells of the grid. */
  constructor(cells: number) {
    this.games = new Uint32Array(cells)
    this.ofPair = new Float64Array(cells)
    this.ofTwo = new Float64Array(cells)
  }

  /**
   * @param cells of the game's players. @param estimate of it by two or more pairs. @param pairs how many.
   * @param weight what the game's values count in the sum of credits. O(cells).
   */
  add(
    cells: readonly number[],
    { standardErrors, spread }: OrdersEstimate,
    pairs: number,
    weight: number,
  ): void {
    cells.forEach((cell, player) => {
      this.games[cell]!++
      this.ofPair[cell]! += (weight * standardErrors[player]!) ** 2 * pairs
      this.ofTwo[cell]! += weight ** 2 * spread[player]!
    })
  }

  /**
   * @param spread of a game by one pair, see {@link OrdersEstimate}.
   * @returns the variance of each player's credit. Where no game shows it, that of two independent orders, which is more. O(cells).
   */
  variance(cells: readonly number[], spread: Float64Array): Float64Array {
    return spread.map((squared, player) => this.ratio(cells[player]!) * squared)
  }

  private ratio(cell: number): number {
    if (this.games[cell]! >= FEWEST_GAMES) return ratioOf(this.ofPair[cell]!, this.ofTwo[cell]!)
    const sum = (terms: Float64Array) => terms.reduce((total, term) => total + term, 0)
    return ratioOf(sum(this.ofPair), sum(this.ofTwo))
  }
}

function ratioOf(ofPair: number, ofTwo: number): number {
  return ofTwo > 0 ? ofPair / ofTwo : 1
}
