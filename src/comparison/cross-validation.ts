import { createRandom, type Random } from '../numerics/random.ts'
import { areaUnderCurve, rankByScore } from '../numerics/ranking.ts'
import { type PathTable, PLACES, placesOf } from './path-table.ts'

const FOLDS = 10

/** Cross-validation of the chain of one order. */
export interface CrossValidation {
  /** Distinct last k touches of paths: the number of probabilities to estimate. */
  readonly parameters: number
  /** AUC of each fold that has paths with and without a conversion. */
  readonly areas: readonly number[]
}

/**
 * Cross-validates Markov chains of order 1 up to `orders`: a held-out path is scored by the conversion rate after its last
 * k touches in the other folds (after fewer touches if those never occur). Equal paths are split over the folds one by one,
 * by the seed. Paths without a conversion count even if the chain excludes them: otherwise there is nothing to distinguish.
 * @returns one entry per order.
 *
 * O(touches of the distinct paths x orders + paths x log paths x folds x orders).
 */
export function crossValidateOrders(
  paths: PathTable,
  orders: number,
  seed: number,
): readonly CrossValidation[] {
  const folds = splitIntoFolds(paths, createRandom(seed, 'markov-folds'))
  const histories = numberHistories(paths, orders)
  const ends = countEnds(paths, folds, histories, orders)
  return Array.from({ length: orders }, (_, at) => ({
    parameters: countHistories(paths, histories, orders, at + 1),
    areas: areasByFold(paths, folds, histories, ends, at + 1),
  }))
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
  for (let fold = 0; fold < FOLDS; fold++) {
    const heldOut = Array.from({ length: paths.count }, (_, path) => path).filter(
      (path) =>
        placesOf(paths, path).length > 0 &&
        folds.conversions[path * FOLDS + fold]! + folds.nullPaths[path * FOLDS + fold]! > 0,
    )
    const scores = Float64Array.from(heldOut, (path) =>
      scoreOf(historiesOf(paths, histories, path, order), ends, fold),
    )
    const area = areaUnderCurve(
      rankByScore(scores),
      heldOut.map((path) => folds.conversions[path * FOLDS + fold]!),
      heldOut.map((path) => folds.nullPaths[path * FOLDS + fold]!),
    )
    if (area !== undefined) areas.push(area)
  }
  return areas
}

/** @returns the histories of a path of length 0 to `order`. */
function historiesOf(paths: PathTable, { ofPath }: Histories, path: number, order: number): Int32Array {
  const perPath = ofPath.length / paths.count
  return ofPath.subarray(path * perPath, path * perPath + order + 1)
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
