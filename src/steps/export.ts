import { type ExportManifest, writeExportManifest } from '../artifacts/manifest.ts'
import { writeSegments } from '../artifacts/segments.ts'
import type { StoredRecords } from '../artifacts/stored-file.ts'
import { ConfigError } from '../errors.ts'
import { channelColumnNames } from '../examples/vocabulary.ts'
import { type Finding, finding } from '../findings/finding.ts'
import type { Options, OptionsOf, Resolved } from '../options/option-table.ts'
import { resolveInstants } from '../options/resolve.ts'
import { recordOptions } from '../options/shaping.ts'
import type { BatchTotals } from '../queries/extract.ts'
import { type ExtractionPlan, planExtraction } from '../queries/extraction-plan.ts'
import { type Survey, surveyedRules, surveyTouchpoints } from '../queries/survey.ts'
import { outputTables, type RunStamp } from '../tables/output-tables.ts'
import {
  clockOf,
  exampleRules,
  firstExampleDay,
  readOwnChannelRules,
  touchpointSource,
} from './example-options.ts'
import { checkKnownCauses, plannedExport, readOwnExperiments } from './experiments.ts'
import { type Extracted, extractAll, removeFormerExport } from './extraction.ts'
import { type Finished, runStep } from './frame.ts'
import {
  checkSameMeaning,
  type LearnedModel,
  learnedFormat,
  maybeModelFrom,
  originOf,
} from './learned-model.ts'
import { checkSeedFormat, findingsWith } from './model-findings.ts'
import { makeStamp } from './run-stamp.ts'
import { countSegments } from './segments.ts'
import type { World } from './world.ts'

/** In a run, the model that is to credit is known before the touchpoints are read. */
type GivenOptions = OptionsOf<'export'> & Partial<Pick<Options, 'model'>>
type ExportOptions = Resolved<GivenOptions>

export interface ExportSummary extends Finished<'survey' | 'extraction'> {
  readonly manifest: ExportManifest
  /** What was found in the touchpoints before the extraction. */
  readonly survey: Survey
}

/**
 * Step 1: reduces the touchpoints to unique patterns with counts, in the warehouse, and leaves them as TFRecords with a
 * manifest in the shared storage. Memory does not grow with the touchpoints.
 * @throws {DataError} for touchpoints that can't be used; the previous export is then still there.
 */
export async function exportTouchpoints(given: GivenOptions, world: World): Promise<ExportSummary> {
  const { warehouse, storage, findings, signal } = world
  const options = resolveInstants(given, { timeZone: given.timeZone, sessionSec: world.wallClockSec() })
  checkCampaignColumn(options)
  return await runStep(options, world, {
    name: 'export',
    phases: { survey: 0, extraction: 0 },
    read: async () => ({
      stamp: makeStamp(options, world),
      learned: await maybeFittingModel(options, world),
      experiments: await readOwnExperiments(options, world, options.conversionType),
      channelRules: await readOwnChannelRules(options, warehouse, signal),
    }),
    tables: outputTables,
    work: async ({ stamp, learned, experiments, channelRules }, time) => {
      findings.add(channelRules.findings)
      const source = touchpointSource(options, channelRules.rules)
      const rules = exampleRules(options, clockOf(stamp.sessionTime, world.wallClockSec()))
      const survey = await time('survey', () => surveyTouchpoints(warehouse, source, rules, signal))
      findings.add(findingsWith(learned, survey, stamp.sessionTime))
      if (learned !== undefined) checkSeedFormat(learned, survey)
      findings.refuseErrors(options.allowFindings)
      const plan = planExtraction(survey, rules, learned && learnedFormat(learned))
      checkKnownCauses(options, experiments, learned?.manifest ?? plannedExport(plan, options))
      logSurvey(world, survey, plan)
      await removeFormerExport(storage)
      const extracted = await time('extraction', () => extractAll(world, plan))
      const counts = countsOf(survey, extracted)
      findings.add(mergedConversions(counts.mergedConversionRows))
      const left = { stamp, learned, survey, plan, extracted, counts }
      await leaveSegments(world, buildManifest(options, { ...left, findings: findings.list }))
      const manifest = buildManifest(options, { ...left, findings: findings.list })
      await writeExportManifest(storage, manifest)
      return { manifest, survey }
    },
    message: 'exported touchpoints',
    facts: ({ manifest }) => manifest.counts,
  })
}

/** @throws {ConfigError} where campaigns can't be told apart. */
function checkCampaignColumn({ campaignColumn, examples }: ExportOptions): void {
  if (campaignColumn === undefined || examples !== 'td-mta') return
  throw new ConfigError(
    "--campaign-column (CAMPAIGN_COLUMN) needs --examples (EXAMPLES) user-days: by td-mta, the original's rule, " +
      'campaigns can only be compared as channels of their own',
  )
}

async function leaveSegments(world: World, manifest: ExportManifest): Promise<void> {
  const segments = await countSegments(manifest, world)
  if (segments !== undefined) await writeSegments(world.storage, manifest.runId, segments)
}

/** @throws {DataError} where the model was learned from examples of another meaning, or is not the one that is asked for. */
async function maybeFittingModel(options: ExportOptions, world: World): Promise<LearnedModel | undefined> {
  const learned = await maybeModelFrom(world, options.model)
  if (learned !== undefined) checkSameMeaning(learned, options)
  return learned
}

function logSurvey({ logger }: World, survey: Survey, plan: ExtractionPlan): void {
  logger.info(
    {
      rows: survey.rows,
      touches: survey.touches,
      channels: plan.channels.length,
      ...(survey.ignoredTouches > 0 ? { ignoredTouches: survey.ignoredTouches } : {}),
    },
    'surveyed touchpoints',
  )
  const { oneOf } = plan.negativeSample
  if (oneOf > 1) logger.info({ oneOf }, 'keeps days without a conversion of some users, each for several')
  if (plan.rules.kind === 'td-mta') {
    logger.warn(
      { examples: 'td-mta' },
      'made examples by a rule that looks into the future: for comparison only',
    )
  }
}

function mergedConversions(rows: number): readonly Finding[] {
  if (rows === 0) return []
  return [
    finding('merged-conversions', {
      count: rows,
      what: 'with a conversion in the same second as another one of the user: counted as one',
    }),
  ]
}

/** What the manifest is made of. */
interface Left {
  readonly stamp: RunStamp
  readonly learned: LearnedModel | undefined
  readonly survey: Survey
  readonly plan: ExtractionPlan
  readonly extracted: Extracted
  readonly counts: ExportManifest['counts']
  readonly findings: readonly Finding[]
}

function buildManifest(options: ExportOptions, left: Left): ExportManifest {
  const { survey, plan, extracted } = left
  const { runId, sessionTime } = left.stamp
  return {
    schemaVersion: 6,
    kind: 'export',
    runId,
    sessionTime,
    options: recordOptions({
      ...options,
      usersPerTfrecord: plan.rules.usersPerShard,
      maxChannels: plan.rules.maxChannels,
      afterConversion: plan.rules.afterConversion,
    }),
    ...(left.learned === undefined ? {} : { modelFrom: originOf(left.learned) }),
    channels: [...plan.channels],
    channelColumns: [...channelColumnNames(plan.channels)],
    ...maybeRules(survey),
    seedFormat: plan.seedFormat,
    period: { firstAtSec: survey.firstAtSec, lastAtSec: survey.lastAtSec },
    counts: left.counts,
    ...maybeSampled(plan, extracted),
    ...(extracted.campaigns === undefined ? {} : { campaigns: extracted.campaigns }),
    findings: [...left.findings],
    positiveShards: [...extracted.positiveShards],
    negativeShards: [...extracted.negativeShards],
    evidence: {
      ...plan.evidence,
      firstExampleDay: firstExampleDay(plan.rules),
      files: [...extracted.evidence],
    },
  }
}

function maybeRules(survey: Survey): Pick<ExportManifest, 'channelRules'> {
  const channelRules = surveyedRules(survey)
  if (channelRules === undefined) return {}
  const { rules, names, merged } = channelRules
  return { channelRules: { rules: [...rules], names: [...names], merged: [...merged] } }
}

/** What a sample of users' days without a conversion lacks, added up over the batches. */
function maybeSampled(
  { negativeSample }: ExtractionPlan,
  { sampled }: Extracted,
): Pick<ExportManifest, 'sampled'> {
  const [first] = sampled
  if (first === undefined) return {}
  const sum = (name: 'negativeExamples' | 'negativeValidationExamples') =>
    sampled.reduce((total, batch) => total + batch[name], 0)
  const cells = (name: 'negativeCells' | 'negativeValidationCells') =>
    first[name].map((_, cell) => sampled.reduce((total, batch) => total + (batch[name][cell] ?? 0), 0))
  return {
    sampled: {
      oneOf: negativeSample.oneOf,
      negativeExamples: sum('negativeExamples'),
      negativeValidationExamples: sum('negativeValidationExamples'),
      negativeCells: cells('negativeCells'),
      negativeValidationCells: cells('negativeValidationCells'),
    },
  }
}

function countsOf(
  { rows, rowsWithoutUser, rowsWithoutTime, duplicateRows, touches }: Survey,
  { positiveShards, negativeShards, totals }: Extracted,
): ExportManifest['counts'] {
  const sum = (name: keyof BatchTotals) => totals.reduce((total, batch) => total + batch[name], 0)
  const records = (shards: readonly StoredRecords[]) =>
    shards.reduce((total, shard) => total + shard.records, 0)
  return {
    rows,
    rowsWithoutUser,
    rowsWithoutTime,
    duplicateRows,
    touches,
    users: sum('users'),
    conversions: sum('conversions'),
    mergedConversionRows: sum('mergedConversionRows'),
    entryConversions: sum('entryConversions'),
    credited: {
      conversions: sum('creditedExamples') + sum('creditedEntryConversions'),
      examples: sum('creditedExamples'),
      entryConversions: sum('creditedEntryConversions'),
      value: sum('creditedValue'),
      entryValue: sum('creditedEntryValue'),
    },
    positiveExamples: sum('positiveExamples'),
    negativeExamples: sum('negativeExamples'),
    emptyNegativeExamples: sum('emptyNegativeExamples'),
    positivePatterns: records(positiveShards),
    negativePatterns: records(negativeShards),
    positiveValidationExamples: sum('positiveValidationExamples'),
    negativeValidationExamples: sum('negativeValidationExamples'),
  }
}
