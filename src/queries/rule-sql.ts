import { type Sql, sql } from './sql.ts'

/** What the rules of thumb are told. */
export interface RuleOptions {
  /** Places of the channels that `last_non_direct` passes over. */
  readonly directPlaces: readonly number[]
  readonly positionWeights: PositionWeights
  /** Days after which a touch counts half in `time_decay`. */
  readonly halfLifeDays: number
}

/** Parts of a conversion, which add up to 1. */
export interface PositionWeights {
  readonly first: number
  /** Of all touches between the first and the last together. */
  readonly between: number
  readonly last: number
}

/** The rules of thumb, in the order of the credits in the query's result. */
export const RULE_NAMES = [
  'first_touch',
  'last_touch',
  'last_non_direct',
  'linear',
  'position',
  'time_decay',
] as const

const SECONDS_PER_DAY = 86_400

/** Terms of the exponential's series that matter within half a half-life: the next one is below 2^-57. */
const SERIES_TERMS = 14

/** Credits, and credited value, are added up as whole numbers of these parts. */
export const CREDIT_PARTS = 1e18
export const VALUE_PARTS = 1e12

/**
 * @returns SQL of the half-lives between a touch and the last one of its path: weights count by their proportions only,
 *   and this way the largest one is 1, however long before the conversion it lies.
 * @param lastAtSec @param atSec SQL of unix seconds.
 */
export function halfLivesSql({ halfLifeDays }: RuleOptions, lastAtSec: Sql, atSec: Sql): Sql {
  return sql`(${lastAtSec} - ${atSec}) / ${sql.double(halfLifeDays * SECONDS_PER_DAY)}`
}

/**
 * @returns SQL of a touch's weight by `half_lives`: 2^-half_lives. Whole numbers are powers of two, which all engines
 *   have exactly; the rest is a series of additions and multiplications, which all round alike. Powers of fractions
 *   differ in the last bit from engine to engine.
 */
function decayWeightSql(): Sql {
  const whole = sql`floor(half_lives + 5e-1)`
  let series = sql`0e0`
  for (let term = SERIES_TERMS - 1; term >= 0; term--) {
    series = sql`(${sql.double(seriesTerm(term))} + (half_lives - ${whole}) * ${series})`
  }
  return sql`power(5e-1, ${whole}) * ${series}`
}

/** @returns SQL of the weights of a path's touches, added up: by whole numbers, and read from text, as the credits are. */
export function decayWeightSumSql(): Sql {
  const parts = partsSql(decayWeightSql(), CREDIT_PARTS)
  return sql`CAST(CAST(sum(CAST(${parts} AS decimal(38,0))) AS varchar) AS double) / ${sql.double(CREDIT_PARTS)}`
}

/** Of 2^-x: (-ln 2)^k / k!. */
function seriesTerm(term: number): number {
  let coefficient = 1
  for (let factor = 1; factor <= term; factor++) coefficient *= -Math.LN2 / factor
  return coefficient
}

/**
 * @returns SQL of what each rule gives a touch, `item` of `touches` counted from 1, added up and as text: numbers of
 *   {@link CREDIT_PARTS}, and then, where there is value, of {@link VALUE_PARTS}. Sums of whole numbers are the same in
 *   any order of rows, and as text no engine rounds them in its own way.
 */
export function creditSumsSql(options: RuleOptions, hasValue: boolean): readonly Sql[] {
  const credits = [
    sql`CASE WHEN item = 1 THEN 1e0 ELSE 0e0 END`,
    sql`CASE WHEN item = touches THEN 1e0 ELSE 0e0 END`,
    sql`CASE WHEN item = indirect_item THEN 1e0 ELSE 0e0 END`,
    sql`1e0 / greatest(touches, 1)`,
    positionSql(options.positionWeights),
    sql`${decayWeightSql()} / weights`,
  ]
  const value = hasValue ? credits.map((credit) => sql`(CAST(value AS double) * (${credit}))`) : []
  const sums = [
    ...credits.map((credit) => sql`CAST(${partsSql(sql`(${credit})`, CREDIT_PARTS)} AS decimal(38,0))`),
    ...value.map((credit) => valuePartsSql(credit)),
  ]
  return sums.map((whole) => sql`CAST(sum(CASE WHEN item > 0 THEN ${whole} END) AS varchar)`)
}

/** As bigint, which all engines make of a double exactly; Trino makes decimals of its shortest text. */
function partsSql(number: Sql, parts: number): Sql {
  return sql`CAST(floor(${number} * ${sql.double(parts)} + 5e-1) AS bigint)`
}

/** Value can be so large that its parts are no bigint: whole units and parts of one. */
function valuePartsSql(number: Sql): Sql {
  const units = sql`CAST(CAST(floor(${number}) AS bigint) AS decimal(19,0))`
  const parts = partsSql(sql`(${number} - floor(${number}))`, VALUE_PARTS)
  return sql`${units} * CAST(${VALUE_PARTS} AS decimal(13,0)) + CAST(${parts} AS decimal(13,0))`
}

/** Of two touches there is none between: the first's and the last's parts are scaled to 1, halves where both are 0. */
function positionSql({ first, between, last }: PositionWeights): Sql {
  const ends = first + last
  const firstOfTwo = ends > 0 ? first / ends : 0.5
  return sql`CASE WHEN touches = 1 THEN 1e0
  WHEN touches = 2 THEN CASE item WHEN 1 THEN ${sql.double(firstOfTwo)} ELSE ${sql.double(1 - firstOfTwo)} END
  WHEN item = 1 THEN ${sql.double(first)} WHEN item = touches THEN ${sql.double(last)}
  ELSE ${sql.double(between)} / (touches - 2) END`
}
