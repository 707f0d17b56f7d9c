import { ConfigError } from '../../errors.ts'
import { isoTime } from '../../examples/local-days.ts'
import type { ExampleRules, TouchpointSource } from '../../examples/touchpoints.ts'
import { type Finding, finding } from '../../findings/finding.ts'
import type { FindingCode } from '../../findings/kinds.ts'
import type { ReadRules } from '../../queries/channel-rules.ts'
import { type ExtractionPlan, planExtraction } from '../../queries/extraction-plan.ts'
import { amount, readOneRow, select } from '../../queries/result-columns.ts'
import { sql } from '../../queries/sql.ts'
import { type Survey, surveyTouchpoints } from '../../queries/survey.ts'
import { readTouchpointColumns } from '../../queries/touchpoint-columns.ts'
import { checkUserColumns } from '../../queries/user-table.ts'
import { type LearnedModel, learnedFormat } from '../../steps/learned-model.ts'
import { checkSeedFormat, findingsWith } from '../../steps/model-findings.ts'
import { nameOf, type TableName, type Warehouse } from '../../warehouse/warehouse.ts'
import type { Checked, Report } from './check-report.ts'

/** What the checks of the touchpoints look at. */
export interface TouchpointsToCheck {
  readonly warehouse: Warehouse
  readonly source: TouchpointSource
  /** Where a table says what the channels are called. */
  readonly readRules: (() => Promise<ReadRules>) | undefined
  readonly rules: ExampleRules
  /** The model of another run that is to credit the conversions. */
  readonly learned: LearnedModel | undefined
  /** Of the run, ISO 8601. */
  readonly sessionTime: string
  readonly allowFindings: readonly FindingCode[]
  /** A BiLSTM is to learn from these conversions. */
  readonly trainsBiLstm: boolean
  readonly signal: AbortSignal
}

const CHECKS = ['touchpoint table', 'touchpoints', 'conversions'] as const

/**
 * Checks the table and its columns, then its rows as an export surveys them: one scan.
 * @param target a reason where there is no warehouse to read from.
 * @returns what an export would make of them; undefined where they can't be used.
 */
export async function checkTouchpoints(
  report: Report,
  target: TouchpointsToCheck | string,
): Promise<ExtractionPlan | undefined> {
  if (typeof target === 'string') {
    for (const check of CHECKS) report.skip(check, target)
    return undefined
  }
  const hasColumns = await report.check(CHECKS[0], () => checkColumns(target))
  const { userTable, ...others } = target.rules
  const hasUserTable =
    userTable !== undefined && (await report.check('user table', () => checkUserTable(target, userTable)))
  const rules = { ...others, userTable: hasUserTable ? userTable : undefined }
  const channelRules = await checkChannelRules(report, target)
  if (hasColumns && channelRules !== undefined) {
    const source = { ...target.source, channelRules: channelRules.rules }
    return await checkRows(report, { ...target, source, rules })
  }
  const missing = hasColumns ? 'needs the channel table' : 'needs the touchpoint table'
  for (const check of CHECKS.slice(1)) report.skip(check, missing)
  return undefined
}

/** @returns the rules, none without a table of them; undefined where they can't be used. */
async function checkChannelRules(
  report: Report,
  { readRules, allowFindings }: TouchpointsToCheck,
): Promise<ReadRules | undefined> {
  if (readRules === undefined) return { rules: [], findings: [] }
  const read = await report.check('channel table', async () => {
    const value = await readRules()
    return { found: `rules: ${value.rules.length}`, value }
  })
  report.find(read?.findings ?? [], allowFindings)
  return read
}

async function checkColumns({ warehouse, source }: TouchpointsToCheck): Promise<Checked<true>> {
  const { prunableTime } = await readTouchpointColumns(warehouse, source)
  const {
    table,
    userColumn,
    timeColumn,
    actionColumn,
    conversionColumn,
    valueColumn,
    conversionKind,
    segmentColumn,
  } = source
  const columns = [
    userColumn,
    timeColumn,
    actionColumn,
    conversionColumn,
    valueColumn,
    conversionKind?.column,
    segmentColumn,
  ]
  const names = columns.filter((name) => name !== undefined)
  const pruning =
    prunableTime === undefined || warehouse.timeRangeCondition === undefined
      ? ''
      : '; a time range reads less'
  return { found: `${nameOf(table)} in ${warehouse.name} has ${names.join(', ')}${pruning}`, value: true }
}

async function checkRows(
  report: Report,
  { warehouse, source, rules, learned, sessionTime, allowFindings, trainsBiLstm, signal }: TouchpointsToCheck,
): Promise<ExtractionPlan | undefined> {
  const surveyed = await report.check(CHECKS[1], async () => {
    const survey = await surveyTouchpoints(warehouse, source, rules, signal)
    const plan = planExtraction(survey, rules, learned && learnedFormat(learned))
    return { found: describeRows(survey), value: { survey, plan } }
  })
  if (surveyed === undefined) {
    report.skip(CHECKS[2], 'needs touchpoints')
    report.find(warehouse.findings ?? [], allowFindings)
    return undefined
  }
  const { survey, plan } = surveyed
  await report.check(CHECKS[2], async () => {
    if (learned !== undefined) checkSeedFormat(learned, survey)
    return { found: describeConversions(survey), value: undefined }
  })
  const few = trainsBiLstm ? fewConversions(survey) : []
  const found = findingsWith(learned, survey, sessionTime)
  report.find([...(warehouse.findings ?? []), ...found, ...few], allowFindings)
  return plan
}

/**
 * In simulated data (`node bench/truth.mjs --worlds clean,intent -- --from 2026-02-10 --to 2026-02-11`) BiLSTMs learned nothing from
 * up to 141 conversions, and something from 336 on.
 */
const ENOUGH_FOR_BILSTM = 200

function fewConversions({ learnedConversionRows: count }: Survey): readonly Finding[] {
  if (count === 0 || count >= ENOUGH_FOR_BILSTM) return []
  const what = `to learn from, and a BiLSTM needs about ${ENOUGH_FOR_BILSTM}`
  return [finding('few-conversions', { count, what })]
}

function describeRows(survey: Survey): string {
  const { rows, touches, touchesByChannel, users } = survey
  return [
    `${counted(rows, 'row')} from ${isoTime(survey.firstAtSec)} to ${isoTime(survey.lastAtSec)}`,
    `${counted(touches, 'touch', 'touches')} of ${counted(touchesByChannel.size, 'channel')}`,
    counted(users, 'user'),
  ].join(', ')
}

function describeConversions(survey: Survey): string {
  const { conversionRows, learnedConversionRows, creditedConversionRows, conversionRowsWithoutTouch } = survey
  const before = conversionRows - learnedConversionRows
  return [
    `${counted(learnedConversionRows, 'conversion')} to learn from, ${creditedConversionRows} to credit`,
    ...(before === 0 ? [] : [`${before} more in the lookback window before`]),
    `${conversionRowsWithoutTouch} without a channel of its own`,
  ].join(', ')
}

/** Exports run without it only where no user is missing in it, but a hash then decides: no failure. */
async function checkUserTable(
  { warehouse, source, rules, signal }: TouchpointsToCheck,
  table: TableName,
): Promise<Checked<true>> {
  await checkUserColumns(warehouse, table, source.userColumn, rules.userRndColumn)
  const user = sql.identifier(source.userColumn)
  const random = sql`CAST(${sql.identifier(rules.userRndColumn)} AS double)`
  const query = select(
    {
      rows: amount(sql`count(*)`),
      users: amount(sql`count(DISTINCT ${user})`),
      outside: amount(sql`count_if(${random} < 0 OR ${random} >= 1 OR ${random} IS NULL)`),
    },
    sql`FROM ${sql.table(table)}`,
  )
  const { rows, users, outside } = await readOneRow(warehouse, query, signal)
  const label = `--user-table (USER_TABLE) ${nameOf(table)}`
  if (rows === 0) throw new ConfigError(`${label} has no rows: fill it, or leave the option out`)
  if (outside === 0) return { found: `${nameOf(table)}: ${counted(users, 'user')}`, value: true }
  throw new ConfigError(
    `${label}: ${outside} of ${rows} rows have no ${rules.userRndColumn} in [0, 1): ` +
      'recreate it, for example with digdag/queries/user_rnd.sql',
  )
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
