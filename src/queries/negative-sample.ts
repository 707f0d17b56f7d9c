import { type CellGrid, cellCount } from '../examples/pattern.ts'
import type { ExampleRules } from '../examples/touchpoints.ts'
import type { UsersBySize } from './survey-users.ts'

/**
 * Days without a conversion are many and alike: of more than enough of them, those of one user in `oneOf` are kept, and count
 * for as many. Conversions are all kept. A power of 2; 1: everybody's days are kept.
 */
export interface NegativeSample {
  readonly oneOf: number
}

/** What the number of patterns depends on. */
export interface PatternSpace {
  readonly grid: CellGrid
  /** Days from the first row's to the last one's. */
  readonly days: number
  readonly usersBySize: UsersBySize
}

/** No data need more, and the hash that draws users has no more steps. */
const MOST_ONE_OF = 2 ** 20
/** The evidence sample is of drawn users: this part of it is left at least. */
const LEAST_EVIDENCE = 1 / 4

/**
 * @param rules `negativePatterns`: about how many patterns of days without a conversion are enough.
 * @param evidenceRate part of the users that the evidence sample asks for.
 * @returns the largest sample that is expected to have no more, or that leaves a quarter of the evidence sample, if that is larger.
 */
export function planNegativeSample(
  { negativePatterns }: Pick<ExampleRules, 'negativePatterns'>,
  space: PatternSpace,
  evidenceRate: number,
): NegativeSample {
  if (negativePatterns === undefined) return { oneOf: 1 }
  const patternsOf = expectedPatterns(space)
  const mostOneOf = Math.min(MOST_ONE_OF, 1 / (LEAST_EVIDENCE * evidenceRate))
  let oneOf = 1
  while (2 * oneOf <= mostOneOf && patternsOf(1 / oneOf) > negativePatterns) oneOf *= 2
  return { oneOf }
}

/**
 * Windows with few touches are soon all there: a grid of n cells has n windows with one touch, n (n - 1) / 2 with two, and so on.
 * How many touches a window has is taken to be Poisson, of the user's rows over the days, so bursts of touches, which
 * leave more days without any, make it an upper bound.
 * @returns about how many distinct patterns with a touch a part of the users has. O(sizes * log(examples)).
 */
export function expectedPatterns({ grid, days, usersBySize }: PatternSpace): (part: number) => number {
  const cells = cellCount(grid)
  const allDays = days * usersBySize.reduce((sum, { users }) => sum + users, 0)
  /** By touches from 1 on, as long as there are fewer such patterns than days: how many there can be. */
  const possible: number[] = []
  for (let patterns = cells; patterns < allDays && possible.length < cells; ) {
    possible.push(patterns)
    patterns *= (cells - possible.length) / (possible.length + 1)
  }
  /** Days by touches in their window, and days with more. */
  const seen: number[] = possible.map(() => 0)
  let others = 0
  for (const { rows, users } of usersBySize) {
    const touches = (rows * grid.lookbackDays) / days
    let chance = Math.exp(-touches)
    let rest = 1 - chance
    for (let at = 0; at < seen.length; at++) {
      chance *= touches / (at + 1)
      rest -= chance
      seen[at] = (seen[at] ?? 0) + users * days * chance
    }
    others += users * days * Math.max(0, rest)
  }
  return (part) => {
    const few = seen.reduce((sum, ofDays, at) => sum + Math.min(part * ofDays, possible[at] ?? 0), 0)
    return Math.min(few + part * others, 2 ** cells - 1)
  }
}
