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

/** Half-lives after which touches count alike: the weights of older ones are no numbers. */
const MOST_HALF_LIVES = 1000

/** @returns SQL of a touch's weight by its real time before the conversion, 0 to 1, not yet divided by the path's sum. */
export function decayWeightSql({ halfLifeDays }: RuleOptions): string {
  const halfLives = `(converted_at_sec - at_sec) / ${double(halfLifeDays * SECONDS_PER_DAY)}`
  return `power(2e0, -least(${halfLives}, ${double(MOST_HALF_LIVES)}))`
}

/**
 * @returns SQL of what each rule gives a touch: `item` of `touches`, counted from 1. First all credits, then, where
 *   there is value, all credited value. Decimals hold 18 digits of a credit, and 12 of value.
 */
export function creditedTouchesSql(
  options: RuleOptions,
  hasValue: boolean,
): readonly { readonly sql: string; readonly type: string }[] {
  const credits = [
    'CASE WHEN item = 1 THEN 1e0 ELSE 0e0 END',
    'CASE WHEN item = touches THEN 1e0 ELSE 0e0 END',
    'CASE WHEN item = indirect_item THEN 1e0 ELSE 0e0 END',
    '1e0 / touches',
    positionSql(options.positionWeights),
    `${decayWeightSql(options)} / weights`,
  ]
  const value = credits.map((credit) => ({
    sql: `CAST(value AS double) * (${credit})`,
    type: 'decimal(38,12)',
  }))
  return [...credits.map((sql) => ({ sql, type: 'decimal(38,18)' })), ...(hasValue ? value : [])]
}

/** Of two touches there is none between: the first's and the last's parts are scaled to 1, halves where both are 0. */
function positionSql({ first, between, last }: PositionWeights): string {
  const ends = first + last
  const firstOfTwo = ends > 0 ? first / ends : 0.5
  return (
    `CASE WHEN touches = 1 THEN 1e0 ` +
    `WHEN touches = 2 THEN CASE item WHEN 1 THEN ${double(firstOfTwo)} ELSE ${double(1 - firstOfTwo)} END ` +
    `WHEN item = 1 THEN ${double(first)} WHEN item = touches THEN ${double(last)} ` +
    `ELSE ${double(between)} / (touches - 2) END`
  )
}

/** @returns a literal of type double in any dialect. */
function double(number: number): string {
  return number.toExponential()
}
