import { isoTime } from '../examples/local-days.ts'

/** What was read as unix seconds and can't be. */
interface ImpossibleTimes {
  readonly leastSec: number
  readonly greatestSec: number
}

/** 1990 to 2100 in seconds, and dates written as numbers. */
const [FIRST_SEC, LAST_SEC] = [631_152_000, 4_102_444_800]

const units: readonly (readonly [low: number, high: number, what: string])[] = [
  [FIRST_SEC * 1e3, LAST_SEC * 1e3, 'milliseconds'],
  [FIRST_SEC * 1e6, LAST_SEC * 1e6, 'microseconds'],
  [FIRST_SEC * 1e9, LAST_SEC * 1e9, 'nanoseconds'],
  [19_900_101, 21_001_231, 'dates written as numbers, yyyymmdd'],
  [19_900_101_000_000, 21_001_231_235_959, 'times written as numbers, yyyymmddhhmmss'],
  [253_370_764_800, 253_402_300_799, 'the year 9999, which often stands for no time'],
]

/** @returns the first example, and what the values look like. */
export function describeImpossibleTimes({ leastSec, greatestSec }: ImpossibleTimes): {
  readonly example: string
  readonly remedy?: string
} {
  const example = greatestSec > LAST_SEC ? greatestSec : leastSec
  const unit = unitOf(greatestSec) ?? unitOf(leastSec)
  const shown = Math.abs(example) < 8.64e12 ? `${example} (${isoTime(example)})` : String(example)
  if (unit === undefined) return { example: shown }
  return {
    example: shown,
    remedy: `they look like ${unit}: unix seconds are needed, or a timestamp or ISO 8601 text`,
  }
}

function unitOf(value: number): string | undefined {
  return units.find(([low, high]) => value >= low && value <= high)?.[2]
}
