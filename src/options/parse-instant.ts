const SECONDS_PER_DAY = 86_400

/** The year 1971 and the end of 2100: numbers beyond are no unix seconds. */
const [FIRST_SEC, LAST_SEC] = [31_536_000, 4_133_980_800]

const NEEDED = 'unix seconds or a time such as 2026-03-01 or 2026-03-01T00:00:00+09:00 is needed'

/**
 * Reads a time as people and programs write it: unix seconds, ISO 8601 in its extended or basic form, or the digits
 * `yyyymmdd` and `yyyymmddhhmmss`. Times without a zone are UTC; parts of a second are left out.
 * @returns unix seconds. @throws {Error} that says what is needed.
 */
export function parseInstant(written: unknown): number {
  if (typeof written !== 'string' && typeof written !== 'number') throw new Error(NEEDED)
  const text = String(written).trim()
  const dated = maybeDated(text)
  if (dated !== undefined) return dated
  if (/^-?\d+$/.test(text)) return checkSeconds(Number(text))
  if (/^\d{1,2}[-/.]\d{1,2}[-/.](\d\d|\d{4})\b/.test(text)) {
    throw new Error('this is ambiguous: write year, month and day, such as 2026-03-01')
  }
  throw new Error(NEEDED)
}

function checkSeconds(seconds: number): number {
  if (seconds >= FIRST_SEC && seconds <= LAST_SEC) return seconds
  const unit = finerUnits.find(([perSecond]) => isOfOurTime(seconds / perSecond))
  if (unit !== undefined) throw new Error(`unix seconds are needed; this looks like ${unit[1]}`)
  throw new Error(`${NEEDED}; as unix seconds this would not be from 1971 to 2100`)
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

/** @returns unix seconds of a text that has the form of a date; undefined for any other. */
function maybeDated(text: string): number | undefined {
  const parts = (extended.exec(text) ?? basic.exec(text))?.groups
  if (parts === undefined) return undefined
  const { year, month, day, clock = '' } = parts
  const hour = Number(parts.hour ?? clock.slice(0, 2))
  const minute = Number(parts.minute ?? clock.slice(2, 4))
  const second = Number(parts.second ?? clock.slice(4))
  const days = daysOf(Number(year), Number(month), Number(day))
  if (days === undefined) throw new Error(`there is no day ${year}-${month}-${day}`)
  if (hour > 23 || minute > 59 || second > 59) throw new Error('there is no such time of day')
  return days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - zoneOffsetSec(parts.zone)
}

/** @returns the day counted from 1970-01-01; undefined where there is none. */
function daysOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
    ? date.getTime() / (SECONDS_PER_DAY * 1000)
    : undefined
}

function zoneOffsetSec(written = 'Z'): number {
  const digits = /^[-+]/.test(written) ? written.replace(':', '').padEnd(5, '0') : '+0000'
  const hours = Number(digits.slice(1, 3))
  const minutes = Number(digits.slice(3))
  if (hours > 14 || minutes > 59) throw new Error(`there is no time zone ${written}`)
  return (digits.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60)
}
