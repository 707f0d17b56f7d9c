import type { CreditTotals } from './credit-totals.ts'
import type { CreditNoise } from './intervals.ts'

/** What one model credits, and how much it varies. */
export interface NoisyTotals {
  readonly totals: CreditTotals
  readonly noise: CreditNoise
}

/**
 * Standard deviations of a mixture of two models' credits, as of a Bayesian average of models (Hoeting et al. 1999,
 * https://doi.org/10.1214/ss/1009212519): the variances of both, by their weights, and w (1 - w) times the square of their
 * difference, which is what the data leave open about the model.
 * @param weight of the second one.
 */
export function stackedNoise(first: NoisyTotals, second: NoisyTotals, weight: number): CreditNoise {
  const mixed = (one: Spread, other: Spread) =>
    Math.sqrt(
      (1 - weight) * one.noise ** 2 +
        weight * other.noise ** 2 +
        weight * (1 - weight) * (other.credit - one.credit) ** 2,
    )
  const each = (part: 'cells' | 'channels') =>
    first.noise[part].map((_, at) => mixed(spreadAt(first, part, at), spreadAt(second, part, at)))
  const whole = (part: 'allChannels' | 'baseline') => mixed(spreadOf(first, part), spreadOf(second, part))
  return {
    cells: each('cells'),
    channels: each('channels'),
    allChannels: whole('allChannels'),
    baseline: whole('baseline'),
  }
}

interface Spread {
  readonly credit: number
  readonly noise: number
}

function spreadAt({ totals, noise }: NoisyTotals, part: 'cells' | 'channels', at: number): Spread {
  return { credit: totals[part][at]!, noise: noise[part][at]! }
}

function spreadOf({ totals, noise }: NoisyTotals, part: 'allChannels' | 'baseline'): Spread {
  return { credit: totals[part], noise: noise[part] }
}
