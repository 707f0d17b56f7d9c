import { type Sql, sql } from './sql.ts'
import type { Survey } from './survey.ts'
import { isDrawnSql } from './user-hash.ts'

/**
 * The evidence sample: users whose windows are exported one by one, with their calendar days, for the signal test and
 * the intervals. Users are drawn by a hash, each with all of its windows.
 */
export interface EvidencePlan {
  /** Fraction of users to sample, 0..1. */
  readonly rate: number
  /** Range of the numbers that distinguish sampled users: two users rarely share one. A power of 2. */
  readonly slots: number
  /** Day of the first row, counted from 1970-01-01, and the number of days from it through that of the last row. */
  readonly firstDay: number
  readonly days: number
}

/** @returns the first days of the sample that are only read for their touches: those before the range of examples. */
export function daysBeforeExamples({
  firstDay,
  firstExampleDay,
}: Pick<EvidencePlan, 'firstDay'> & { readonly firstExampleDay: number | null }): number {
  return Math.max(0, (firstExampleDay ?? firstDay) - firstDay)
}

/** What a span's window ends with, by the first digit of its key. */
export const SPAN_KIND = {
  noConversion: 0,
  credited: 1,
  /** A conversion that is not an example. */
  noExample: 2,
  /** A conversion that is learned from, but not credited. */
  learned: 3,
} as const

export type SpanKind = (typeof SPAN_KIND)[keyof typeof SPAN_KIND]

const spanKinds = Object.values(SPAN_KIND)

/** A window of one sampled user, and the days on which it only grew older. */
export interface EvidenceSpan {
  readonly kind: SpanKind
  /** The user, 0 .. slots - 1. */
  readonly slot: number
  /** The window's own day, where 0 is the plan's first. */
  readonly day: number
  /** Days at risk at the span's end on which no touch is left in the window. */
  readonly emptyDays: number
  /** Ages of the window, in days, at which it is an example: from `firstAge` up to, not including, `endAge`. */
  readonly firstAge: number
  readonly endAge: number
}

/** Each sampled touch makes at most two spans, which take some 30 bytes and a microsecond each. */
const MOST_SPANS = 300_000
/** 67 million, so that some 80 of 100,000 users share their number, where a key has room for as many. */
const MOST_SLOTS = 2 ** 26
/** Whole numbers below this are exact as doubles. */
const EXACT_BELOW = 2 ** 53

/**
 * @param survey bounds the number of spans: one per conversion, at most two per touch.
 * @param firstDay @param lastDay of the rows.
 * @param lookbackDays longer windows and periods leave fewer numbers to distinguish users.
 * @returns all users if they have few spans, else as many as stay within {@link MOST_SPANS}.
 */
export function planEvidence(
  { touches, conversionRows }: Pick<Survey, 'touches' | 'conversionRows'>,
  firstDay: number,
  lastDay: number,
  lookbackDays: number,
): EvidencePlan {
  const rate = Math.min(1, MOST_SPANS / Math.max(1, touches + conversionRows))
  const days = lastDay - firstDay + 1
  const fitting = EXACT_BELOW / (spanKinds.length * days * (days + 1) * (lookbackDays + 1) ** 2) - 1
  const slots = 2 ** Math.max(0, Math.floor(Math.log2(Math.min(MOST_SLOTS, Math.max(1, fitting)))))
  return { rate, slots, firstDay, days }
}

/**
 * @returns SQL of a span's key, -1 if the user is not sampled or the span has no example. Reads user_bits, day,
 *   converts, is_positive, is_credited, first_age, end_age and empty_days. Keys stay below 2^53 for ten years of 365-day windows.
 */
export function evidenceKeySql(plan: EvidencePlan, lookbackDays: number): Sql {
  const { rate, slots, firstDay, days } = plan
  const ages = lookbackDays + 1
  const positive = sql`CASE WHEN is_credited THEN ${SPAN_KIND.credited} ELSE ${SPAN_KIND.learned} END`
  const kind = sql`CASE WHEN is_positive THEN ${positive} WHEN converts THEN ${SPAN_KIND.noExample} ELSE ${SPAN_KIND.noConversion} END`
  const digits: readonly (readonly [radix: number, digit: Sql])[] = [
    [slots, sql`mod(user_bits, ${slots})`],
    [days, sql`(day - ${firstDay})`],
    [days + 1, sql`empty_days`],
    [ages, sql`least(first_age, ${lookbackDays})`],
    [ages, sql`least(end_age, ${lookbackDays})`],
  ]
  const key = digits.reduce(
    (former, [radix, digit]) => sql`(${former}) * ${radix} + ${digit}`,
    sql`CAST(${kind} AS bigint)`,
  )
  const holdsExamples = sql`(end_age > first_age OR empty_days > 0)`
  return sql`CASE WHEN ${isDrawnSql(sql`user_bits`, rate)} AND ${holdsExamples} THEN ${key} ELSE -1 END`
}

/**
 * A span whose own day, at age 0, is apart from the following days.
 * @param key of the whole span, whose `first_age` is 0.
 * @returns SQL of the key of its own day, and of that of the days from age 1 on, which have no conversion.
 */
export function splitKeySql(
  { slots, days }: EvidencePlan,
  lookbackDays: number,
  key: Sql,
): { readonly ownDay: Sql; readonly laterDays: Sql } {
  const ages = lookbackDays + 1
  const ofDay = (days + 1) * ages ** 2
  return {
    ownDay: sql`${key} - mod(${key}, ${ofDay}) + 1`,
    laterDays: sql`mod(${key}, ${slots * days * ofDay}) + ${ages}`,
  }
}

/** @returns the number of keys: all are from 0 to below it. */
export function evidenceKeys({ slots, days }: EvidencePlan, lookbackDays: number): number {
  return spanKinds.length * slots * days * (days + 1) * (lookbackDays + 1) ** 2
}

/** @returns the span that a key of {@link evidenceKeySql} encodes. O(1). */
export function decodeEvidenceKey(
  { slots, days }: EvidencePlan,
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
  const [endAge, firstAge, emptyDays, day, slot] = [
    digit(ages),
    digit(ages),
    digit(days + 1),
    digit(days),
    digit(slots),
  ]
  return { kind: spanKinds[rest] ?? SPAN_KIND.noConversion, slot, day, emptyDays, firstAge, endAge }
}
