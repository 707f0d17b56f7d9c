import { CompensatedSums } from '../numerics/compensated-sum.ts'
import type { CellCredits, PatternCredit } from './credit.ts'
import { type Game, solveGame } from './game.ts'

/** Adds up the credit of solved games, cell by cell. */
export class CreditSums {
  private readonly conversions: CompensatedSums
  private readonly value: CompensatedSums
  private readonly variance: CompensatedSums
  /** Conversions, value. */
  private readonly baseline = new CompensatedSums(2)
  private exactPatterns = 0
  private sampledPatterns = 0

  /** @param cells of the grid. */
  constructor(cells: number) {
    this.conversions = new CompensatedSums(cells)
    this.value = new CompensatedSums(cells)
    this.variance = new CompensatedSums(cells)
  }

  /**
   * Solves a game and credits the conversions of its pattern.
   * @param probabilities of the game's coalitions, in their order; above 0.
   * @param conversions after that pattern. @param value of those conversions.
   * @returns how one conversion is credited. O(players 2^players) where exact.
   */
  add(game: Game, probabilities: Float64Array, conversions: number, value: number): PatternCredit {
    const { credits, standardErrors } = solveGame(game, probabilities)
    const ofAll = probabilities[probabilities.length - 1]!
    const scaledConversions = conversions / ofAll
    const scaledValue = value / ofAll
    game.cells.forEach((cell, player) => {
      this.conversions.add(cell, scaledConversions * credits[player]!)
      this.value.add(cell, scaledValue * credits[player]!)
      // Each pattern draws its own coalitions, so variances add up over patterns.
      this.variance.add(cell, (scaledConversions * standardErrors[player]!) ** 2)
    })
    this.baseline.add(0, scaledConversions * probabilities[0]!)
    this.baseline.add(1, scaledValue * probabilities[0]!)
    if (game.sample === undefined) this.exactPatterns++
    else this.sampledPatterns++
    return {
      pattern: game.pattern,
      cells: game.cells,
      credits: credits.map((credit) => credit / ofAll),
      baseline: probabilities[0]! / ofAll,
    }
  }

  /** @returns the sums so far. @param asked how much the model evaluated. */
  totals(asked: Pick<CellCredits, 'evaluations' | 'evaluationSeconds'>): CellCredits {
    const [baselineConversions = 0, baselineValue = 0] = this.baseline.totals()
    return {
      conversions: this.conversions.totals(),
      value: this.value.totals(),
      standardError: this.variance.totals().map(Math.sqrt),
      baselineConversions,
      baselineValue,
      exactPatterns: this.exactPatterns,
      sampledPatterns: this.sampledPatterns,
      ...asked,
    }
  }
}
