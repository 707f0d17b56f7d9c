const SECONDS_PER_DAY = 86_400

/** The year 1971 and the end of 2100: numbers beyond are no unix seconds. */
const [FIRST_SEC, LAST_SEC] = [31_536_000, 4_133_980_800]

const NEEDED = 'unix seconds or a time such as 2026-03-01 or 2026-03-01T00:00:00+09:00'
const NEEDED_OR_DAYS = `${NEEDED}, or days before the session such as -90d,`

/** A date or a time without a zone: a local one. */
export type LocalTime = `${number}-${number}-${number}` | `${number}-${number}-${number}T${string}`

/** A number of days before the day of the session, of which it means the start. */
export type DaysBefore = `-${number}d` | '0d'

/** Unix seconds, or what becomes unix seconds in a time zone. */
export type Instant = number | LocalTime

/** An instant, or the start of a day that is counted from that of the session. */
export type Boundary = Instant | DaysBefore

/**
 * Reads a time as people and programs write it: unix seconds, ISO 8601 in its extended or basic form, or the digits
 * `yyyymmdd` and `yyyymmddhhmmss`. Parts of a second are left out.
 * @returns unix seconds, or the time as text in its extended form where it has no zone.
 * @throws {Error} that says what is needed.
 */
export function parseInstant(written: unknown): Instant {
  return parse(written, NEEDED)
}

/** The same, and numbers of days before the session: `-90d`, `0d`. */
export function parseBoundary(written: unknown): Boundary {
  const [, sign, days] = /^(-?)0*(\d{1,5})d$/i.exec(String(written).trim()) ?? []
  if (days === undefined) return parse(written, NEEDED_OR_DAYS)
  const count = Number(days)
  if (count === 0) return '0d'
  if (sign === '-') return `-${count}d`
  throw new Error(`days before the session are needed: -${count}d`)
}

export function isDaysBefore(boundary: Boundary): boundary is DaysBefore {
  return typeof boundary === 'string' && boundary.endsWith('d')
}

/** @returns how many days before the session. */
export function countOf(days: DaysBefore): number {
  return Math.abs(Number.parseInt(days, 10))
}

/** @returns seconds from 1970-01-01T00:00:00 in its own zone. */
export function localSecondsOf(time: LocalTime): number {
  return maybeDated(time)?.localSec ?? Number.NaN
}

function parse(written: unknown, needed: string): Instant {
  if (typeof written !== 'string' && typeof written !== 'number') throw new Error(`${needed} is needed`)
  const text = String(written).trim()
  const dated = maybeDated(text)
  if (dated !== undefined) {
    return dated.zone === undefined ? localTimeOf(dated.localSec) : dated.localSec - zoneOffsetSec(dated.zone)
  }
  if (/^-?\d+$/.test(text)) return checkSeconds(Number(text), needed)
  if (/^\d{1,2}[-/.]\d{1,2}[-/.](\d\d|\d{4})\b/.test(text)) {
    throw new Error('this is ambiguous: write year, month and day, such as 2026-03-01')
  }
  throw new Error(`${needed} is needed`)
}

/** @throws {Error} for what are no unix seconds of our time. */
export function checkSeconds(seconds: number, needed = NEEDED): number {
  if (seconds >= FIRST_SEC && seconds <= LAST_SEC) return seconds
  const unit = finerUnits.find(([perSecond]) => isOfOurTime(seconds / perSecond))
  if (unit !== undefined) throw new Error(`unix seconds are needed; this looks like ${unit[1]}`)
  throw new Error(`${needed} is needed; as unix seconds this would not be from 1971 to 2100`)
}

const finerUnits = [
  [1e3, 'milliseconds'],
  [1e6, 'microseconds'],
  [1e9, 'nanoseconds'],
] as const

/** Later than 1990: milliseconds of the 1970s are also seconds of the year 9999. */
function isOfOurTime(seconds: number): boolean {
  return seconds >= 631_152_000 && seconds <= LAST_SEC
}

const zone = ' *(?<zone>Z|UTC|GMT|[-+]\\d\\d(?::?\\d\\d)?)'
const extended = new RegExp(
  `^(?<year>\\d{4})-(?<month>\\d\\d)-(?<day>\\d\\d)(?:[T ](?<hour>\\d\\d):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:[.,]\\d+)?)?(?:${zone})?)?$`,
  'i',
)
const basic = new RegExp(
  `^(?<year>\\d{4})(?<month>\\d\\d)(?<day>\\d\\d)(?:(?:[T ](?<hour>\\d\\d)(?<minute>\\d\\d)(?<second>\\d\\d)?(?:[.,]\\d+)?(?:${zone})?)|(?<clock>\\d{6}))?$`,
  'i',
)

/** A date, with or without a time of day and a zone. */
interface Dated {
  /** From 1970-01-01T00:00:00 in the zone. */
  readonly localSec: number
  readonly zone: string | undefined
}

/** @returns undefined for a text that does not have the form of a date. */
function maybeDated(text: string): Dated | undefined {
  const parts = (extended.exec(text) ?? basic.exec(text))?.groups
  if (parts === undefined) return undefined
  const { year, month, day, clock = '' } = parts
  const hour = Number(parts.hour ?? clock.slice(0, 2))
  const minute = Number(parts.minute ?? clock.slice(2, 4))
  const second = Number(parts.second ?? clock.slice(4))
  const days = daysOf(Number(year), Number(month), Number(day))
  if (days === undefined) throw new Error(`there is no day ${year}-${month}-${day}`)
  if (hour > 23 || minute > 59 || second > 59) throw new Error('there is no such time of day')
  return { localSec: days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second, zone: parts.zone }
}

/** A date alone says the start of its day. */
function localTimeOf(localSec: number): LocalTime {
  const iso = new Date(localSec * 1000).toISOString()
  return iso.replace(/T00:00:00\.000Z$|\.000Z$/, '') as LocalTime
}

/** @returns the day counted from 1970-01-01; undefined where there is none. */
function daysOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
    ? date.getTime() / (SECONDS_PER_DAY * 1000)
    : undefined
}

function zoneOffsetSec(written: string): number {
  const digits = /^[-+]/.test(written) ? written.replace(':', '').padEnd(5, '0') : '+0000'
  const hours = Number(digits.slice(1, 3))
  const minutes = Number(digits.slice(3))
  if (hours > 14 || minutes > 59) throw new Error(`there is no time zone ${written}`)
  return (digits.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60)
}
