import type { ChannelRule } from '../examples/channel-rules.ts'
import { localDaysOf } from '../examples/local-days.ts'
import type { ExampleRules, RunClock, TouchpointSource } from '../examples/touchpoints.ts'
import type { ShapingOptions } from '../options/option-table.ts'
import { type ReadRules, readChannelRules } from '../queries/channel-rules.ts'
import { maybeTable } from '../tables/output-tables.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { secondsOf } from './frame.ts'

/** Users a shard where a user table decides the batches and no number was given, as in the original. */
const defaultUsersPerTfrecord = 10_000

/** @param channelRules of the table that the options name. @returns where the touchpoints are, as the options say. */
export function touchpointSource(
  options: ShapingOptions,
  channelRules: readonly ChannelRule[] = [],
): TouchpointSource {
  return {
    table: { database: options.db, table: options.table },
    userColumn: options.userColumn,
    timeColumn: options.timeColumn,
    actionColumn: options.actionColumn,
    channelRules,
    campaignColumn: options.campaignColumn,
    conversionColumn: options.conversionColumn,
    conversionCounts: options.conversionCounts,
    valueColumn: options.valueColumn,
    conversionIdColumn: options.conversionIdColumn,
    segmentColumn: options.segmentColumn,
    nullTexts: options.nullTexts.map((text) => text.toLowerCase()),
    timeReading: { unit: options.timeUnit, inputTimeZone: options.inputTimeZone },
    conversionKind:
      options.conversionTypeColumn === undefined || options.conversionType === undefined
        ? undefined
        : { column: options.conversionTypeColumn, type: options.conversionType },
  }
}

/**
 * @returns the rules of `--channel-table`; none without it.
 * @throws {ConfigError} {DataError} where the table can't be used.
 */
export async function readOwnChannelRules(
  options: ShapingOptions,
  warehouse: Warehouse,
  signal: AbortSignal,
): Promise<ReadRules> {
  const table = maybeTable(options, 'channelTable')
  if (table === undefined) return { rules: [], findings: [] }
  const { nullTexts } = touchpointSource(options)
  return await readChannelRules(warehouse, table, nullTexts, signal)
}

/** @param sessionTime ISO 8601. */
export function clockOf(sessionTime: string, nowSec: number): RunClock {
  return { sessionSec: secondsOf(sessionTime), nowSec }
}

/** @returns the rules of the examples, as the options say. @param clock of the run; without it no time is too late. */
export function exampleRules(options: ShapingOptions, clock?: RunClock): ExampleRules {
  const batched = options.userTable === undefined ? undefined : defaultUsersPerTfrecord
  return {
    kind: options.examples,
    afterConversion: options.afterConversion,
    lookbackDays: options.lookbackWindowDays,
    maxChannels: options.maxChannels,
    timeZone: options.timeZone,
    fromSec: options.from,
    toSec: options.to,
    creditFromSec: options.creditFrom,
    validationFraction: options.validationFraction,
    seed: options.seed,
    negativePatterns: options.negativePatterns,
    usersPerShard: options.usersPerTfrecord ?? batched,
    userTable: maybeTable(options, 'userTable'),
    userRndColumn: options.userRndColumn,
    clock,
  }
}

/** @returns the first day of examples, counted from 1970; null where the data begin. */
export function firstExampleDay({ fromSec, timeZone }: ExampleRules): number | null {
  return fromSec === undefined ? null : localDaysOf(timeZone, fromSec, fromSec).dayOf(fromSec)
}
