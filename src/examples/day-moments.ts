import type { LocalDays } from './local-days.ts'

/** Parts into which a conversion's rank among a day's is divided: that of a hash. */
export const RANKS = 2 ** 32
export const HOURS_PER_DAY = 24
export const SECONDS_PER_HOUR = 3600

/** Fewer conversions don't tell at what time of day conversions come. */
const FEWEST_CONVERSIONS = 100

/**
 * At what times of day conversions come, as the part of them, in {@link RANKS}, that come before each local hour begins:
 * 25 whole numbers from 0 to RANKS. Within an hour they are spread evenly.
 */
export type DayMoments = readonly number[]

/** Hours since 1970 in UTC with the conversions in them. */
export type ConversionHours = ReadonlyMap<number, number>

/** @returns the times of day of conversions; any time alike where there are few of them. O(hours). */
export function dayMomentsOf(conversions: ConversionHours, days: LocalDays): DayMoments {
  const all = [...conversions.values()].reduce((sum, count) => sum + count, 0)
  const known = all < FEWEST_CONVERSIONS ? everyHour : countByLocalHour(conversions, days)
  const total = known.reduce((sum, count) => sum + count, 0)
  let before = 0
  return [
    0,
    ...known.map((count) => {
      before += count
      return Math.round((before / total) * RANKS)
    }),
  ]
}

const everyHour: readonly number[] = Array(HOURS_PER_DAY).fill(1)

/** An hour of UTC is one or, in zones such as India's, parts of two local hours. */
function countByLocalHour(conversions: ConversionHours, days: LocalDays): readonly number[] {
  const ofHour = new Map<number, number>()
  const add = (hour: number, count: number) => {
    const hourOfDay = ((hour % HOURS_PER_DAY) + HOURS_PER_DAY) % HOURS_PER_DAY
    ofHour.set(hourOfDay, (ofHour.get(hourOfDay) ?? 0) + count)
  }
  for (const [utcHour, count] of conversions) {
    const fromSec = utcHour * SECONDS_PER_HOUR
    const begins = (fromSec + days.offsetAt(fromSec)) / SECONDS_PER_HOUR
    const hour = Math.floor(begins)
    add(hour, count * (1 - (begins - hour)))
    add(hour + 1, count * (begins - hour))
  }
  return Array.from({ length: HOURS_PER_DAY }, (_, hour) => ofHour.get(hour) ?? 0)
}
