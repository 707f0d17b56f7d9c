import { type EvidenceEntry, evidenceName, writeEvidence } from '../artifacts/evidence-files.ts'
import { type ExportManifest, writeExportManifest } from '../artifacts/manifest.ts'
import { type ShardEntry, shardName, writeShard } from '../artifacts/shards.ts'
import { ConfigError } from '../errors.ts'
import { localDaysOf } from '../examples/local-days.ts'
import type { PatternRecord } from '../examples/pattern.ts'
import type { ExampleRules } from '../examples/touchpoints.ts'
import { channelColumnNames } from '../examples/vocabulary.ts'
import type { Options } from '../options/option-table.ts'
import { type BatchTotals, type ExtractionPlan, extractBatch, planExtraction } from '../queries/extract.ts'
import { type Survey, surveyTouchpoints } from '../queries/survey.ts'
import { acquireRunLock } from '../storage/run-lock.ts'
import { refuseExistingTables, tablesOf } from '../tables/output-tables.ts'
import { exampleRules, touchpointSource } from './example-options.ts'
import { splitByLabel } from './label-split.ts'
import { timed, type World } from './world.ts'

export interface ExportSummary {
  readonly manifest: ExportManifest
  /** What the one scan before the extraction told of the touchpoints. */
  readonly survey: Survey
  readonly seconds: { readonly survey: number; readonly extraction: number; readonly total: number }
}

/**
 * Step 1: reduces the touchpoints to unique patterns with counts, in the warehouse, and leaves them as TFRecords with a
 * manifest in the shared storage. Memory does not grow with the touchpoints.
 * @throws {DataError} for touchpoints that can't be used; the former export is then still there.
 */
export async function exportTouchpoints(options: Options, world: World): Promise<ExportSummary> {
  const startedMs = world.now()
  const source = touchpointSource(options)
  const rules = exampleRules(options)
  await refuseExistingTables(world.warehouse, options.ifExists, tablesOf(options))
  const stamp = makeStamp(options, world)
  const release = await acquireRunLock(world.storage, { ...world, runId: stamp.runId, step: 'export' })
  try {
    const surveyed = await timed(world.now, () =>
      surveyTouchpoints(world.warehouse, source, rules, world.signal),
    )
    const plan = planExtraction(source, surveyed.result, rules)
    logSurvey(world, surveyed.result, plan)
    await removeFormerExport(world)
    const extracted = await timed(world.now, () => extractAll(world, plan))
    const manifest = buildManifest(options, stamp, surveyed.result, plan, extracted.result)
    await writeExportManifest(world.storage, manifest)
    const seconds = {
      survey: surveyed.seconds,
      extraction: extracted.seconds,
      total: (world.now() - startedMs) / 1000,
    }
    world.logger.info({ ...manifest.counts, seconds }, 'exported touchpoints')
    return { manifest, survey: surveyed.result, seconds }
  } finally {
    await release()
  }
}

interface RunStamp {
  readonly runId: string
  readonly sessionTime: string
}

/** @throws {ConfigError} for a run id that can't stand in a table's name or a file's. */
function makeStamp(options: Options, world: World): RunStamp {
  const sessionSec = options.sessionTime ?? world.wallClockSec()
  const sessionTime = new Date(sessionSec * 1000).toISOString()
  const runId =
    options.runId ?? `${sessionTime.replaceAll(/[-:]|\.\d+/g, '').toLowerCase()}-${world.uniqueSuffix()}`
  if (!/^[\w.:+-]{1,200}$/.test(runId)) {
    throw new ConfigError(
      `--run-id (RUN_ID) is "${runId}": letters, digits, _ . : + and - are allowed, 200 at most`,
    )
  }
  return { runId, sessionTime }
}

function logSurvey(world: World, survey: Survey, plan: ExtractionPlan): void {
  const { logger } = world
  const skipped = { rowsWithoutUser: survey.rowsWithoutUser, rowsWithoutTime: survey.rowsWithoutTime }
  if (survey.rowsWithoutUser + survey.rowsWithoutTime > 0)
    logger.warn(skipped, 'skipped rows without user or time')
  logger.info(
    { rows: survey.rows, touches: survey.touches, channels: plan.channels.length },
    'surveyed touchpoints',
  )
  if (plan.seedFormat) {
    logger.warn(
      { conversions: survey.conversionRows },
      'found conversions on touch rows only: the probability without a touch can not be told, shares have no baseline',
    )
  }
  if (plan.rules.kind === 'td-mta') {
    logger.warn(
      { examples: 'td-mta' },
      'made examples by a rule that looks into the future: for comparison only',
    )
  }
}

async function removeFormerExport(world: World): Promise<void> {
  const { storage } = world
  await storage.delete('manifest.json')
  for (const folder of ['positive_tfrecords/', 'negative_tfrecords/']) {
    for (const name of await storage.list(folder)) {
      if (/part-\d+-of-\d+\.tfrecord$/.test(name)) await storage.delete(name)
    }
  }
  for (const name of await storage.list('evidence/')) {
    if (/part-\d+-of-\d+\.spans$/.test(name)) await storage.delete(name)
  }
}

interface Extracted {
  readonly positiveShards: readonly ShardEntry[]
  readonly negativeShards: readonly ShardEntry[]
  readonly evidence: readonly EvidenceEntry[]
  readonly totals: readonly BatchTotals[]
}

async function extractAll(world: World, plan: ExtractionPlan): Promise<Extracted> {
  const positiveShards: ShardEntry[] = []
  const negativeShards: ShardEntry[] = []
  const evidence: EvidenceEntry[] = []
  const totals: BatchTotals[] = []
  for (let batch = 0; batch < plan.batches; batch++) {
    world.signal.throwIfAborted()
    const extraction = extractBatch(world.warehouse, plan, batch, world.signal)
    const { positives, negatives } = splitByLabel(extraction.records)
    const write = (label: 'positive' | 'negative', records: AsyncIterable<readonly PatternRecord[]>) =>
      writeShard(world.storage, shardName(label, batch, plan.batches), records, world.signal)
    positiveShards.push(await write('positive', positives))
    negativeShards.push(await write('negative', negatives))
    evidence.push(
      await writeEvidence(world.storage, evidenceName(batch, plan.batches), extraction.evidence()),
    )
    totals.push(extraction.totals())
    world.progress.update('export', batch + 1, plan.batches)
  }
  return { positiveShards, negativeShards, evidence, totals }
}

function buildManifest(
  options: Options,
  stamp: RunStamp,
  survey: Survey,
  plan: ExtractionPlan,
  extracted: Extracted,
): ExportManifest {
  const { positiveShards, negativeShards, totals } = extracted
  const sum = (name: keyof BatchTotals) => totals.reduce((total, batch) => total + batch[name], 0)
  const records = (shards: readonly ShardEntry[]) => shards.reduce((total, shard) => total + shard.records, 0)
  return {
    schemaVersion: 1,
    kind: 'export',
    ...stamp,
    options: manifestOptions(options, plan.rules),
    channels: [...plan.channels],
    channelColumns: [...channelColumnNames(plan.channels)],
    seedFormat: plan.seedFormat,
    period: { firstAtSec: survey.firstAtSec, lastAtSec: survey.lastAtSec },
    counts: {
      rows: survey.rows,
      rowsWithoutUser: survey.rowsWithoutUser,
      rowsWithoutTime: survey.rowsWithoutTime,
      touches: survey.touches,
      users: sum('users'),
      conversions: sum('conversions'),
      mergedConversionRows: sum('mergedConversionRows'),
      entryConversions: sum('entryConversions'),
      entryValue: sum('entryValue'),
      conversionValue: sum('conversionValue'),
      positiveExamples: sum('positiveExamples'),
      negativeExamples: sum('negativeExamples'),
      emptyNegativeExamples: sum('emptyNegativeExamples'),
      positivePatterns: records(positiveShards),
      negativePatterns: records(negativeShards),
      positiveValidationExamples: sum('positiveValidationExamples'),
      negativeValidationExamples: sum('negativeValidationExamples'),
    },
    positiveShards: [...positiveShards],
    negativeShards: [...negativeShards],
    evidence: {
      ...plan.evidence,
      firstExampleDay: firstExampleDay(plan.rules),
      files: [...extracted.evidence],
    },
  }
}

function firstExampleDay({ fromSec, timeZone }: ExampleRules): number | null {
  return fromSec === undefined ? null : localDaysOf(timeZone, fromSec, fromSec).dayOf(fromSec)
}

function manifestOptions(options: Options, rules: ExampleRules): ExportManifest['options'] {
  return {
    database: options.db,
    table: options.table,
    userColumn: options.userColumn,
    timeColumn: options.timeColumn,
    actionColumn: options.actionColumn,
    conversionColumn: options.conversionColumn,
    valueColumn: options.valueColumn ?? null,
    conversionTypeColumn: options.conversionTypeColumn ?? null,
    conversionType: options.conversionType ?? null,
    userTable: options.userTable ?? null,
    usersPerTfrecord: rules.usersPerShard ?? null,
    from: options.from ?? null,
    to: options.to ?? null,
    timeZone: options.timeZone,
    lookbackDays: options.lookbackWindowDays,
    maxChannels: options.maxChannels,
    examples: options.examples,
    validationFraction: options.validationFraction,
    seed: options.seed,
  }
}
