import { ConfigError } from '../errors.ts'
import type { PositionWeights } from '../queries/rule-sql.ts'

/** Per cent may be written with decimals, whose sum is off by rounding. */
const ROUNDING = 1e-9

/**
 * @param written such as `40/20/40`: per cent for the first touch, those between, and the last.
 * @throws {ConfigError} where it is not three numbers from 0 to 100 that add up to 100.
 */
export function parsePositionWeights(written: string): PositionWeights {
  const parts = written
    .split('/')
    .map((part) => (/^\s*\d+(\.\d+)?\s*$/.test(part) ? Number(part) : Number.NaN))
  const [first = Number.NaN, between = Number.NaN, last = Number.NaN] = parts
  if (parts.length !== 3 || !(Math.abs(first + between + last - 100) <= ROUNDING)) {
    throw new ConfigError(
      `--position-weights (POSITION_WEIGHTS) is "${written}": three numbers that add up to 100 are needed, ` +
        'for the first touch, those between and the last, such as 40/20/40',
    )
  }
  return { first: first / 100, between: between / 100, last: last / 100 }
}
