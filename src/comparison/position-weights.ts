import { ConfigError } from '../errors.ts'

/** Parts of a conversion, which add up to 1. */
export interface PositionWeights {
  readonly first: number
  /** Of all touches between the first and the last together. */
  readonly between: number
  readonly last: number
}

/** Percentages may have decimals, whose sum is subject to rounding. */
const ROUNDING = 1e-9

export const POSITION_WEIGHTS_NEEDED =
  'it must be three numbers that add up to 100, for the first touch, those in between and the last, such as 40/20/40'

/**
 * @param written such as `40/20/40`: percentages for the first touch, those in between, and the last.
 * @throws {ConfigError} unless it is three numbers from 0 to 100 that add up to 100.
 */
export function parsePositionWeights(written: string): PositionWeights {
  const weights = maybePositionWeights(written)
  if (weights !== undefined) return weights
  throw new ConfigError(`--position-weights (POSITION_WEIGHTS) is "${written}": ${POSITION_WEIGHTS_NEEDED}`)
}

/** @returns undefined unless it is three numbers from 0 to 100 that add up to 100. */
export function maybePositionWeights(written: string): PositionWeights | undefined {
  const parts = written
    .split('/')
    .map((part) => (/^\s*\d+(\.\d+)?\s*$/.test(part) ? Number(part) : Number.NaN))
  const [first = Number.NaN, between = Number.NaN, last = Number.NaN] = parts
  if (parts.length !== 3 || !(Math.abs(first + between + last - 100) <= ROUNDING)) return undefined
  return { first: first / 100, between: between / 100, last: last / 100 }
}
