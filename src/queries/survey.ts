import { type RunRules, renamerOf, runRulesOf } from '../examples/channel-rules.ts'
import type { ConversionHours } from '../examples/day-moments.ts'
import type { CampaignTouches } from '../examples/leaves.ts'
import type { ExampleRules, TouchpointSource } from '../examples/touchpoints.ts'
import type { Finding } from '../findings/finding.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { type Bulk, type DayRows, findBulk } from './bulk.ts'
import { readOneRow, readRows } from './result-columns.ts'
import { surveyCampaigns } from './survey-campaigns.ts'
import { checkChannelNames, checkColumns, checkEnough, type SurveyCounts } from './survey-checks.ts'
import { findingsOf, findRepeatedIds } from './survey-findings.ts'
import { refuseUnknownKind } from './survey-kinds.ts'
import { outsideQuery, surveyQuery } from './survey-query.ts'
import { Tally } from './survey-tally.ts'
import { surveyUsers, type UsersBySize } from './survey-users.ts'
import { knownSpan, pruneSql, type ReadSpan, readSpanOf, SECONDS_PER_DAY, withinSpan } from './time-sql.ts'
import { planScan, type TouchpointScan } from './touchpoint-scan.ts'
import { findUsersWithoutNumber } from './user-table.ts'

/** What is found in the touchpoints before any example is made. */
export interface Survey extends Readonly<SurveyCounts> {
  readonly touchesByChannel: ReadonlyMap<string, number>
  /** By the names that the touchpoints have, which rules may change. */
  readonly touchesByName: ReadonlyMap<string, number>
  /** Touches that rules leave out. */
  readonly ignoredTouches: number
  /** Touches of each campaign; empty without a column of campaigns. */
  readonly campaigns: readonly CampaignTouches[]
  /** Of the conversions that are learned from. */
  readonly conversionHours: ConversionHours
  readonly users: number
  readonly usersBySize: UsersBySize
  /** Rows that are equal to another one: they count once. */
  readonly duplicateRows: number
  /** Unix seconds up to which users are at risk: of the last row read, or the session's time if that is earlier. */
  readonly endOfRiskSec: number
  /** What is wrong with the rows, or looks so. */
  readonly findings: readonly Finding[]
  /** The rows to read: those of the bulk, each once. */
  readonly scan: TouchpointScan
}

/**
 * Counts the touchpoints by channel and day and by user, and checks that examples can be made from them. Rows that are
 * apart from the bulk are left out: then the rest is counted anew.
 * @throws {ConfigError} if the table or a column is missing.
 * @throws {DataError} naming the column and what is wrong with its values, or what the rows lack.
 */
export async function surveyTouchpoints(
  warehouse: Warehouse,
  source: TouchpointSource,
  rules: ExampleRules,
  signal?: AbortSignal,
): Promise<Survey> {
  const readable = withinSpan(readSpanOf(rules), knownSpan(rules.clock))
  const whole = await surveySpan(warehouse, source, rules, readable, signal)
  const outside = outsideQuery(warehouse, whole.everyRow, rules)
  if (outside !== undefined) whole.tally.addOutside(await readOneRow(warehouse, outside, signal))
  const bulk = bulkOf(whole.tally.days, rules)
  const isWhole = bulk === undefined || bulk.before.length + bulk.after.length === 0
  const kept = isWhole
    ? whole
    : await surveySpan(warehouse, source, rules, withinSpan(readable, spanOf(bulk)), signal)
  const { scan, users, tally } = kept
  const { counts } = tally
  if (counts.conversionRows === 0) await refuseUnknownKind(warehouse, scan, signal)
  checkChannelNames(source, tally.touchesByName.keys())
  const ofRows = findingsOf({ rules, source, whole: whole.tally, kept: tally, bulk, users })
  const findings = [...scan.columns.findings, ...ofRows]
  checkEnough(source, counts, findings, tally.ignored.rows)
  const { campaigns, findings: ofCampaigns } = await surveyCampaigns(warehouse, scan, signal)
  return {
    ...counts,
    rows: whole.tally.counts.rows,
    touchesByChannel: tally.touchesByChannel,
    touchesByName: tally.touchesByName,
    ignoredTouches: tally.ignored.rows,
    campaigns,
    conversionHours: tally.conversionHours,
    users: users.users,
    usersBySize: users.usersBySize,
    duplicateRows: users.duplicateRows,
    endOfRiskSec: Math.min(counts.lastAtSec, rules.clock?.sessionSec ?? Number.POSITIVE_INFINITY),
    findings: [
      ...findings,
      ...ofCampaigns,
      ...(await findRepeatedIds(warehouse, scan, signal)),
      ...(await findUsersWithoutNumber(warehouse, scan, rules, signal)),
    ],
    scan: { ...scan, source: { ...source, ruledNames: surveyedRules({ scan, ...tally })?.names } },
  }
}

/** @returns the rules that the survey was made by, for later steps; undefined where there are none. */
export function surveyedRules({
  scan,
  touchesByName,
}: Pick<Survey, 'scan' | 'touchesByName'>): RunRules | undefined {
  return runRulesOf(scan.source.channelRules ?? [], touchesByName.keys())
}

/** Both counts of the rows within a span. */
async function surveySpan(
  warehouse: Warehouse,
  source: TouchpointSource,
  rules: ExampleRules,
  span: ReadSpan,
  signal: AbortSignal | undefined,
) {
  const known = await planScan(warehouse, source, span)
  // Rows that are asked for, but out of the span, are counted, too.
  const everyRow = { ...known, prune: pruneSql(warehouse, known.columns, readSpanOf(rules)) }
  const tally = tallyOf(source)
  const first = await tallyRows(warehouse, everyRow, rules, tally, signal)
  checkColumns(source, first.badValues)
  const users = await surveyUsers(warehouse, everyRow, signal)
  if (users.duplicateRows === 0) return { scan: known, everyRow, users, tally: first }
  const once = tallyOf(source)
  await tallyRows(warehouse, { ...everyRow, distinct: true }, rules, once, signal)
  once.counts.rows += users.duplicateRows
  return { scan: { ...known, distinct: true }, everyRow, users, tally: once }
}

function tallyOf({ nullTexts, channelRules = [] }: TouchpointSource): Tally {
  return new Tally(nullTexts, renamerOf(channelRules))
}

async function tallyRows(
  warehouse: Warehouse,
  scan: TouchpointScan,
  rules: ExampleRules,
  tally: Tally,
  signal: AbortSignal | undefined,
): Promise<Tally> {
  for await (const row of readRows(warehouse, surveyQuery(scan, rules), signal)) tally.add(row)
  return tally
}

function spanOf({ firstDay, lastDay }: Bulk): ReadSpan {
  return { fromSec: firstDay * SECONDS_PER_DAY, toSec: (lastDay + 1) * SECONDS_PER_DAY }
}

/** In the shortest gap between strays and the bulk, nobody has a row for this many days. */
const SHORTEST_GAP_DAYS = 30

function bulkOf(days: readonly DayRows[], { lookbackDays, fromSec, toSec }: ExampleRules): Bulk | undefined {
  if (days.length === 0) return undefined
  const inOrder = [...days].sort((left, right) => left.day - right.day)
  return findBulk(inOrder, {
    gapDays: Math.max(SHORTEST_GAP_DAYS, lookbackDays),
    maySkipFirst: fromSec === undefined,
    maySkipLast: toSec === undefined,
  })
}
