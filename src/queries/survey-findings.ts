import { reservedChannels, similarChannels } from '../examples/channel-names.ts'
import { isoTime, localDaysOf } from '../examples/local-days.ts'
import type { ExampleRules, TouchpointSource } from '../examples/touchpoints.ts'
import { OTHER_CHANNEL } from '../examples/vocabulary.ts'
import { type Finding, finding } from '../findings/finding.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { type Bulk, rowsOf, STRAY_FRACTION } from './bulk.ts'
import { channelRuleFindings } from './channel-rule-findings.ts'
import { amount, readOneRow, select, text } from './result-columns.ts'
import { sql } from './sql.ts'
import { LARGE_COUNT } from './survey-query.ts'
import type { Tally } from './survey-tally.ts'
import type { UserCounts } from './survey-users.ts'
import { SECONDS_PER_DAY } from './time-sql.ts'
import { describeImpossibleTimes } from './time-units.ts'
import type { TouchpointScan } from './touchpoint-scan.ts'
import { hasIds, isReadSql, typedRowsSql } from './touchpoints-sql.ts'

/** All that a survey has counted. */
export interface Surveyed {
  readonly rules: ExampleRules
  readonly source: TouchpointSource
  /** Every row of the range that was asked for. */
  readonly whole: Tally
  /** Those of the bulk. */
  readonly kept: Tally
  readonly bulk: Bulk | undefined
  readonly users: UserCounts
}

/** @returns what is to be said about the rows. */
export function findingsOf(surveyed: Surveyed): readonly Finding[] {
  return [
    ...missingValues(surveyed),
    ...impossibleTimes(surveyed),
    ...strayRows(surveyed),
    ...missingDays(surveyed),
    ...sameTimeOfDay(surveyed),
    ...zonelessTimes(surveyed),
    ...duplicates(surveyed),
    ...heavyUsers(surveyed),
    ...channelNames(surveyed),
    ...channelRuleFindings(surveyed.source.channelRules ?? [], surveyed.kept.touchesByName),
    ...conversionsOnTouches(surveyed),
    ...largeCounts(surveyed),
    ...nothingToCredit(surveyed),
  ]
}

function missingValues({ source, whole }: Surveyed): readonly Finding[] {
  const { counts, nullTextUsers, nullTextChannels } = whole
  const withoutUser = counts.rowsWithoutUser - nullTextUsers.rows
  return [
    ...some('rows-without-user', withoutUser, { what: `without a user in ${source.userColumn}` }),
    ...some('null-text-users', nullTextUsers.rows, {
      what: `with a text that stands for NULL in ${source.userColumn}`,
      example: nullTextUsers.example,
    }),
    ...some('rows-without-time', counts.rowsWithoutTime, { what: `without a time in ${source.timeColumn}` }),
    ...some('null-text-channels', nullTextChannels.rows, {
      what: `with a text that stands for NULL in ${source.actionColumn}`,
      example: nullTextChannels.example,
    }),
  ]
}

function impossibleTimes({ rules, source, whole }: Surveyed): readonly Finding[] {
  const { counts, impossible, afterSession } = whole
  const { clock } = rules
  if (clock === undefined) return []
  const many = impossible.rows >= STRAY_FRACTION * counts.rows
  return [
    ...some('impossible-times', impossible.rows, {
      what: `with an impossible time in ${source.timeColumn}`,
      ...(impossible.rows === 0 ? {} : describeImpossibleTimes(impossible, source.timeReading?.unit)),
      severity: many ? 'error' : 'warning',
    }),
    ...some('rows-after-session', afterSession.rows, {
      what: `later than a day after the session's time, ${isoTime(clock.sessionSec)}`,
      example: isoTimeOrNull(afterSession.firstAtSec),
    }),
  ]
}

function isoTimeOrNull(atSec: number): string | null {
  return Number.isFinite(atSec) ? isoTime(atSec) : null
}

function strayRows({ bulk }: Surveyed): readonly Finding[] {
  if (bulk === undefined) return []
  const { before, after, firstDay, lastDay } = bulk
  return [
    ...some('stray-rows', rowsOf(before), {
      what: `far before all others, which begin on ${isoDay(firstDay)}`,
      example: before[0] && isoTime(before[0].firstAtSec),
    }),
    ...some('stray-rows', rowsOf(after), {
      what: `far after all others, which end on ${isoDay(lastDay)}`,
      example: after[0] && isoTime(after[0].firstAtSec),
    }),
  ]
}

function missingDays({ bulk }: Surveyed): readonly Finding[] {
  return (bulk?.gaps ?? []).map(([former, next]) =>
    finding('days-without-rows', {
      count: next.day - former.day - 1,
      what: `without any row, from ${isoDay(former.day + 1)} to ${isoDay(next.day - 1)}`,
    }),
  )
}

/** Time zones differ from UTC by a whole number of quarter-hours. */
const ZONE_STEP_SEC = 900

/** Midnight of any zone falls on one instant of each day in UTC. */
function sameTimeOfDay({ source, kept: { days } }: Surveyed): readonly Finding[] {
  const rows = rowsOf(days)
  const isSame = days.every(
    ({ firstAtSec, lastAtSec }) => firstAtSec === lastAtSec && firstAtSec % ZONE_STEP_SEC === 0,
  )
  if (!isSame || rows <= days.length) return []
  return [
    finding('date-only-times', {
      count: rows,
      what: `with a date but no time of day in ${source.timeColumn}`,
      example: days[0] && isoTime(days[0].firstAtSec),
    }),
  ]
}

function zonelessTimes({ source, rules, kept: { zoneless } }: Surveyed): readonly Finding[] {
  return some('zoneless-times', zoneless.rows, {
    what: `with a time in ${source.timeColumn} that names no zone, while days are those of ${rules.timeZone}`,
    example: zoneless.example,
  })
}

function duplicates({ users }: Surveyed): readonly Finding[] {
  return some('duplicate-rows', users.duplicateRows, {
    what: 'equal to another row in all that is read',
    example: users.duplicate && `user ${users.duplicate}`,
  })
}

function heavyUsers({ users: { heavyUsers } }: Surveyed): readonly Finding[] {
  const [first] = heavyUsers
  const count = heavyUsers.reduce((sum, size) => sum + size.users, 0)
  const rows = heavyUsers.reduce((sum, size) => sum + size.users * size.rows, 0)
  return some('heavy-users', count, {
    what: `with more rows than a person makes: ${rows.toLocaleString('en-US')}`,
    example: first?.example,
  })
}

function channelNames({ source, rules, kept: { touchesByChannel } }: Surveyed): readonly Finding[] {
  const similar = similarChannels(touchesByChannel.keys())
  const reserved = reservedChannels(touchesByChannel.keys())
  const others = touchesByChannel.size > rules.maxChannels ? (touchesByChannel.get(OTHER_CHANNEL) ?? 0) : 0
  return [
    ...some('similar-channels', similar.length, {
      what: `in ${source.actionColumn} that are alike but for case or blanks: ${listed(similar)}`,
      example: similar[0],
    }),
    ...some('reserved-channels', reserved.length, {
      what: `in ${source.actionColumn} that rows of the output tables have: ${listed(reserved)}`,
      example: reserved[0],
    }),
    ...some('channel-called-other', others, {
      what: `with the channel ${OTHER_CHANNEL} in ${source.actionColumn}`,
    }),
  ]
}

const NAMES_SHOWN = 6

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => JSON.stringify(name))
  return `${shown.join(', ')}${names.length > NAMES_SHOWN ? ' and others' : ''}`
}

function conversionsOnTouches({ kept: { counts } }: Surveyed): readonly Finding[] {
  const { conversionRows, conversionRowsWithoutTouch } = counts
  return some('conversions-on-touches', conversionRowsWithoutTouch === 0 ? conversionRows : 0, {
    what: '(all of them) on rows with a channel',
  })
}

function largeCounts({ source, kept: { largeCounts: large } }: Surveyed): readonly Finding[] {
  return some('large-conversion-counts', large.rows, {
    what: `with ${LARGE_COUNT} or more conversions in ${source.conversionColumn}, up to ${large.most.toLocaleString('en-US')}`,
  })
}

function some(
  code: Parameters<typeof finding>[0],
  count: number,
  found: Omit<Parameters<typeof finding>[1], 'count'>,
): readonly Finding[] {
  return count === 0 ? [] : [finding(code, { ...found, count })]
}

function isoDay(day: number): string {
  return isoTime(day * SECONDS_PER_DAY).slice(0, 10)
}

function nothingToCredit({ rules, kept: { counts } }: Surveyed): readonly Finding[] {
  if (rules.creditFromSec === undefined || counts.creditedConversionRows > 0) return []
  const { creditFromSec, timeZone } = rules
  const lastAtSec = Math.max(creditFromSec, rules.toSec === undefined ? counts.lastAtSec : rules.toSec - 1)
  const days = localDaysOf(timeZone, creditFromSec, lastAtSec)
  const count = days.dayOf(lastAtSec) - days.dayOf(creditFromSec) + 1
  return [
    finding('nothing-to-credit', { count, what: `without a conversion, from ${isoTime(creditFromSec)} on` }),
  ]
}

/** @returns what the ids of conversions tell, in another scan; nothing without a column of ids. */
export async function findRepeatedIds(
  warehouse: Warehouse,
  scan: TouchpointScan,
  signal: AbortSignal | undefined,
): Promise<readonly Finding[]> {
  const { source } = scan
  if (!hasIds(scan)) return []
  const query = select(
    {
      repeated: amount(sql`sum(rows_of_id - users_of_id)`),
      example: text(sql`min(CASE WHEN rows_of_id > users_of_id THEN conversion_id END)`),
      shared: amount(sql`count_if(users_of_id > 1)`),
      sharedExample: text(sql`min(CASE WHEN users_of_id > 1 THEN conversion_id END)`),
    },
    sql`FROM (
  SELECT conversion_id, count(*) AS rows_of_id, count(DISTINCT user_key) AS users_of_id
  FROM (
    ${typedRowsSql(scan)}
  ) AS typed
  WHERE ${sql.and(isReadSql(scan), sql`converts = 1 AND conversion_id IS NOT NULL`)}
  GROUP BY conversion_id
) AS ids`,
  )
  const found = await readOneRow(warehouse, query, signal)
  return [
    ...some('repeated-conversion-ids', found.repeated, {
      what: `with an id in ${source.conversionIdColumn} that a later row of the user has, too`,
      example: found.example,
    }),
    ...some('ids-of-several-users', found.shared, {
      what: `whose id in ${source.conversionIdColumn} several users have`,
      example: found.sharedExample,
    }),
  ]
}
