import { CompensatedSums } from '../numerics/compensated-sum.ts'
import type { CellCredits, PatternCredit } from './credit.ts'

/** Adds up the credits of patterns, cell by cell. */
export class CreditSums {
  private readonly conversions: CompensatedSums
  private readonly value: CompensatedSums
  private readonly variance: CompensatedSums
  /** Conversions, value. */
  private readonly baseline = new CompensatedSums(2)

  /** @param cells of the grid. */
  constructor(cells: number) {
    this.conversions = new CompensatedSums(cells)
    this.value = new CompensatedSums(cells)
    this.variance = new CompensatedSums(cells)
  }

  /**
   * @param credit of one conversion after a pattern.
   * @param conversions after that pattern. @param value of those conversions. O(touched cells).
   */
  add({ cells, credits, standardErrors, baseline }: PatternCredit, conversions: number, value: number): void {
    cells.forEach((cell, player) => {
      this.conversions.add(cell, conversions * credits[player]!)
      this.value.add(cell, value * credits[player]!)
      // Each pattern draws its own coalitions, so variances add up over patterns.
      this.variance.add(cell, (conversions * standardErrors[player]!) ** 2)
    })
    this.baseline.add(0, conversions * baseline)
    this.baseline.add(1, value * baseline)
  }

  /** @returns the sums so far. */
  totals(): Pick<
    CellCredits,
    'conversions' | 'value' | 'standardError' | 'baselineConversions' | 'baselineValue'
  > {
    const [baselineConversions = 0, baselineValue = 0] = this.baseline.totals()
    return {
      conversions: this.conversions.totals(),
      value: this.value.totals(),
      standardError: this.variance.totals().map(Math.sqrt),
      baselineConversions,
      baselineValue,
    }
  }
}
