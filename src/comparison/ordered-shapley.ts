import { DataError } from '../errors.ts'
import { CompensatedSums } from '../numerics/compensated-sum.ts'
import type { ChannelCredits } from './method-rows.ts'
import { type PathTable, placesOf } from './path-table.ts'

/** Beyond, a path has more than 32,768 coalitions of channels. */
export const MOST_ORDERED = 15

/** Paths with the same distinct channels, in the order of their first touches. */
interface ChannelOrder {
  readonly places: readonly number[]
  conversions: number
  nullPaths: number
  creditedConversions: number
  creditedValue: number
}

/**
 * The ordered Shapley values of `td-ml-mta` and DP6's `marketing_attribution_models` (`ShapleyModel` with `order`): a
 * coalition of a path's channels is worth the conversion rate of the paths with just these channels in this order, nothing
 * where no such path led to a conversion. Each path's credits are scaled to its conversions, so they add up to all of them.
 * Credits can be negative.
 * @param lastChannels how many of a path's distinct channels count, taken from its end; 0: all.
 * @param channelCount length of the vocabulary.
 * @throws {DataError} for paths of too many channels. O(distinct orders x coalitions that are beginnings of other orders x channels).
 */
export function orderedShapley(paths: PathTable, channelCount: number, lastChannels: number): ChannelCredits {
  const orders = channelOrders(paths, lastChannels)
  const rates = ratesOf(orders.values())
  const conversions = new CompensatedSums(channelCount)
  const value = new CompensatedSums(channelCount)
  for (const { places, creditedConversions, creditedValue } of orders.values()) {
    if (creditedConversions === 0) continue
    const shares = sharesOf(places, rates)
    places.forEach((place, at) => {
      conversions.add(place, shares[at]! * creditedConversions)
      value.add(place, shares[at]! * creditedValue)
    })
  }
  return { conversions: conversions.totals(), value: value.totals() }
}

function channelOrders(paths: PathTable, lastChannels: number): ReadonlyMap<string, ChannelOrder> {
  const orders = new Map<string, ChannelOrder>()
  for (let path = 0; path < paths.count; path++) {
    const distinct = [...new Set(placesOf(paths, path))]
    if (distinct.length === 0) continue
    const places = lastChannels === 0 ? distinct : distinct.slice(-lastChannels)
    const key = places.join(' ')
    const order = orders.get(key) ?? {
      places,
      conversions: 0,
      nullPaths: 0,
      creditedConversions: 0,
      creditedValue: 0,
    }
    orders.set(key, order)
    order.conversions += paths.conversions[path]!
    order.nullPaths += paths.nullPaths[path]!
    order.creditedConversions += paths.creditedConversions[path]!
    order.creditedValue += paths.creditedValue[path]!
  }
  return orders
}

/** Conversion rates of orders that begin alike, of 2^channels coalitions only those that there are. */
interface Rates {
  /** Of the order that ends here. */
  rate: number
  /** By the next channel's place. */
  readonly next: Map<number, Rates>
}

function ratesOf(orders: Iterable<ChannelOrder>): Rates {
  const root: Rates = { rate: 0, next: new Map() }
  for (const { places, conversions, nullPaths } of orders) {
    if (conversions === 0) continue
    let at = root
    for (const place of places) {
      const next = at.next.get(place) ?? { rate: 0, next: new Map() }
      at.next.set(place, next)
      at = next
    }
    at.rate = conversions / (conversions + nullPaths)
  }
  return root
}

/** @returns the part of each channel; they add up to 1, but for a path whose Shapley values add up to 0. */
function sharesOf(places: readonly number[], rates: Rates): readonly number[] {
  const count = places.length
  if (count > MOST_ORDERED) {
    throw new DataError(
      `ordered_shapley: a path has ${count} different channels, ${MOST_ORDERED} are the most: give ` +
        `--ordered-shapley (ORDERED_SHAPLEY) a number from 1 to ${MOST_ORDERED}, by which only the last ones count`,
    )
  }
  const values = new Float64Array(count)
  const weights = Array.from({ length: count }, (_, before) => weight(before, count))
  /** @param coalition a bit for each member. */
  const walk = (at: Rates, from: number, coalition: number, size: number) => {
    for (let member = 0; at.rate > 0 && member < count; member++) {
      const isMember = (coalition >> member) & 1
      values[member]! += at.rate * (isMember ? weights[size - 1]! : -(weights[size] ?? 0))
    }
    if (at.next.size === 0) return
    for (let next = from; next < count; next++) {
      const found = at.next.get(places[next]!)
      if (found !== undefined) walk(found, next + 1, coalition | (1 << next), size + 1)
    }
  }
  walk(rates, 0, 0, 0)
  const sum = values.reduce((total, one) => total + one, 0)
  return Array.from(values, (one) => (sum === 0 ? 0 : one / sum))
}

/** @returns part of the orders of `count` players in which just so many come before a given one: s! (n - s - 1)! / n!. */
function weight(before: number, count: number): number {
  let product = 1 / count
  for (let at = 1; at <= before; at++) product *= at / (count - at)
  return product
}
