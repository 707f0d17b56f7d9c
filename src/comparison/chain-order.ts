import { standardDeviation } from '../numerics/compensated-sum.ts'
import { createRandom, type Random } from '../numerics/random.ts'
import { areaUnderCurve, rankByScore } from '../numerics/ranking.ts'
import { type PathTable, PLACES, placesOf } from './path-table.ts'

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

const FOLDS = 10
/** By how many standard errors of the difference over the folds a higher order must be better. */
const STANDARD_ERRORS = 2

/**
 * Cross-validates Markov chains of order 1 up to `orders`: a held-out path is scored by the conversion rate after its last
 * k touches in the other folds (after fewer touches if those never occur). Equal paths are split over the folds one by one,
 * by the seed. Paths without a conversion count even if the chain excludes them: otherwise there is nothing to distinguish.
 *
 * The penalised AUC is 1 - (1 - AUC)(n - 1)/(n - p - 1) for n paths and p parameters.
 *
 * O(touches of the distinct paths x orders + paths x log paths x folds x orders).
 */
export function orderQualities(paths: PathTable, orders: number, seed: number): readonly OrderQuality[] {
  const folds = splitIntoFolds(paths, createRandom(seed, 'markov-folds'))
  const histories = numberHistories(paths, orders)
  const ends = countEnds(paths, folds, histories, orders)
  const pathCount = paths.conversions.reduce((sum, conversions, path) => {
    return placesOf(paths, path).length === 0 ? sum : sum + conversions + paths.nullPaths[path]!
  }, 0)
  return Array.from({ length: orders }, (_, at) => {
    const order = at + 1
    const parameters = countHistories(paths, histories, orders, order)
    const areas = areasByFold(paths, folds, histories, ends, order)
    const degreesOfFreedom = pathCount - parameters - 1
    const penalised = (auc: number) => 1 - ((1 - auc) * (pathCount - 1)) / degreesOfFreedom
    const auc = areas.length === 0 ? null : meanOf(areas)
    return {
      order,
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

/** Conversions and null paths by fold, fold within path. */
interface Folds {
  readonly conversions: Float64Array
  readonly nullPaths: Float64Array
}

function splitIntoFolds(paths: PathTable, random: Random): Folds {
  const split = (amounts: Float64Array) => {
    const parts = new Float64Array(amounts.length * FOLDS)
    amounts.forEach((amount, path) => {
      const perFold = Math.floor(amount / FOLDS)
      parts.fill(perFold, path * FOLDS, (path + 1) * FOLDS)
      const first = random.below(FOLDS)
      for (let rest = 0; rest < amount - perFold * FOLDS; rest++)
        parts[path * FOLDS + ((first + rest) % FOLDS)]! += 1
    })
    return parts
  }
  return { conversions: split(paths.conversions), nullPaths: split(paths.nullPaths) }
}

/** The number of the last 0 to `orders` touches of each path, `orders + 1` per path; -1 beyond the start of a path. */
interface Histories {
  readonly ofPath: Int32Array
  readonly count: number
}

/** Precedes the first touch, like the start of the chain: a short path is not the same state as the end of a long one. */
const START = PLACES - 1

function numberHistories(paths: PathTable, orders: number): Histories {
  const numbers = new Map<number, number>()
  const ofPath = new Int32Array(paths.count * (orders + 1)).fill(-1)
  for (let path = 0; path < paths.count; path++) {
    const places = placesOf(paths, path)
    let history = 0
    ofPath[path * (orders + 1)] = 0
    for (let length = 1; length <= Math.min(orders, places.length + 1); length++) {
      const key = history * PLACES + (places[places.length - length] ?? START)
      history = numbers.get(key) ?? numbers.size + 1
      numbers.set(key, history)
      ofPath[path * (orders + 1) + length] = history
    }
  }
  return { ofPath, count: numbers.size + 1 }
}

/** @returns the number of distinct histories of order k at the end of paths with a touch. */
function countHistories(paths: PathTable, { ofPath }: Histories, orders: number, order: number): number {
  const ends = new Set<number>()
  for (let path = 0; path < paths.count; path++) {
    const length = placesOf(paths, path).length
    if (length > 0) ends.add(ofPath[path * (orders + 1) + Math.min(order, length + 1)]!)
  }
  return ends.size
}

/** Conversions, and all paths, that end with a history, by fold; fold within history. */
interface Ends {
  readonly conversions: Float64Array
  readonly paths: Float64Array
}

function countEnds(paths: PathTable, folds: Folds, { ofPath, count }: Histories, orders: number): Ends {
  const ends: Ends = { conversions: new Float64Array(count * FOLDS), paths: new Float64Array(count * FOLDS) }
  for (let path = 0; path < paths.count; path++) {
    if (placesOf(paths, path).length === 0) continue
    for (let length = 0; length <= orders; length++) {
      const history = ofPath[path * (orders + 1) + length]!
      if (history < 0) break
      for (let fold = 0; fold < FOLDS; fold++) {
        const conversions = folds.conversions[path * FOLDS + fold]!
        ends.conversions[history * FOLDS + fold]! += conversions
        ends.paths[history * FOLDS + fold]! += conversions + folds.nullPaths[path * FOLDS + fold]!
      }
    }
  }
  return ends
}

function areasByFold(
  paths: PathTable,
  folds: Folds,
  histories: Histories,
  ends: Ends,
  order: number,
): readonly number[] {
  const areas: number[] = []
  const orders = histories.ofPath.length / Math.max(1, paths.count) - 1
  for (let fold = 0; fold < FOLDS; fold++) {
    const scores: number[] = []
    const conversions: number[] = []
    const nullPaths: number[] = []
    for (let path = 0; path < paths.count; path++) {
      const place = path * FOLDS + fold
      if (folds.conversions[place]! + folds.nullPaths[place]! === 0) continue
      if (placesOf(paths, path).length === 0) continue
      const first = path * (orders + 1)
      const known = histories.ofPath.subarray(first, first + order + 1)
      scores.push(scoreOf(known, ends, fold))
      conversions.push(folds.conversions[place]!)
      nullPaths.push(folds.nullPaths[place]!)
    }
    const ranks = rankByScore(Float64Array.from(scores))
    const area = areaUnderCurve(ranks, conversions, nullPaths)
    if (area !== undefined) areas.push(area)
  }
  return areas
}

/** @param known the path's histories, shortest first. @returns the conversion rate of the longest one in other folds. */
function scoreOf(known: Int32Array, ends: Ends, fold: number): number {
  for (let length = known.length - 1; length >= 0; length--) {
    const history = known[length]!
    if (history < 0) continue
    let [conversions, paths] = [0, 0]
    for (let other = 0; other < FOLDS; other++) {
      if (other === fold) continue
      conversions += ends.conversions[history * FOLDS + other]!
      paths += ends.paths[history * FOLDS + other]!
    }
    if (paths > 0) return conversions / paths
  }
  return 0
}
