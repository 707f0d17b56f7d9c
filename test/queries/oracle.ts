import { createHash } from 'node:crypto'
import type { PatternRecord } from '../../src/examples/pattern.ts'
import type { SampledNegatives } from '../../src/queries/negative-cells.ts'

/** One row of touchpoints, as a person would write it down. */
export interface JourneyRow {
  readonly user: string | null
  /** Unix seconds, whole. */
  readonly atSec: number | null
  readonly channel: string | null
  readonly conversion: boolean | null
  /** At most 6 decimals, so that sums are exact. */
  readonly value: number | null
}

/** The rules of one extraction, and what is given to the oracle instead of being computed. */
export interface OracleRules {
  readonly kind: 'user-days' | 'td-mta'
  readonly afterConversion?: 'used-up' | 'keep' | undefined
  readonly lookbackDays: number
  readonly maxChannels: number
  readonly timeZone: string
  readonly fromSec: number | undefined
  readonly toSec: number | undefined
  /** Absent: all conversions are credited. */
  readonly creditFromSec?: number | undefined
  /** Decides the moments at which days are seen; undefined: days are seen whole. */
  readonly momentSeed: number | undefined
  /** Whether a user's examples validate. */
  readonly validates: (user: string) => boolean
  /** For how many users one stands on days without a conversion, 0 if it is not drawn; absent: all stand for themselves. */
  readonly standsFor?: ((user: string) => number) | undefined
  /** Whether a user belongs to the batch; vocabulary and days come from all users. */
  readonly inBatch: (user: string) => boolean
}

export interface OracleTotals {
  readonly users: number
  readonly conversions: number
  readonly mergedConversionRows: number
  readonly entryConversions: number
  readonly creditedEntryConversions: number
  readonly creditedEntryValue: number
  readonly creditedValue: number
  readonly positiveExamples: number
  readonly creditedExamples: number
  readonly negativeExamples: number
  readonly emptyNegativeExamples: number
  readonly positiveValidationExamples: number
  readonly negativeValidationExamples: number
}

export interface OracleAnswer {
  readonly channels: readonly string[]
  readonly seedFormat: boolean
  readonly survey: {
    readonly rows: number
    readonly rowsWithoutUser: number
    readonly rowsWithoutTime: number
    readonly touches: number
    readonly conversionRows: number
    readonly firstAtSec: number
    readonly lastAtSec: number
  }
  /** Users among the rows read, of all batches. */
  readonly users: readonly string[]
  /** Positives first; each class by its cells. */
  readonly records: readonly PatternRecord[]
  readonly totals: OracleTotals
  /** What is known of the users that a sample lacks; undefined without one. */
  readonly sampled: SampledNegatives | undefined
}

/** A row that is read: its user and time are known, and it lies in the range. */
interface ReadRow {
  readonly user: string
  readonly atSec: number
  readonly day: number
  readonly channel: string | undefined
  readonly isConversion: boolean
  readonly microValue: number
}

/** All of one user. */
interface Journey {
  readonly user: string
  readonly rows: readonly ReadRow[]
  readonly touches: readonly ReadRow[]
  readonly conversions: readonly Conversion[]
}

/** The conversion rows of one user in one second. */
interface Conversion {
  readonly atSec: number
  readonly day: number
  readonly rows: number
  readonly microValue: number
}

interface Example {
  readonly user: string
  readonly label: 0 | 1
  /** Sorted; `daysBefore` and index of the channel. */
  readonly cells: readonly (readonly [number, number])[]
  /** A conversion that is credited, and not only learned from. */
  readonly isCredited: boolean
  readonly microValue: number
  readonly standsFor: number
}

/** What is the same for all users. */
interface Context {
  readonly rules: OracleRules
  /** Position of a channel in the vocabulary. */
  readonly indexOf: (channel: string) => number
  readonly seedFormat: boolean
  /** Day of `fromSec`, or before all days. */
  readonly fromDay: number
  /** Day of the last row read. */
  readonly lastDay: number
  /** Parts of the learned conversions that come within each hour of the day. */
  readonly hours: readonly number[]
}

/** @returns the rows without those that are equal to an earlier one. A missing value is 0. */
export function onceEach(rows: readonly JourneyRow[]): readonly JourneyRow[] {
  const seen = new Set<string>()
  return rows.filter(({ user, atSec, channel, conversion, value }) => {
    const key = JSON.stringify([user, atSec, channel, conversion === true, value ?? 0])
    if (user === null || atSec === null || !seen.has(key)) {
      seen.add(key)
      return true
    }
    return false
  })
}

/**
 * The rules of the examples, spelled out row by row: what the SQL of the extraction is to find. O(users x days x
 * touches), for tests.
 */
export function plainExtraction(rows: readonly JourneyRow[], rules: OracleRules): OracleAnswer {
  const read = onceEach(rows).flatMap((row) => readRow(row, rules) ?? [])
  const { channels, indexOf } = vocabulary(read, rules.maxChannels)
  const conversionRows = read.filter((row) => row.isConversion)
  const context: Context = {
    rules,
    indexOf,
    seedFormat: conversionRows.length > 0 && conversionRows.every((row) => row.channel !== undefined),
    fromDay: rules.fromSec === undefined ? Number.NEGATIVE_INFINITY : dayOf(rules.fromSec, rules.timeZone),
    lastDay: Math.max(...read.map((row) => row.day)),
    hours: hoursOf(
      conversionRows.filter(({ atSec }) => isInRange(atSec, rules)),
      rules.timeZone,
    ),
  }
  const journeys = journeysOf(read)
  const batch = journeys.filter((journey) => rules.inBatch(journey.user))
  const positives = batch.flatMap((journey) => positivesOf(journey, context))
  const negatives = batch.flatMap((journey) => negativesOf(journey, context))
  return {
    channels,
    seedFormat: context.seedFormat,
    survey: surveyOf(rows, read, rules),
    users: journeys.map((journey) => journey.user),
    records: [...countPatterns(positives, rules), ...countPatterns(negatives, rules)],
    totals: totalsOf(batch, positives, negatives, context),
    sampled: rules.standsFor && sampledOf(negatives, channels.length, rules),
  }
}

/** Cells count for every example, whoever is dropped. */
function sampledOf(
  negatives: readonly Example[],
  channelCount: number,
  rules: OracleRules,
): SampledNegatives {
  const validating = negatives.filter(({ user }) => rules.validates(user))
  const standing = (examples: readonly Example[]) => sumOf(examples, ({ standsFor }) => standsFor)
  const cellsOf = (examples: readonly Example[]) => {
    const counts: number[] = Array(rules.lookbackDays * channelCount).fill(0)
    for (const [daysBefore, channel] of examples.flatMap(({ cells }) => cells)) {
      counts[daysBefore * channelCount + channel]!++
    }
    return counts
  }
  return {
    negativeExamples: standing(negatives),
    negativeValidationExamples: standing(validating),
    negativeCells: cellsOf(negatives),
    negativeValidationCells: cellsOf(validating),
  }
}

/** @returns the row, or undefined where it is not read. */
function readRow(row: JourneyRow, rules: OracleRules): ReadRow | undefined {
  if (row.user === null || row.atSec === null || !isInReach(row.atSec, rules)) return undefined
  return {
    user: row.user,
    atSec: row.atSec,
    day: dayOf(row.atSec, rules.timeZone),
    channel: row.channel === null || /^\s*$/.test(row.channel) ? undefined : row.channel,
    isConversion: row.conversion === true,
    microValue: Math.round((row.value ?? 0) * 1e6),
  }
}

/** Before the end of the range, and at most W - 1 days before the day that it begins on. */
function isInReach(atSec: number, { fromSec, toSec, timeZone, lookbackDays }: OracleRules): boolean {
  if (toSec !== undefined && atSec >= toSec) return false
  if (fromSec === undefined) return true
  return dayOf(atSec, timeZone) >= dayOf(fromSec, timeZone) - (lookbackDays - 1)
}

function isInRange(atSec: number, { fromSec, toSec }: OracleRules): boolean {
  return (fromSec === undefined || atSec >= fromSec) && (toSec === undefined || atSec < toSec)
}

function isCredited({ atSec }: Pick<Conversion, 'atSec'>, { creditFromSec }: OracleRules): boolean {
  return creditFromSec === undefined || atSec >= creditFromSec
}

const calendars = new Map<string, Intl.DateTimeFormat>()

/** @returns the calendar day in the time zone, counted in days since 1970-01-01. */
export function dayOf(atSec: number, timeZone: string): number {
  let calendar = calendars.get(timeZone)
  if (calendar === undefined) {
    calendar = new Intl.DateTimeFormat('en-US', {
      timeZone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
    })
    calendars.set(timeZone, calendar)
  }
  const parts = calendar.formatToParts(atSec * 1000)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value)
  return Date.UTC(part('year'), part('month') - 1, part('day')) / 86_400_000
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** @returns the seconds since midnight that the zone's clocks show. */
function secondOfDay(atSec: number, timeZone: string): number {
  let clock = clocks.get(timeZone)
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    clocks.set(timeZone, clock)
  }
  const parts = clock.formatToParts(atSec * 1000)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value)
  return part('hour') * 3600 + part('minute') * 60 + part('second')
}

/** Each conversion counts for its hour of UTC, of which the zone may see quarters in two hours of the day. */
function hoursOf(conversions: readonly ReadRow[], timeZone: string): readonly number[] {
  if (conversions.length < 100) return Array(24).fill(1 / 24)
  const hours: number[] = Array(24).fill(0)
  for (const { atSec } of conversions) {
    for (const quarter of [0, 900, 1800, 2700]) {
      const local = secondOfDay(atSec - (atSec % 3600) + quarter, timeZone)
      hours[Math.floor(local / 3600)]! += 1 / 4 / conversions.length
    }
  }
  return hours
}

/** Whether a row comes at or before the moment at which its user is seen on its day. */
function isSeen({ user, day, atSec }: ReadRow, { rules, seedFormat, hours }: Context): boolean {
  if (rules.momentSeed === undefined || rules.kind === 'td-mta' || seedFormat) return true
  const moment = plainFraction(`moment:${rules.momentSeed}:${day}:${user}`)
  const second = secondOfDay(atSec, rules.timeZone)
  const hour = Math.floor(second / 3600)
  return (
    sumOf(hours.slice(0, hour), (part) => part) + (hours[hour]! * (second - hour * 3600)) / 3600 <= moment
  )
}

function vocabulary(rows: readonly ReadRow[], maxChannels: number) {
  const touches = new Map<string, number>()
  for (const { channel } of rows) {
    if (channel !== undefined) touches.set(channel, (touches.get(channel) ?? 0) + 1)
  }
  const all = [...touches.keys()]
  const isWhole = all.length <= maxChannels
  const byTouches = all
    .filter((channel) => isWhole || channel !== '(other)')
    .sort((left, right) => touches.get(right)! - touches.get(left)! || compareCodePoints(left, right))
  const kept = byTouches.slice(0, maxChannels).sort(compareCodePoints)
  const channels = isWhole ? kept : [...kept, '(other)']
  const positions = new Map(channels.map((channel, at) => [channel, at]))
  const indexOf = (channel: string) => positions.get(channel) ?? channels.length - 1
  return { channels, indexOf }
}

/** Not JavaScript's own order, which is that of UTF-16: it puts emoji before U+E000 to U+FFFF. */
function compareCodePoints(left: string, right: string): number {
  const [one, other] = [left, right].map((text) => Array.from(text, (character) => character.codePointAt(0)!))
  for (let at = 0; ; at++) {
    const difference = (one![at] ?? -1) - (other![at] ?? -1)
    if (difference !== 0 || at >= one!.length) return difference
  }
}

function journeysOf(rows: readonly ReadRow[]): Journey[] {
  return groupsOf(rows, (row) => row.user).map((own) => ({
    user: own[0]!.user,
    rows: own,
    touches: own.filter((row) => row.channel !== undefined),
    conversions: conversionsOf(own),
  }))
}

function conversionsOf(rows: readonly ReadRow[]): Conversion[] {
  const converting = rows.filter((row) => row.isConversion)
  const seconds = [...new Set(converting.map((row) => row.atSec))].sort((left, right) => left - right)
  return seconds.map((atSec) => {
    const together = converting.filter((row) => row.atSec === atSec)
    return { atSec, day: together[0]!.day, rows: together.length, microValue: sumOf(together, microValueOf) }
  })
}

interface Window {
  readonly day: number
  readonly afterSec: number
  readonly untilSec: number
  /** Whether the day itself is seen at a moment. */
  readonly isCut?: boolean
}

/** The window that ends on `day`: touches later than `afterSec`, not later than `untilSec`, on its W days. */
function patternOf(journey: Journey, window: Window, context: Context): Example['cells'] {
  const { rules, indexOf } = context
  const cells = new Map<string, readonly [number, number]>()
  for (const touch of journey.touches) {
    const daysBefore = window.day - touch.day
    if (touch.atSec <= window.afterSec || touch.atSec > window.untilSec) continue
    if (daysBefore < 0 || daysBefore >= rules.lookbackDays) continue
    if (daysBefore === 0 && window.isCut && !isSeen(touch, context)) continue
    const cell = [daysBefore, indexOf(touch.channel!)] as const
    cells.set(cell.join(), cell)
  }
  return [...cells.values()].sort((left, right) => left[0] - right[0] || left[1] - right[1])
}

/** The second up to which touches are used up by a conversion. */
function usedUpTo(conversion: Conversion | undefined, { rules }: Context): number {
  if (rules.afterConversion === 'keep') return Number.NEGATIVE_INFINITY
  return conversion?.atSec ?? Number.NEGATIVE_INFINITY
}

function patternAtConversion(journey: Journey, conversion: Conversion, context: Context): Example['cells'] {
  const previous = journey.conversions.filter(({ atSec }) => atSec < conversion.atSec).at(-1)
  const afterSec = usedUpTo(previous, context)
  const window = { day: conversion.day, afterSec, untilSec: conversion.atSec }
  return patternOf(journey, window, context)
}

/** A conversion that is no example, but the baseline's. */
function isEntry(journey: Journey, conversion: Conversion, context: Context): boolean {
  if (context.rules.kind === 'td-mta') return patternAtConversion(journey, conversion, context).length === 0
  const firstAtSec = Math.min(...journey.rows.map(({ atSec }) => atSec))
  return conversion.atSec === firstAtSec && !journey.touches.some((touch) => touch.atSec === conversion.atSec)
}

function positivesOf(journey: Journey, context: Context): Example[] {
  return journey.conversions
    .filter(({ atSec }) => isInRange(atSec, context.rules))
    .filter((conversion) => !isEntry(journey, conversion, context))
    .map((conversion) => ({
      user: journey.user,
      label: 1,
      cells: patternAtConversion(journey, conversion, context),
      isCredited: isCredited(conversion, context.rules),
      microValue: conversion.microValue,
      standsFor: 1,
    }))
}

function negativesOf(journey: Journey, context: Context): Example[] {
  if (context.rules.kind === 'td-mta') return cutWindows(journey, context)
  return daysAtRisk(journey, context)
    .map((day): Example => {
      const previous = journey.conversions.filter((conversion) => conversion.day < day).at(-1)
      const window = {
        day,
        afterSec: usedUpTo(previous, context),
        untilSec: Number.POSITIVE_INFINITY,
        isCut: true,
      }
      return negative(journey, patternOf(journey, window, context), context)
    })
    .filter(({ cells }) => !context.seedFormat || cells.some(([daysBefore]) => daysBefore === 0))
}

/**
 * From the user's first row to the end of the data, but for the days of conversions, and for the first day if its moment
 * is before the first row.
 */
function daysAtRisk({ rows, conversions }: Journey, context: Context): number[] {
  const { fromDay, lastDay } = context
  const firstDay = Math.min(...rows.map(({ day }) => day))
  const isThere = rows.some((row) => row.day === firstDay && isSeen(row, context))
  return daysBetween(Math.max(isThere ? firstDay : firstDay + 1, fromDay), lastDay).filter(
    (day) => !conversions.some((conversion) => conversion.day === day),
  )
}

/**
 * The original's: of users that never convert, the window of every day with touches, and that of the last such day again
 * without its oldest day with touches, without its two oldest, until only the last day is left.
 */
function cutWindows(journey: Journey, context: Context): Example[] {
  if (journey.conversions.length > 0) return []
  const days = [...new Set(journey.touches.map(({ day }) => day))].sort((left, right) => left - right)
  const always = { afterSec: Number.NEGATIVE_INFINITY, untilSec: Number.POSITIVE_INFINITY }
  const windows = days
    .filter((day) => day >= context.fromDay)
    .flatMap((day) => {
      const whole = patternOf(journey, { day, ...always }, context)
      if (day !== days.at(-1)) return [whole]
      const touched = [...new Set(whole.map(([daysBefore]) => daysBefore))]
      return touched.map((oldest) => whole.filter(([daysBefore]) => daysBefore <= oldest))
    })
  return windows.map((cells) => negative(journey, cells, context))
}

function negative({ user }: Journey, cells: Example['cells'], { rules }: Context): Example {
  return { user, label: 0, cells, isCredited: false, microValue: 0, standsFor: rules.standsFor?.(user) ?? 1 }
}

function daysBetween(first: number, last: number): number[] {
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, at) => first + at)
}

function countPatterns(examples: readonly Example[], { validates }: OracleRules): PatternRecord[] {
  const standing = (some: readonly Example[]) => sumOf(some, ({ standsFor }) => standsFor)
  const kept = examples.filter(({ standsFor }) => standsFor > 0)
  const groups = groupsOf(kept, ({ cells }) => JSON.stringify(cells))
  const records = groups.map((group): PatternRecord => {
    const { cells, label } = group[0]!
    const credited = group.filter((example) => example.isCredited)
    return {
      daysBefore: cells.map(([daysBefore]) => daysBefore),
      channels: cells.map(([, channel]) => channel),
      label,
      count: standing(group),
      validationCount: standing(group.filter(({ user }) => validates(user))),
      ...(label === 1 && credited.length < group.length ? { creditedCount: credited.length } : {}),
      value: sumOf(credited, microValueOf) / 1e6,
    }
  })
  return records.sort(compareRecords)
}

/** An order of records that says nothing: positives first, then by their cells. */
export function compareRecords(left: PatternRecord, right: PatternRecord): number {
  const key = ({ daysBefore, channels }: PatternRecord) => JSON.stringify([daysBefore, channels])
  return right.label - left.label || (key(left) < key(right) ? -1 : Number(key(left) > key(right)))
}

function surveyOf(
  rows: readonly JourneyRow[],
  read: readonly ReadRow[],
  rules: OracleRules,
): OracleAnswer['survey'] {
  const untold = rows.filter(({ user, atSec }) => user === null || atSec === null)
  const rowsWithoutTime = untold.filter(({ user }) => user !== null).length
  const rowsWithoutUser = untold.filter(
    ({ user, atSec }) => user === null && (atSec === null || isInReach(atSec, rules)),
  ).length
  const seconds = read.map(({ atSec }) => atSec)
  return {
    rows: rows.filter((row) => readRow(row, rules) !== undefined).length + rowsWithoutUser + rowsWithoutTime,
    rowsWithoutUser,
    rowsWithoutTime,
    touches: read.filter(({ channel }) => channel !== undefined).length,
    conversionRows: read.filter(({ isConversion }) => isConversion).length,
    firstAtSec: Math.min(...seconds),
    lastAtSec: Math.max(...seconds),
  }
}

function totalsOf(
  journeys: readonly Journey[],
  positives: readonly Example[],
  negatives: readonly Example[],
  context: Context,
): OracleTotals {
  const { rules } = context
  const inRange = journeys.flatMap((journey) =>
    journey.conversions
      .filter(({ atSec }) => isInRange(atSec, rules))
      .map((conversion) => ({ ...conversion, isEntry: isEntry(journey, conversion, context) })),
  )
  const entries = inRange.filter((conversion) => conversion.isEntry)
  const credited = inRange.filter((conversion) => isCredited(conversion, rules))
  const creditedEntries = entries.filter((conversion) => isCredited(conversion, rules))
  const validating = (examples: readonly Example[]) =>
    examples.filter(({ user }) => rules.validates(user)).length
  return {
    users: journeys.length,
    conversions: inRange.length,
    mergedConversionRows: sumOf(inRange, (conversion) => conversion.rows) - inRange.length,
    entryConversions: entries.length,
    creditedEntryConversions: creditedEntries.length,
    creditedEntryValue: sumOf(creditedEntries, microValueOf) / 1e6,
    creditedValue: sumOf(credited, microValueOf) / 1e6,
    positiveExamples: positives.length,
    creditedExamples: positives.filter((example) => example.isCredited).length,
    negativeExamples: negatives.length,
    emptyNegativeExamples: sumOf(
      negatives.filter(({ cells }) => cells.length === 0),
      ({ standsFor }) => standsFor,
    ),
    positiveValidationExamples: validating(positives),
    negativeValidationExamples: validating(negatives),
  }
}

function groupsOf<T>(all: readonly T[], keyOf: (one: T) => string): (readonly T[])[] {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const group = groups.get(keyOf(one))
    if (group === undefined) groups.set(keyOf(one), [one])
    else group.push(one)
  }
  return [...groups.values()]
}

function microValueOf({ microValue }: { readonly microValue: number }): number {
  return microValue
}

function sumOf<T>(all: readonly T[], numberOf: (one: T) => number): number {
  return all.reduce((sum, one) => sum + numberOf(one), 0)
}

/**
 * The seeded hash of a user, written a second time.
 * @returns the first 4 bytes of MD5 over `stream:seed:user`, as a fraction of 2^32.
 */
export function plainUserFraction(user: string, seed: number, stream: 'validation' | 'batch'): number {
  return plainFraction(`${stream}:${seed}:${user}`)
}

function plainFraction(text: string): number {
  return plainBits(text) / 2 ** 32
}

function plainBits(text: string): number {
  const digest = createHash('md5').update(text, 'utf8').digest('hex')
  return Number.parseInt(digest.slice(0, 8), 16)
}

/** @returns whether a user is among the part of the users that is drawn: 24 bits of a product decide. */
export function isPlainlyDrawn(user: string, seed: number, part: number): boolean {
  const product = BigInt(plainBits(`validation:${seed}:${user}`)) * 1_103_515_245n
  return Number((product >> 16n) & 0xff_ffffn) < part * 2 ** 24
}
