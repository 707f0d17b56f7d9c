import { standardDeviation } from '../numerics/compensated-sum.ts'
import { crossValidateOrders } from './cross-validation.ts'
import { type PathTable, placesOf } from './path-table.ts'

/** How well the last k touches predict whether a path ends with a conversion. */
export interface OrderQuality {
  readonly order: number
  /** Mean over the folds of the AUC on held-out paths; null if it can't be computed. */
  readonly auc: number | null
  /** The same with a penalty for parameters, as in adjusted R squared; null if there are too many parameters. */
  readonly penalisedAuc: number | null
  /** Distinct last k touches of paths: the number of probabilities to estimate. */
  readonly parameters: number
  /** The penalised AUC of each fold that has paths with and without a conversion. */
  readonly byFold: readonly number[]
}

/** By how many standard errors of the difference over the folds a higher order must be better. */
const STANDARD_ERRORS = 2

/**
 * Rates Markov chains of order 1 up to `orders` by cross-validation ({@link crossValidateOrders}).
 *
 * The penalised AUC is 1 - (1 - AUC)(n - 1)/(n - p - 1) for n paths and p parameters.
 */
export function orderQualities(paths: PathTable, orders: number, seed: number): readonly OrderQuality[] {
  const pathCount = paths.conversions.reduce((sum, conversions, path) => {
    return placesOf(paths, path).length === 0 ? sum : sum + conversions + paths.nullPaths[path]!
  }, 0)
  return crossValidateOrders(paths, orders, seed).map(({ parameters, areas }, at) => {
    const degreesOfFreedom = pathCount - parameters - 1
    const penalised = (auc: number) => 1 - ((1 - auc) * (pathCount - 1)) / degreesOfFreedom
    const auc = areas.length === 0 ? null : meanOf(areas)
    return {
      order: at + 1,
      auc,
      penalisedAuc: auc === null || degreesOfFreedom <= 0 ? null : penalised(auc),
      parameters,
      byFold: degreesOfFreedom <= 0 ? [] : areas.map(penalised),
    }
  })
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

/**
 * @returns the lowest order that no other order beats by more than chance: the best penalised AUC is not higher by more
 *   than two standard errors of the difference over the folds. (Splitting histories at random does not lower an AUC, so
 *   the best order alone is often too high.) 1 if no AUC can be computed.
 */
export function chooseOrder(qualities: readonly OrderQuality[]): number {
  const rated = qualities.filter(({ penalisedAuc }) => penalisedAuc !== null)
  const highest = Math.max(...rated.map(({ penalisedAuc }) => penalisedAuc ?? 0))
  const best = rated.find(({ penalisedAuc }) => penalisedAuc === highest)
  const chosen = rated.find(({ byFold }) => best !== undefined && isAsGood(byFold, best.byFold))
  return chosen?.order ?? 1
}

function isAsGood(byFold: readonly number[], best: readonly number[]): boolean {
  const gains = best.map((area, fold) => area - byFold[fold]!)
  const error = standardDeviation(gains) / Math.sqrt(gains.length)
  return meanOf(gains) <= STANDARD_ERRORS * error + 1e-12
}
