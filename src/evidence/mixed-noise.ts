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
export function mixedNoise(first: NoisyTotals, second: NoisyTotals, weight: number): CreditNoise {
  return noiseOf(first, (at) => {
    const [one, other] = [at(first), at(second)]
    const within = (1 - weight) * one.noise ** 2 + weight * other.noise ** 2
    return Math.sqrt(within + weight * (1 - weight) * (other.credit - one.credit) ** 2)
  })
}

/**
 * Standard deviations with what a fit to a part of the users shows. Where the variance of a fit is one over the users, that of
 * its difference to the fit to all users is (1 - share) / share times the variance of the latter (half-sample replication,
 * McCarthy 1969). Above one half the difference is taken as it is: it is not the users alone that make fits differ.
 * @param whole by the fit to all users, with its other noise.
 * @param part by the fit to some of them. @param share what part of all users they are, above 0, at most 1.
 */
export function noiseByPart(whole: NoisyTotals, part: CreditTotals, share: number): CreditNoise {
  const other = { totals: part, noise: whole.noise }
  const scale = Math.sqrt(share < 0.5 ? share / (1 - share) : 1)
  return noiseOf(whole, (at) => Math.hypot(at(whole).noise, scale * (at(other).credit - at(whole).credit)))
}

interface Spread {
  readonly credit: number
  readonly noise: number
}

/** @param deviation gets a function that looks up one place, the same of every model. */
function noiseOf(model: NoisyTotals, deviation: (at: (one: NoisyTotals) => Spread) => number): CreditNoise {
  const each = (part: 'cells' | 'channels') =>
    model.noise[part].map((_, place) =>
      deviation(({ totals, noise }) => ({ credit: totals[part][place]!, noise: noise[part][place]! })),
    )
  const whole = (part: 'allChannels' | 'baseline') =>
    deviation(({ totals, noise }) => ({ credit: totals[part], noise: noise[part] }))
  return {
    cells: each('cells'),
    channels: each('channels'),
    allChannels: whole('allChannels'),
    baseline: whole('baseline'),
  }
}
