import type { Random } from '../numerics/random.ts'
import type { EvidenceSample } from './sample.ts'

/** A window of a user: a span at an age; both are -1 for a window without any touch. */
export interface UserWindow {
  readonly span: number
  readonly age: number
}

const EMPTY: UserWindow = { span: -1, age: -1 }

/** @returns the user's example on that day; undefined if there is none. O(spans of the user). */
export function maybeWindowOn(sample: EvidenceSample, user: number, day: number): UserWindow | undefined {
  const { userStart, firstAge, endAge, emptyFrom, emptyDays } = sample
  for (let span = userStart[user]!; span < userStart[user + 1]!; span++) {
    const age = day - sample.day[span]!
    if (age < 0) return undefined
    if (age >= firstAge[span]! && age < endAge[span]!) return { span, age }
    if (day >= emptyFrom[span]! && day < emptyFrom[span]! + emptyDays[span]!) return EMPTY
  }
  return undefined
}

/** A user's conversions as spans, days ascending. */
export type UserConversions = readonly number[]

/** @returns the conversions of each user who has any. O(spans). */
export function conversionsByUser(sample: EvidenceSample): readonly UserConversions[] {
  const users: number[][] = []
  for (let user = 0; user < sample.users; user++) {
    const own: number[] = []
    for (let span = sample.userStart[user]!; span < sample.userStart[user + 1]!; span++) {
      if (sample.converts[span] !== 1) continue
      for (let k = 0; k < sample.weight[span]!; k++) own.push(span)
    }
    if (own.length > 0) users.push(own)
  }
  return users
}

/** Few users have an example on a day if only days with a touch are examples; this many tries find one. */
const MOST_TRIES = 10_000

/**
 * Draws a user who has an example on that day, each as likely as any other.
 * @param fallback used if so few have one that none is found.
 */
export function drawUserOn(sample: EvidenceSample, day: number, random: Random, fallback: UserWindow) {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const user = random.below(sample.users)
    const window = maybeWindowOn(sample, user, day)
    if (window !== undefined) return { user, window }
  }
  return { user: -1, window: fallback }
}
