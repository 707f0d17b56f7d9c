const SECONDS_PER_DAY = 86_400

/** @returns unix seconds as ISO 8601 in UTC: `2026-01-05T00:00:00Z`. */
export function isoTime(sec: number): string {
  return new Date(sec * 1000).toISOString().replace('.000', '')
}

/** @returns the local day of an instant, such as 2026-03-01. */
export function localDate(timeZone: string, atSec: number): string {
  const day = localDaysOf(timeZone, atSec, atSec).dayOf(atSec)
  return new Date(day * SECONDS_PER_DAY * 1000).toISOString().slice(0, 10)
}

/** From `fromSec` on, the zone's clocks are `offsetSec` ahead of UTC. */
export interface ZoneOffset {
  readonly fromSec: number
  readonly offsetSec: number
}

/** Calendar days of a time zone over a span of time, counted from 1970-01-01. */
export interface LocalDays {
  /** @returns the day of an instant within the span. O(offsets). */
  dayOf(atSec: number): number
  /** @returns how far the clocks are ahead of UTC, in seconds. O(offsets). */
  offsetAt(atSec: number): number
  /** The offsets over the span, in order; the first one begins with it. */
  readonly offsets: readonly [ZoneOffset, ...ZoneOffset[]]
}

/**
 * Reads the zone's offsets once, from the program's own zone data, so that days are the same in every warehouse (Trino,
 * DuckDB and Node ship different editions of it) and none converts row by row.
 * @param timeZone IANA name. @param fromSec @param toSec the span, both ends included.
 * @param stepDays the least time between two changes of the clocks.
 *
 * One conversion per step, and some twenty for each change of the clocks; 25 microseconds each.
 */
export function localDaysOf(timeZone: string, fromSec: number, toSec: number, stepDays = 1): LocalDays {
  const offsets = readOffsets(createOffsetReader(timeZone), fromSec, toSec, stepDays * SECONDS_PER_DAY)
  const offsetAt = (atSec: number) =>
    (offsets.findLast((one) => one.fromSec <= atSec) ?? offsets[0]).offsetSec
  return {
    dayOf: (atSec) => Math.floor((atSec + offsetAt(atSec)) / SECONDS_PER_DAY),
    offsetAt,
    offsets,
  }
}

/** @returns the first instant of the local day, in unix seconds; of the day after it where the zone skipped the day. */
export function startOfDay(timeZone: string, day: number): number {
  return firstInstantOf(timeZone, day * SECONDS_PER_DAY)
}

/**
 * @param localSec a date and time of day in the zone, in seconds from 1970-01-01T00:00:00 there.
 * @returns the first instant, in unix seconds, at which the zone's clocks show that time; one that they skip counts on
 *   from before.
 */
export function firstInstantOf(timeZone: string, localSec: number): number {
  const reach = 2 * SECONDS_PER_DAY
  const [first, ...changes] = localDaysOf(timeZone, localSec - reach, localSec + reach).offsets
  let offsetSec = first.offsetSec
  for (const change of changes) {
    // Before the change the clocks show the time, or with it they skip it.
    if (localSec - Math.max(offsetSec, change.offsetSec) < change.fromSec) break
    offsetSec = change.offsetSec
  }
  return localSec - offsetSec
}

/**
 * @param count how many local days to go back from that of the instant; days that the zone skipped are not counted.
 * @returns the first instant of that day, in unix seconds. One conversion per day.
 */
export function startOfDayBefore(timeZone: string, atSec: number, count: number): number {
  const days = localDaysOf(timeZone, atSec - (count + 7) * SECONDS_PER_DAY, atSec)
  let day = days.dayOf(atSec) - count
  for (const skipped of skippedDays(days).reverse()) if (skipped >= day) day--
  return startOfDay(timeZone, day)
}

/** A zone that moves to the other side of the date line has a date less, as Samoa had no 30 December 2011. */
function skippedDays({ dayOf, offsets }: LocalDays): number[] {
  return offsets.slice(1).flatMap(({ fromSec }) => {
    const last = dayOf(fromSec - 1)
    const skipped = Math.max(dayOf(fromSec) - last - 1, 0)
    return Array.from({ length: skipped }, (_, at) => last + 1 + at)
  })
}

function readOffsets(
  offsetAt: (atSec: number) => number,
  fromSec: number,
  toSec: number,
  stepSec: number,
): [ZoneOffset, ...ZoneOffset[]] {
  let former = offsetAt(fromSec)
  const offsets: [ZoneOffset, ...ZoneOffset[]] = [{ fromSec, offsetSec: former }]
  for (let atSec = fromSec; atSec < toSec; ) {
    const next = Math.min(atSec + stepSec, toSec)
    if (offsetAt(next) !== former) {
      const known = former
      const changed = bisect(atSec, next, (one) => offsetAt(one) !== known)
      former = offsetAt(changed)
      offsets.push({ fromSec: changed, offsetSec: former })
    }
    atSec = next
  }
  return offsets
}

/** @returns the first whole number in (low, high] from which on `holds` is true; it must be true at high. */
function bisect(low: number, high: number, holds: (at: number) => boolean): number {
  let [outside, inside] = [low, high]
  while (inside - outside > 1) {
    const middle = Math.floor((outside + inside) / 2)
    if (holds(middle)) inside = middle
    else outside = middle
  }
  return inside
}

function createOffsetReader(timeZone: string): (atSec: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return (atSec) => {
    const parts = new Map(format.formatToParts(atSec * 1000).map(({ type, value }) => [type, Number(value)]))
    const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0
    const local = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    )
    return local / 1000 - atSec
  }
}
