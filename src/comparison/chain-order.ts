import { createRandom, type Random } from '../random.ts'
import { type PathTable, placesOf } from './path-table.ts'

/** How well the last k touches tell whether a path ends with a conversion. */
export interface OrderQuality {
  readonly order: number
  /** Mean over the folds of the area under the ROC curve on paths left out; null where it can't be told. */
  readonly auc: number | null
  /** The same less a penalty for parameters, as adjusted R squared has it; null where there are too many. */
  readonly penalisedAuc: number | null
  /** Histories of at most k touches: the chances that are estimated. */
  readonly parameters: number
}

const FOLDS = 5

/**
 * Cross-validated quality of Markov chains of order 1 up to `orders`: a path left out is scored by the chance of a
 * conversion after its last k touches, as seen in the other folds (where they never were seen, after fewer touches).
 * Equal paths are split over the folds one by one, by the seed. Null paths count whether or not the chain has them:
 * without them there is nothing to tell apart.
 *
 * 1 - (1 - AUC)(n - 1)/(n - p - 1), n paths and p parameters, is the penalised AUC.
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
    const parameters = histories.countUpTo[order]!
    const auc = meanAuc(paths, folds, histories, ends, order)
    const room = pathCount - parameters - 1
    const penalisedAuc = auc === null || room <= 0 ? null : 1 - ((1 - auc) * (pathCount - 1)) / room
    return { order, auc, penalisedAuc, parameters }
  })
}

/** @returns the order with the largest penalised AUC, the lower one of equals; 1 where none can be told. */
export function chooseOrder(qualities: readonly OrderQuality[]): number {
  let [chosen, most] = [1, Number.NEGATIVE_INFINITY]
  for (const { order, penalisedAuc } of qualities) {
    if (penalisedAuc === null || penalisedAuc <= most + 1e-12) continue
    most = penalisedAuc
    chosen = order
  }
  return chosen
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
      const every = Math.floor(amount / FOLDS)
      parts.fill(every, path * FOLDS, (path + 1) * FOLDS)
      const first = random.below(FOLDS)
      for (let rest = 0; rest < amount - every * FOLDS; rest++)
        parts[path * FOLDS + ((first + rest) % FOLDS)]! += 1
    })
    return parts
  }
  return { conversions: split(paths.conversions), nullPaths: split(paths.nullPaths) }
}

/** The last 0 to `orders` touches of each path as numbers, `orders + 1` a path; -1 where a path is shorter. */
interface Histories {
  readonly ofPath: Int32Array
  readonly count: number
  /** Histories of 1 up to k touches that paths end with. */
  readonly countUpTo: readonly number[]
}

function numberHistories(paths: PathTable, orders: number): Histories {
  const numbers = new Map<number, number>()
  const ofPath = new Int32Array(paths.count * (orders + 1)).fill(-1)
  const counts: number[] = Array(orders + 1).fill(0)
  for (let path = 0; path < paths.count; path++) {
    const places = placesOf(paths, path)
    let history = 0
    ofPath[path * (orders + 1)] = 0
    for (let length = 1; length <= Math.min(orders, places.length); length++) {
      const key = history * 2048 + places[places.length - length]!
      let number = numbers.get(key)
      if (number === undefined) {
        number = numbers.size + 1
        numbers.set(key, number)
        counts[length]! += 1
      }
      ofPath[path * (orders + 1) + length] = number
      history = number
    }
  }
  let sum = 0
  return { ofPath, count: numbers.size + 1, countUpTo: counts.map((count) => (sum += count)) }
}

/** Conversions and null paths that end with a history: in all, and by fold, fold within history. */
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

function meanAuc(
  paths: PathTable,
  folds: Folds,
  histories: Histories,
  ends: Ends,
  order: number,
): number | null {
  const areas: number[] = []
  const orders = histories.ofPath.length / Math.max(1, paths.count) - 1
  for (let fold = 0; fold < FOLDS; fold++) {
    const scored: Scored[] = []
    for (let path = 0; path < paths.count; path++) {
      const conversions = folds.conversions[path * FOLDS + fold]!
      const nullPaths = folds.nullPaths[path * FOLDS + fold]!
      if (conversions + nullPaths === 0 || placesOf(paths, path).length === 0) continue
      const first = path * (orders + 1)
      const known = histories.ofPath.subarray(first, first + order + 1)
      scored.push({ score: scoreOf(known, ends, fold), conversions, nullPaths })
    }
    const area = areaUnderCurve(scored)
    if (area !== null) areas.push(area)
  }
  return areas.length === 0 ? null : areas.reduce((sum, area) => sum + area, 0) / areas.length
}

interface Scored {
  readonly score: number
  readonly conversions: number
  readonly nullPaths: number
}

/** @param known the path's histories, the shortest first. @returns the chance by the longest one that others end with. */
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

/** @returns the chance that a converting path scores above one that doesn't, ties half; null without either. */
function areaUnderCurve(scored: Scored[]): number | null {
  scored.sort((left, right) => left.score - right.score)
  let [below, won, positives] = [0, 0, 0]
  for (let at = 0; at < scored.length; ) {
    let [conversions, nullPaths] = [0, 0]
    const { score } = scored[at]!
    for (; at < scored.length && scored[at]!.score === score; at++) {
      conversions += scored[at]!.conversions
      nullPaths += scored[at]!.nullPaths
    }
    won += conversions * (below + nullPaths / 2)
    below += nullPaths
    positives += conversions
  }
  return positives > 0 && below > 0 ? won / (positives * below) : null
}
