import { CREDIT_PARTS, creditParts } from './exact-sums.ts'
import { type Sql, sql } from './sql.ts'

const SECONDS_PER_DAY = 86_400

/** Terms of the exponential series that matter within half a half-life: the next one is below 2^-57. */
const SERIES_TERMS = 14

/**
 * @returns SQL of the half-lives between a touch and the last one of its path: only the proportions of weights matter,
 *   and this way the largest is 1, however long before the conversion it lies.
 * @param lastAtSec @param atSec unix seconds.
 */
export function halfLivesSql(halfLifeDays: number, lastAtSec: Sql, atSec: Sql): Sql {
  return sql`(${lastAtSec} - ${atSec}) / ${sql.double(halfLifeDays * SECONDS_PER_DAY)}`
}

/**
 * @returns SQL of a touch's weight by `half_lives`: 2^-half_lives. The whole part is a power of two, which is exact in
 *   all engines; the rest is a series of additions and multiplications, which all engines round alike. Fractional powers
 *   differ in the last bit from engine to engine.
 */
export function decayWeightSql(): Sql {
  const whole = sql`floor(half_lives + 5e-1)`
  let series = sql`0e0`
  for (let term = SERIES_TERMS - 1; term >= 0; term--) {
    series = sql`(${sql.double(seriesTerm(term))} + (half_lives - ${whole}) * ${series})`
  }
  return sql`power(5e-1, ${whole}) * ${series}`
}

/** @returns SQL of the exact sum of the weights of a path's touches. */
export function decayWeightSumSql(): Sql {
  return sql`CAST(CAST(sum(${creditParts(decayWeightSql())}) AS varchar) AS double) / ${sql.double(CREDIT_PARTS)}`
}

/** The k-th term of the series of 2^-x: (-ln 2)^k / k!. */
function seriesTerm(term: number): number {
  let coefficient = 1
  for (let factor = 1; factor <= term; factor++) coefficient *= -Math.LN2 / factor
  return coefficient
}
