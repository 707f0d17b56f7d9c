import { isoTime } from '../examples/local-days.ts'
import type { OptionsOf, Resolved } from '../options/option-table.ts'
import { resolveInstants } from '../options/resolve.ts'
import { type Experiments, readExperiments } from '../queries/experiments.ts'
import type { ExtractionPlan } from '../queries/extraction-plan.ts'
import { readSpendColumns } from '../queries/spend-columns.ts'
import { exampleRules, readOwnChannelRules, touchpointSource } from '../steps/example-options.ts'
import { checkKnownCauses, plannedExport } from '../steps/experiments.ts'
import type { LearnedModel } from '../steps/learned-model.ts'
import { maybeTable, outputTables, tableNames } from '../tables/output-tables.ts'
import type { Inspection } from '../warehouse/inspection.ts'
import { nameOf } from '../warehouse/warehouse.ts'
import { checkBackend } from './doctor/backend.ts'
import { describeReport, Report } from './doctor/check-report.ts'
import { type AskedServer, checkClock } from './doctor/clock.ts'
import { checkDirectories, storageServer } from './doctor/directories.ts'
import { checkModel } from './doctor/model.ts'
import { checkNodeVersion } from './doctor/node-version.ts'
import { checkOutput } from './doctor/output-database.ts'
import { checkTouchpoints, type TouchpointsToCheck } from './doctor/touchpoints.ts'
import { type InspectedWarehouse, maybeMissingFile, openInspected } from './doctor/warehouse.ts'
import type { CommandResult, Effects } from './effects.ts'

/**
 * `td-mta doctor`: looks at everything that a run will need, and says what fails and what to do. One check that fails
 * stops no other one. Objects in the storage are written and deleted; tables only with `--write`. The exit code says what
 * has to be mended first: options before data before other systems.
 */
export async function runDoctor(options: OptionsOf<'doctor'>, effects: Effects): Promise<CommandResult> {
  const report = new Report(effects)
  await report.check('node', async () => checkNodeVersion(process.versions.node))
  const learned = await checkModel(report, options, effects)
  const server = await checkWarehouse(report, options, effects, learned)
  await checkDirectories(report, options, effects)
  if (options.model === 'hazard') report.skip('backend', '--model (MODEL) hazard needs none')
  else await report.check('backend', () => checkBackend(options.backend, options.threads))
  await checkClocks(report, [server, storageServer(options, effects)], effects)
  const { rows, failed, exitCode } = report
  return { text: describeReport(rows), json: { ok: failed === 0, checks: rows }, exitCode }
}

/** @returns the warehouse's server, where it has one. */
async function checkWarehouse(
  report: Report,
  options: OptionsOf<'doctor'>,
  effects: Effects,
  learned: LearnedModel | undefined,
): Promise<AskedServer | undefined> {
  const reading = await report.check('warehouse', () => findWarehouse(options, effects, true))
  const isLet = reading !== undefined && (await checkAccess(report, reading, effects.signal))
  try {
    const missing = reading === undefined ? 'needs the warehouse' : 'needs the credentials'
    const times = await checkTimes(report, options, effects)
    const target =
      times === undefined ? 'needs the range' : reading && touchpointsOf(times, effects, reading, learned)
    const plan = await checkTouchpoints(report, isLet ? (target ?? missing) : missing)
    if (options.spendTable !== undefined) await checkSpend(report, options, isLet ? reading : undefined)
    await checkCauses(
      report,
      options,
      { reading: isLet ? reading : undefined, learned, plan },
      effects.signal,
    )
    const isRefused = reading !== undefined && !isLet
    await checkOutputs(report, options, effects, isRefused ? missing : reading)
    return reading && serverOf(reading.inspection)
  } finally {
    await reading?.inspection.close()
    await reading?.warehouse.close()
  }
}

function serverOf({ server: origin, connect }: Inspection): AskedServer | undefined {
  return origin === undefined ? undefined : { origin, connect }
}

async function findWarehouse(options: OptionsOf<'doctor'>, effects: Effects, readsTouchpoints: boolean) {
  const opened = await openInspected(options, effects, readsTouchpoints)
  return { found: opened.warehouse.name, value: opened }
}

/** @returns whether the warehouse may be asked further. */
async function checkAccess(
  report: Report,
  { inspection }: InspectedWarehouse,
  signal: AbortSignal,
): Promise<boolean> {
  if (inspection.server === undefined) {
    report.skip('credentials', await inspection.access(signal))
    return true
  }
  const isLet = await report.check('credentials', async () => {
    return { found: await inspection.access(signal), value: true }
  })
  return isLet === true
}

/** Read by the last steps, after hours of training: that it is there with its columns is known before. */
async function checkSpend(
  report: Report,
  options: OptionsOf<'doctor'>,
  reading: InspectedWarehouse | undefined,
): Promise<void> {
  const table = maybeTable(options, 'spendTable')
  if (reading === undefined || table === undefined) return report.skip('spend table', 'needs the warehouse')
  await report.check('spend table', async () => {
    const { time } = await readSpendColumns(reading.warehouse, table)
    const columns = time === undefined ? 'channel, spend' : 'channel, spend, time'
    return { found: `${nameOf(table)} has ${columns}`, value: undefined }
  })
}

/** What is read by the last step is known before, too: its rows, and with the touchpoints whether they fit together. */
async function checkCauses(
  report: Report,
  options: OptionsOf<'doctor'>,
  known: {
    readonly reading: InspectedWarehouse | undefined
    readonly learned: LearnedModel | undefined
    readonly plan: ExtractionPlan | undefined
  },
  signal: AbortSignal,
): Promise<void> {
  const table = maybeTable(options, 'experimentsTable')
  if (table === undefined && options.placeboChannels.length === 0) return
  const { reading, learned, plan } = known
  const name = table === undefined ? 'placebo channels' : 'experiments'
  if (reading === undefined) return report.skip(name, 'needs the warehouse')
  const found = await report.check(name, async () => {
    const { conversionType } = options
    const read = table && (await readExperiments(reading.warehouse, table, conversionType, signal))
    const compared = learned?.manifest ?? (plan && plannedExport(plan, options))
    const value = compared === undefined ? [] : checkKnownCauses(options, read?.rows ?? [], compared)
    return { found: describeCauses(options, read), value }
  })
  report.find(found ?? [], options.allowFindings)
}

function describeCauses(options: OptionsOf<'doctor'>, experiments: Experiments | undefined): string {
  const { placeboChannels } = options
  const others = experiments?.ofOtherKinds ?? 0
  return [
    ...(experiments === undefined
      ? []
      : [`rows of the experiments table that count: ${experiments.rows.length}`]),
    ...(others === 0 ? [] : [`on other kinds of conversion: ${others}`]),
    ...(placeboChannels.length === 0 ? [] : [`placebo channels: ${placeboChannels.join(', ')}`]),
  ].join(', ')
}

/** Days before the session are known to fit each other only by the session. @returns undefined where they don't. */
async function checkTimes(
  report: Report,
  given: OptionsOf<'doctor'>,
  { wallClockSec }: Effects,
): Promise<Resolved<OptionsOf<'doctor'>> | undefined> {
  const resolve = () => resolveInstants(given, { timeZone: given.timeZone, sessionSec: wallClockSec() })
  const { from, to, creditFrom } = given
  if (from === undefined && to === undefined && creditFrom === undefined) return resolve()
  return await report.check('range', async () => {
    const value = resolve()
    return { found: describeRange(value), value }
  })
}

function describeRange({ from, to, creditFrom }: Resolved<OptionsOf<'doctor'>>): string {
  const parts = [
    ['from', from],
    ['to', to],
    ['credited from', creditFrom],
  ] as const
  return parts.flatMap(([word, at]) => (at === undefined ? [] : `${word} ${isoTime(at)}`)).join(', ')
}

function touchpointsOf(
  options: Resolved<OptionsOf<'doctor'>>,
  { wallClockSec, signal }: Effects,
  { warehouse }: InspectedWarehouse,
  learned: LearnedModel | undefined,
): TouchpointsToCheck {
  const nowSec = wallClockSec()
  const sessionSec = options.sessionTime ?? nowSec
  const rules = exampleRules(options, { sessionSec, nowSec })
  const { allowFindings } = options
  const trainsBiLstm = options.model !== 'hazard' && options.modelFrom === undefined
  return {
    warehouse,
    source: touchpointSource(options),
    readRules:
      options.channelTable === undefined ? undefined : () => readOwnChannelRules(options, warehouse, signal),
    rules,
    learned,
    sessionTime: isoTime(sessionSec),
    allowFindings,
    trainsBiLstm,
    signal,
  }
}

/** @param reading a warehouse, a reason why none can be asked, or undefined where its input kept it from opening. */
async function checkOutputs(
  report: Report,
  options: OptionsOf<'doctor'>,
  effects: Effects,
  reading: InspectedWarehouse | string | undefined,
): Promise<void> {
  const file = maybeMissingFile(options)
  if (typeof reading === 'string') return checkOutput(report, reading)
  if (file !== undefined) return checkOutput(report, `${file} is not there yet: the first run makes it`)
  if (reading !== undefined) return checkOutput(report, outputOf(options, effects, reading))
  const writing = await openInspected(options, effects, false).catch(() => undefined)
  if (writing === undefined) return checkOutput(report, 'needs the warehouse')
  try {
    await checkOutput(report, outputOf(options, effects, writing))
  } finally {
    await writing.inspection.close()
    await writing.warehouse.close()
  }
}

function outputOf(
  options: OptionsOf<'doctor'>,
  effects: Effects,
  { warehouse, inspection }: InspectedWarehouse,
) {
  const { signal } = effects
  const trial = { database: options.db, table: `td_mta_doctor_${effects.uniqueSuffix()}` }
  return {
    warehouse,
    inspection,
    database: options.db,
    tables: tableNames(outputTables, options),
    ifExists: options.ifExists,
    trial: options.write ? trial : undefined,
    now: new Date(effects.wallClockSec() * 1000).toISOString(),
    signal,
  }
}

async function checkClocks(
  report: Report,
  servers: readonly (AskedServer | undefined)[],
  { wallClockSec, signal }: Effects,
): Promise<void> {
  const asked = servers.filter((server) => server !== undefined)
  if (asked.length === 0) report.skip('clock', 'no server takes part')
  for (const { origin, connect } of asked) {
    await report.check('clock', () => checkClock(origin, wallClockSec, signal, connect))
  }
}
