import { isoTime } from '../examples/local-days.ts'
import { perSecond, type TimeUnit } from '../examples/touchpoints.ts'

/** What was read as unix seconds and can't be. */
interface ImpossibleTimes {
  readonly leastSec: number
  readonly greatestSec: number
}

/** 1990 to 2100 in seconds. */
const [FIRST_SEC, LAST_SEC] = [631_152_000, 4_102_444_800]

const units = { s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' } as const

/** What else numbers are, from 1990 to 2100, and what to do about it. */
const asNumbers = 'write them as unix seconds, or as text such as 2026-01-31T09:30:00Z'
const others: readonly (readonly [low: number, high: number, what: string, remedy: string])[] = [
  [32_874, 73_415, 'Excel serial dates, days since 1900', asNumbers],
  [19_900_101, 21_001_231, 'dates written as numbers, yyyymmdd', asNumbers],
  [199_001_010_000, 210_012_312_359, 'times written as numbers, yyyymmddhhmm', asNumbers],
  [19_900_101_000_000, 21_001_231_235_959, 'times written as numbers, yyyymmddhhmmss', asNumbers],
  [
    253_370_764_800,
    253_402_300_799,
    'the year 9999, which often stands for no time',
    'leave the time or the row out',
  ],
]

/**
 * @param unit in which the times were read.
 * @returns the first example, and what the values look like.
 */
export function describeImpossibleTimes(
  { leastSec, greatestSec }: ImpossibleTimes,
  unit: TimeUnit = 's',
): { readonly example: string; readonly remedy?: string } {
  const example = greatestSec > LAST_SEC ? greatestSec : leastSec
  const written = example * perSecond[unit]
  const shown = Math.abs(example) < 8.64e12 ? `${written} (${isoTime(example)})` : String(written)
  const remedy = remedyOf(greatestSec * perSecond[unit], unit) ?? remedyOf(leastSec * perSecond[unit], unit)
  return remedy === undefined ? { example: shown } : { example: shown, remedy }
}

/** @param written the number in the table. */
function remedyOf(written: number, read: TimeUnit): string | undefined {
  for (const [name, unit] of Object.entries(units)) {
    const seconds = written / perSecond[name as TimeUnit]
    if (name === read || seconds < FIRST_SEC || seconds > LAST_SEC) continue
    return `they look like ${unit}, which --time-unit ${name} (TIME_UNIT) reads`
  }
  const other = others.find(([low, high]) => written >= low && written <= high)
  return other && `they look like ${other[2]}: ${other[3]}`
}
