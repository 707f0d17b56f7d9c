import { decayWeightSql } from '../queries/decay-sql.ts'
import { type Sql, sql } from '../queries/sql.ts'
import type { PositionWeights } from './position-weights.ts'

/** What the rules of thumb can depend on. */
export interface RuleOptions {
  /** Places of the channels that `last_non_direct` passes over. */
  readonly directPlaces: readonly number[]
  readonly positionWeights: PositionWeights
  /** Days after which a touch counts half in `time_decay`. */
  readonly halfLifeDays: number
}

/** A rule of thumb: one entry of {@link rulesOfThumb} is all that a new one takes. */
export interface RuleOfThumb {
  /** Its method in the table `attribution`: lower case, digits and underscores. */
  readonly method: string
  /** As people call it, such as `Last touch`. */
  readonly name: string
  /** Short, above a column of a table in the terminal. */
  readonly heading: string
  /** What it does, in one sentence, for the report. */
  readonly explanation: string
  /**
   * @returns SQL of a touch's part of its conversion, a double; the parts of a path add up to 1. It reads `touch`, the
   *   number of the touch on its path from 1 on; `touches` on the path; `last_indirect_touch`, the number of the last
   *   one that is not direct (of the last one, where all are); `place` in the vocabulary; `days_before` the conversion;
   *   `half_lives` between the touch and the last one, and `weights`, the decay weights of the path added up.
   */
  readonly creditSql: (options: RuleOptions) => Sql
  /** It reads `place`, `days_before`, `half_lives` or `weights`, which paths without times don't have. */
  readonly needsTime?: boolean
}

/** The rule that most people know, which the demo and the report set the other methods against. */
export const lastTouch: RuleOfThumb = {
  method: 'last_touch',
  name: 'Last touch',
  heading: 'last',
  explanation: 'All credit to the last touch of the path.',
  creditSql: () => sql`CASE WHEN touch = touches THEN 1e0 ELSE 0e0 END`,
}

/** All rules of thumb in the order of their rows. */
export const rulesOfThumb: readonly RuleOfThumb[] = [
  {
    method: 'first_touch',
    name: 'First touch',
    heading: 'first',
    explanation: 'All credit to the first touch of the path.',
    creditSql: () => sql`CASE WHEN touch = 1 THEN 1e0 ELSE 0e0 END`,
  },
  lastTouch,
  {
    method: 'last_non_direct',
    name: 'Last non-direct',
    heading: 'non-direct',
    explanation: 'All credit to the last touch that is not a direct visit.',
    creditSql: () => sql`CASE WHEN touch = last_indirect_touch THEN 1e0 ELSE 0e0 END`,
  },
  {
    method: 'linear',
    name: 'Linear',
    heading: 'linear',
    explanation: 'Every touch of the path gets the same.',
    creditSql: () => sql`1e0 / greatest(touches, 1)`,
  },
  {
    method: 'position',
    name: 'Position',
    heading: 'position',
    explanation: 'Fixed parts for the first touch, the last one and those between.',
    creditSql: ({ positionWeights }) => positionCreditSql(positionWeights),
  },
  {
    method: 'w_shaped',
    name: 'W-shaped',
    heading: 'W-shaped',
    explanation:
      '30% each to the first touch, the middle one and the last one, 10% to all others together; of two middle touches each gets half.',
    creditSql: wShapedCreditSql,
  },
  {
    method: 'time_decay',
    name: 'Time decay',
    heading: 'decay',
    explanation: 'Touches count less the longer before the conversion they were.',
    needsTime: true,
    creditSql: () => sql`${decayWeightSql()} / weights`,
  },
]

/** Of two touches there is none between: the first's and the last's parts are scaled to 1, halves where both are 0. */
function positionCreditSql({ first, between, last }: PositionWeights): Sql {
  const ends = first + last
  const firstOfTwo = ends > 0 ? first / ends : 0.5
  return sql`CASE WHEN touches = 1 THEN 1e0
  WHEN touches = 2 THEN CASE touch WHEN 1 THEN ${sql.double(firstOfTwo)} ELSE ${sql.double(1 - firstOfTwo)} END
  WHEN touch = 1 THEN ${sql.double(first)} WHEN touch = touches THEN ${sql.double(last)}
  ELSE ${sql.double(between)} / (touches - 2) END`
}

/** Parts of the first, the middle and the last touch each, and of all others together. */
const W_PEAK = 0.3
const W_REST = 0.1

/**
 * Touchpoints name no event that makes a user a lead, which is what the middle peak stands for elsewhere: here it is the
 * middle of the path, the two touches around it where their number is even. Up to four touches there are no others, and
 * the parts are scaled to 1.
 */
function wShapedCreditSql(): Sql {
  const [peak, half] = [sql.double(W_PEAK), sql.double(W_PEAK / 2)]
  const others = sql`CAST(touches - CASE WHEN touches % 2 = 0 THEN 4 ELSE 3 END AS double)`
  return sql`CASE WHEN touches = 1 THEN 1e0
  WHEN touches = 2 THEN 5e-1
  WHEN touches = 3 THEN 1e0 / 3
  WHEN touches = 4 THEN CASE WHEN touch = 1 OR touch = touches THEN 1e0 / 3 ELSE 1e0 / 6 END
  WHEN touch = 1 OR touch = touches OR touch * 2 = touches + 1 THEN ${peak}
  WHEN touch * 2 = touches OR touch * 2 = touches + 2 THEN ${half}
  ELSE ${sql.double(W_REST)} / ${others} END`
}
