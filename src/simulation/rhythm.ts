import { drawExponential } from '../numerics/distributions.ts'
import type { Random } from '../numerics/random.ts'

export const SECONDS_PER_DAY = 86_400
export const SECONDS_PER_HOUR = 3600

/** A period of time, such as one in which a user intends to buy. */
export interface Period {
  readonly fromSec: number
  readonly toSec: number
}

/** Activity at each hour of the day (UTC) relative to the average. */
const HOURS: readonly number[] = [
  0.5, 0.3, 0.2, 0.2, 0.2, 0.3, 0.5, 0.8, 1, 1.1, 1.2, 1.2, 1.3, 1.2, 1.1, 1.1, 1.2, 1.3, 1.5, 1.8, 1.9, 1.8,
  1.4, 0.9,
]
/** The same for days of the week, starting on Thursday, like 1970. */
const WEEKDAYS: readonly number[] = [1, 0.95, 0.9, 1.1, 1.05, 1, 1]

/** How busy people are at any time of the week. */
export class Rhythm {
  /** Activity at the busiest moment relative to the average. */
  readonly peak: number
  private readonly hours: readonly number[]
  private readonly weekdays: readonly number[]

  /** @param hours activity at each hour of the day relative to the average. */
  constructor(hours: readonly number[] = HOURS, weekdays: readonly number[] = WEEKDAYS) {
    this.hours = hours
    this.weekdays = weekdays
    this.peak = Math.max(...hours) * Math.max(...weekdays)
  }

  /** @returns activity at that moment relative to the busiest one, 0 to 1. */
  at(atSec: number): number {
    const weekday = Math.floor(atSec / SECONDS_PER_DAY) % 7
    const hour = Math.floor((atSec % SECONDS_PER_DAY) / SECONDS_PER_HOUR)
    return (this.weekdays[weekday]! * this.hours[hour]!) / this.peak
  }

  /** @returns times in [from, to) of a Poisson process of `perDay` on average that follows this rhythm. */
  *drawArrivals(random: Random, perDay: number, { fromSec, toSec }: Period): Generator<number> {
    if (perDay <= 0) return
    const meanGapSec = SECONDS_PER_DAY / (perDay * this.peak)
    // Thinning: Lewis and Shedler 1979, https://doi.org/10.1002/nav.3800260304
    for (let at = fromSec; ; ) {
      at += drawExponential(random) * meanGapSec
      if (at >= toSec) return
      if (random.uniform() < this.at(at)) yield Math.floor(at)
    }
  }
}
