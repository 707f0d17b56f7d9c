import type { CellGrid } from '../examples/pattern.ts'
import { compensatedSum } from '../numerics/compensated-sum.ts'
import type { CellCredits } from '../shapley/credit.ts'
import { sumByChannel } from '../shapley/totals.ts'

/** Credits as the table `attribution` has them: in the seed format the channels share all conversions. */
export interface CreditTotals {
  readonly cells: Float64Array
  readonly channels: Float64Array
  readonly allChannels: number
  readonly baseline: number
}

/** @returns the credits of cells, of channels over all their days, of all channels, and of the baseline. O(cells). */
export function creditTotals(
  { conversions, baselineConversions }: Pick<CellCredits, 'conversions' | 'baselineConversions'>,
  grid: CellGrid,
  { seedFormat }: { readonly seedFormat: boolean },
): CreditTotals {
  const sum = compensatedSum(conversions)
  const scale = seedFormat && sum > 0 ? (sum + baselineConversions) / sum : 1
  return {
    cells: conversions.map((credit) => credit * scale),
    channels: sumByChannel(conversions, grid).map((credit) => credit * scale),
    allChannels: sum * scale,
    baseline: seedFormat ? 0 : baselineConversions,
  }
}
