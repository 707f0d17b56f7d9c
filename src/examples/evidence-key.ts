import type { Survey } from './survey.ts'

/**
 * The evidence sample: users whose windows the export tells one by one, with their calendar days, for the signal test
 * and the intervals. Users are drawn by a hash, each with all that is known of it, into groups by the same hash.
 */
export interface EvidencePlan {
  /** Part of the users that is sampled, 0..1. */
  readonly rate: number
  /** Groups of users, by hash: what differs between them is sampling noise. */
  readonly groups: number
  /** Day of the first row, counted from 1970-01-01, and the days from it to that of the last row, both included. */
  readonly firstDay: number
  readonly days: number
}

/** A window and the days on which it only grew older, of sampled users of one group. */
export interface EvidenceSpan {
  /** 0: no conversion; 1: the window of a conversion; 2: of a conversion that is no example. */
  readonly kind: 0 | 1 | 2
  readonly group: number
  /** The window's own day, 0 being the plan's first. */
  readonly day: number
  /** Days at risk at the span's end on which nothing is left of any touch. */
  readonly emptyDays: number
  /** Ages of the window, in days, at which it is an example: from `firstAge` up to `endAge`, not included. */
  readonly firstAge: number
  readonly endAge: number
}

/** So that each group has conversions and the noise between groups is known to a tenth of itself. */
const GROUPS = 64
/** Each sampled touch makes a span at most, which takes 32 bytes and a microsecond. */
const MOST_SPANS = 150_000
/** Of a user's 32 bits the lowest 6 are the group, the next 24 decide who is sampled. */
const DRAWN = 2 ** 24

/**
 * @param survey how many spans there can be: one a touch or conversion.
 * @param firstDay @param lastDay of the rows.
 * @returns all users where they have few spans, else as many as keep to {@link MOST_SPANS}.
 */
export function planEvidence(
  { touches, conversionRows }: Pick<Survey, 'touches' | 'conversionRows'>,
  firstDay: number,
  lastDay: number,
): EvidencePlan {
  const rate = Math.min(1, MOST_SPANS / Math.max(1, touches + conversionRows))
  return { rate, groups: GROUPS, firstDay, days: lastDay - firstDay + 1 }
}

/**
 * @returns SQL of a span's key, -1 where the user is not sampled or the span holds no example. Reads user_bits, day,
 *   converts, is_positive, first_age, end_age and empty_days. Keys stay below 2^53 for ten years of 365-day windows.
 */
export function evidenceKeySql(plan: EvidencePlan, lookbackDays: number): string {
  const { rate, groups, firstDay, days } = plan
  const ages = lookbackDays + 1
  const drawn = `mod(bitwise_right_shift(user_bits, 6), ${DRAWN})`
  const kind = 'CASE WHEN is_positive THEN 1 WHEN converts THEN 2 ELSE 0 END'
  const key = [
    [groups, `mod(user_bits, ${groups})`],
    [days, `(day - ${firstDay})`],
    [days + 1, 'empty_days'],
    [ages, `least(first_age, ${lookbackDays})`],
    [ages, `least(end_age, ${lookbackDays})`],
  ].reduce((former, [radix, digit]) => `(${former}) * ${radix} + ${digit}`, `CAST(${kind} AS bigint)`)
  const holdsExamples = '(end_age > first_age OR empty_days > 0)'
  return `CASE WHEN ${drawn} < ${Math.ceil(rate * DRAWN)} AND ${holdsExamples} THEN ${key} ELSE -1 END`
}

/** @returns what a key of {@link evidenceKeySql} says. O(1). */
export function decodeEvidenceKey(
  { groups, days }: EvidencePlan,
  lookbackDays: number,
  key: number,
): EvidenceSpan {
  const ages = lookbackDays + 1
  let rest = key
  const digit = (radix: number) => {
    const remainder = rest % radix
    rest = (rest - remainder) / radix
    return remainder
  }
  const [endAge, firstAge, emptyDays, day, group] = [
    digit(ages),
    digit(ages),
    digit(days + 1),
    digit(days),
    digit(groups),
  ]
  return { kind: rest === 0 ? 0 : rest === 1 ? 1 : 2, group, day, emptyDays, firstAge, endAge }
}
