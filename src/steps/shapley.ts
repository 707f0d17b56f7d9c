import type { ExportManifest, ModelManifest, ModelOrigin } from '../artifacts/manifest.ts'
import {
  type ExportedConversions,
  gridOf,
  openPatternSource,
  readConvertingPatterns,
} from '../artifacts/pattern-source.ts'
import {
  type ComparisonDocument,
  readResult,
  type ShapleyDocument,
  type SignalVerdict,
  writeResult,
} from '../artifacts/results.ts'
import { readSegments, type Segments } from '../artifacts/segments.ts'
import { DataError } from '../errors.ts'
import { maybeHoldOut } from '../evidence/held-out.ts'
import type { ConvertingPatterns } from '../examples/pattern.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { attributeByHazard } from '../hazard/hazard-credit.ts'
import { compensatedSum } from '../numerics/compensated-sum.ts'
import type { OptionsOf } from '../options/option-table.ts'
import { checkPlainWords } from '../queries/plain-words.ts'
import { creditSplit } from '../shapley/campaign-credit.ts'
import type { CellCredits, PatternCredit } from '../shapley/credit.ts'
import { buildShapleyChannelShares, buildShapleyRows, maybeShares } from '../shapley/totals.ts'
import { attribution, attributionRows, type MethodRows } from '../tables/attribution.ts'
import { confounding } from '../tables/confounding.ts'
import { credits } from '../tables/credits.ts'
import { type EvidenceRow, evidence } from '../tables/evidence.ts'
import { isSkipped, optionsToRewrite, tableWrites } from '../tables/output-tables.ts'
import { performance } from '../tables/performance.ts'
import { shapley, shapleyChannel } from '../tables/shapley.ts'
import { version } from '../version.ts'
import type { WrittenTable } from '../warehouse/warehouse.ts'
import { afterConversionFindings } from './after-conversion.ts'
import { maybeCampaignSplit } from './campaigns.ts'
import { askCausalMethods, type CausalAnswers } from './causal-methods.ts'
import { channelIntervalRows } from './channel-intervals.ts'
import { type CreditEstimate, estimateFindings } from './credit-estimate.ts'
import { creditModels } from './credit-models.ts'
import { creditsWrites } from './credits-table.ts'
import {
  type CreditedSample,
  evidenceRows,
  hazardNoise,
  judgeSignal,
  readEvidenceSample,
} from './evidence.ts'
import { type KnownCauses, readKnownCauses } from './experiments.ts'
import { type Exported, type Finished, headOf, readExported, runStep, type TimePhase } from './frame.ts'
import { checkFits, type LearnedModel, maybeModelFrom, originOf, readLearnedModel } from './learned-model.ts'
import { learningFindings } from './learning-findings.ts'
import { methodRowsOf } from './method-rows.ts'
import {
  type CreditedExamples,
  HAZARD_METHOD,
  type MethodCredits,
  type ModelAnswers,
} from './model-answers.ts'
import { pairCredits, pairRows } from './pair-credits.ts'
import { leavePerformance, performanceOf, type RunSpend, readRunSpend } from './performance.ts'
import { segmentRows } from './segments.ts'
import { readTwinTables, wasSkipped } from './twin-step.ts'
import type { World } from './world.ts'

type ShapleyOptions = OptionsOf<'shapley'>

export interface ShapleySummary extends Finished<'credit' | 'evaluation' | 'evidence'> {
  readonly manifest: ExportManifest
  readonly model: ModelManifest
  /** Conversions that the model was learned from. */
  readonly learnedConversions: number
  /** The run whose model it is, where that is another one. */
  readonly modelFrom: ModelOrigin | undefined
  /** The shares of the first one fill `shapley` and `shapley_channel`. */
  readonly methods: readonly [MethodCredits, ...MethodCredits[]]
  /** Of the nets' credits; undefined where all are exact. */
  readonly estimate: CreditEstimate | undefined
  readonly identity: Identity
  readonly signal: SignalVerdict
  /** Rows of the table `evidence`. */
  readonly evidence: readonly EvidenceRow[]
  /** Rows of the table `confounding`. */
  readonly confounding: CausalAnswers['confounding']
  /** What placebo channels and experiments say about the hazard model. */
  readonly known: CausalAnswers['known']
  readonly tables: readonly WrittenTable[]
}

/** The sum of all cells' credits and the baseline, and the conversions that it has to equal. */
export interface Identity {
  readonly credited: number
  readonly conversions: number
}

/**
 * Step 3: credits the conversions to channels and days and writes all its tables as one set. Running it again with the same run id gives the same tables.
 * @throws {DataError} where export or model is missing, or the model was trained on another export.
 */
export async function explainConversions(options: ShapleyOptions, world: World): Promise<ShapleySummary> {
  return await runStep(options, world, {
    name: 'shapley',
    phases: { credit: 0, evaluation: 0, evidence: 0 },
    read: () => readFormerSteps(options, world),
    tables: [shapley, shapleyChannel, attribution, evidence, confounding, credits, performance],
    alreadyWritten: ({ twins }) => twins.map(({ table }) => table),
    work: async (former, time, spent) => {
      const { manifest, learned } = former
      const credited = await creditExamples(options, world, former, time)
      const { answers, causal, signal } = credited
      const [leading] = answers.models
      spent.evaluation = answers.models.reduce((sum, { credits }) => sum + credits.evaluationSeconds, 0)
      warnOfAnswers(world, answers)
      world.findings.add(unsharedConversions(manifest, leading))
      world.findings.add(learningFindings(learned.manifest, answers, signal))
      const netsPart = answers.weight?.weight ?? 1
      world.findings.add(estimateFindings(answers.estimate, manifest.counts.credited.examples, netsPart))
      world.findings.add(causal.findings)
      world.findings.add(credited.afterConversion)
      const identity = checkConversions(manifest, leading.credits)
      world.findings.refuseErrors(options.allowFindings)
      const left = await leaveResults(options, world, former, credited)
      return {
        manifest,
        model: learned.model,
        learnedConversions: learned.manifest.counts.conversions,
        modelFrom: maybeOrigin(former),
        methods: [...answers.models, ...causal.credits],
        estimate: answers.estimate,
        identity,
        signal,
        confounding: causal.confounding,
        known: causal.known,
        ...left,
      }
    },
    message: 'credited conversions',
    facts: ({ identity }) => ({ ...identity }),
  })
}

/** Export and model, which fit together, and the spend of the run. */
interface FormerSteps extends Exported {
  readonly learned: LearnedModel
  /** The model is that of another run. */
  readonly isFromElsewhere: boolean
  readonly spend: RunSpend | undefined
  readonly known: KnownCauses
  readonly compared: ComparisonDocument | undefined
  /** The tables that `compare` of this run has written, too. */
  readonly twins: Awaited<ReturnType<typeof readTwinTables>>
}

async function readFormerSteps(options: ShapleyOptions, world: World): Promise<FormerSteps> {
  const exported = await readExported(options, world.storage)
  const learned = await readModel(options, world, exported)
  checkCounts(exported.manifest)
  checkCreditsTable(options, exported.manifest)
  if (options.model !== 'hazard' && learned.model.bilstm === null) {
    throw new DataError(
      'the model was trained with --model hazard: give --model (MODEL) hazard here, or train again',
    )
  }
  const spend = await readRunSpend(options, world, exported)
  const known = await readKnownCauses(options, world, learned.manifest)
  const compared = await readResult(world.storage, 'comparison', exported.crc32c)
  const twins = await readTwinTables(options, world, exported, compared, spend?.former)
  const isFromElsewhere = learned.storage !== world.storage
  return { ...exported, learned, isFromElsewhere, spend, known, compared, twins }
}

function maybeOrigin({ learned, isFromElsewhere }: FormerSteps): ModelOrigin | undefined {
  return isFromElsewhere ? originOf(learned) : undefined
}

/** @returns the model of `--model-from`, or else the run's own. */
async function readModel(
  { model: asked }: Pick<ShapleyOptions, 'model'>,
  world: World,
  exported: Exported,
): Promise<LearnedModel> {
  const { manifest } = exported
  const other = await maybeModelFrom(world, asked)
  if (other !== undefined) {
    checkFits(other, manifest)
    return other
  }
  if (manifest.modelFrom === undefined) return await readLearnedModel(world.storage, exported)
  throw new DataError(
    `the export has the channels of another run's model (run ${manifest.modelFrom.runId}): give its data directory with ` +
      '--model-from (MODEL_FROM) here, too, or export again without it',
  )
}

/** @throws {ConfigError} before anything is credited. Patterns of campaigns are text, and may have any number of cells. */
function checkCreditsTable(
  { creditsTable }: Pick<ShapleyOptions, 'creditsTable'>,
  manifest: ExportManifest,
): void {
  if (creditsTable === undefined || manifest.campaigns !== undefined) return
  checkPlainWords(gridOf(manifest), '--credits-table (CREDITS_TABLE)')
}

/** @throws {DataError} where the counts can't be, whatever the checksum: what follows counts on them. */
function checkCounts({ counts }: ExportManifest): void {
  checkSum('counts', { ...counts, examples: counts.positiveExamples })
  checkSum('counts.credited', counts.credited)
}

function checkSum(
  path: string,
  {
    conversions,
    examples,
    entryConversions,
  }: Pick<ExportManifest['counts']['credited'], 'conversions' | 'examples' | 'entryConversions'>,
): void {
  if (examples + entryConversions === conversions) return
  throw new DataError(
    `manifest.json: ${path}.conversions: ${conversions}, but ${examples} positive examples and ` +
      `${entryConversions} entry conversions: export again`,
  )
}

/** What the models say about the examples, and what the data say about the models. */
interface Credited {
  readonly answers: ModelAnswers
  readonly causal: CausalAnswers
  /** Patterns of the conversions to credit. */
  readonly converting: ConvertingPatterns
  readonly split: CreditedExamples['split']
  /** Undefined where they are not asked for. */
  readonly segments: Segments | undefined
  readonly signal: SignalVerdict
  readonly afterConversion: readonly Finding[]
}

async function creditExamples(
  options: ShapleyOptions,
  world: World,
  { manifest, learned, known }: FormerSteps,
  time: TimePhase<'evidence' | 'credit'>,
): Promise<Credited> {
  const { signal: stop, storage } = world
  const conversions = await readConvertingPatterns(manifest, openPatternSource(storage, manifest, stop))
  const split = await maybeCampaignSplit(world, manifest, learned.model, conversions.credited)
  const evidence = await time('evidence', async () => {
    const sample = await readEvidenceSample(manifest, storage)
    return await weighModel(options, world, learned, known, { ...conversions, split }, { manifest, sample })
  })
  const converting = conversions.credited
  const examples = { manifest, learned, converting, split, ...evidence }
  const segments =
    manifest.options.segmentColumn === null ? undefined : await readSegments(storage, manifest.runId)
  const withPatterns = options.creditsTable !== undefined || segments !== undefined
  const answers = await time('credit', () => creditModels(options, world, examples, withPatterns))
  const { causal, signal, afterConversion } = evidence
  return { answers, causal, converting, split, segments, signal, afterConversion }
}

/** What the data that a model was learned from say about it: they lie beside the model, wherever that is. */
async function weighModel(
  options: ShapleyOptions,
  world: World,
  learned: LearnedModel,
  known: KnownCauses,
  { split, ...conversions }: ExportedConversions & Pick<CreditedExamples, 'split'>,
  credited: CreditedSample,
) {
  const { storage, manifest } = learned
  const source = openPatternSource(storage, manifest, world.signal)
  const isOwn = storage === world.storage
  const sample = isOwn ? credited.sample : await readEvidenceSample(manifest, storage)
  const ofModel = isOwn ? conversions : await readConvertingPatterns(manifest, source)
  const both = { learned: ofModel.learned, credited: conversions.credited }
  const noise = await hazardNoise(options, world, learned, both, sample, credited)
  return {
    signal: await judgeSignal(options, world, manifest, sample),
    noise,
    causal: await askCausalMethods(
      {
        learned,
        conversions: both,
        sample,
        credits: creditSplit(split, (add) => attributeByHazard(learned.model.hazard, both.credited, add))
          .credits,
        split,
        noise,
        learnedNoise: async () =>
          both.credited === both.learned
            ? noise
            : await hazardNoise(options, world, learned, { ...both, credited: both.learned }, sample, {
                manifest,
                sample,
              }),
      },
      known,
    ),
    afterConversion: afterConversionFindings(manifest, sample),
    heldOut: await maybeHoldOut(manifest, source, options.seed, world.signal),
  }
}

/** Writes the tables as one set, then what later steps read. */
async function leaveResults(options: ShapleyOptions, world: World, former: FormerSteps, credited: Credited) {
  const { manifest, learned, stamp, spend, compared, twins } = former
  const { answers, causal, converting, signal, split } = credited
  const leading = answers.models[0].credits
  const methods = withSegments(
    methodRowsOf(manifest, [...answers.models, ...causal.credits], learned.model.campaigns),
    credited,
    former,
  )
  const pairs = pairCredits(learned.model, manifest, converting)
  const measures = [
    ...evidenceRows(manifest, learned.manifest, signal, answers),
    ...pairRows(pairs),
    ...causal.evidence,
  ]
  const allMethods = [...methods, ...(compared?.methods ?? [])]
  const costs = performanceOf(allMethods, spend)
  const grid = gridOf(manifest)
  const forAttribution = optionsToRewrite(options, wasSkipped(twins, attribution))
  const forPerformance = optionsToRewrite(options, wasSkipped(twins, performance))
  const channelRow = { shares: buildShapleyChannelShares(leading, grid) }
  const writes = [
    ...tableWrites(shapley, options, stamp, buildShapleyRows(leading, grid), manifest.channelColumns),
    ...tableWrites(shapleyChannel, options, stamp, [channelRow], manifest.channelColumns),
    ...tableWrites(attribution, forAttribution, stamp, attributionRows(allMethods)),
    ...tableWrites(evidence, options, stamp, [
      ...measures,
      ...methods.slice(0, 1).flatMap(channelIntervalRows),
    ]),
    ...tableWrites(confounding, options, stamp, causal.confounding),
    ...tableWrites(performance, forPerformance, stamp, costs),
    ...(await creditsWrites(options, world, former, {
      converting,
      patterns: answers.patterns,
      credits: leading,
      split,
    })),
  ]
  const written = await world.warehouse.writeTables(writes, world.signal)
  await writeResult(world.storage, {
    ...headOf(former),
    kind: 'shapley',
    modelFrom: maybeOrigin(former),
    methods,
    signal,
    evidence: measures,
    confounding: causal.confounding,
    known: causal.known,
    pairs,
    calibration: answers.models.flatMap(({ quality: measured }) =>
      measured === undefined ? [] : [{ model: measured.model, bins: measured.quality.bins }],
    ),
    attributionSkipped: isSkipped(attribution, options, written),
    options: shownOptions(options),
    findings: world.findings.list,
    version,
  })
  await leavePerformance(options, world, former, costs, written)
  return { evidence: measures, tables: written }
}

/** @returns the rows with those of each segment, for the leading method and the hazard model. */
function withSegments(
  methods: readonly MethodRows[],
  { answers, converting, segments, split }: Credited,
  { manifest, learned }: FormerSteps,
): readonly MethodRows[] {
  if (segments === undefined) return methods
  return methods.map((rows, at) => {
    const answer = answers.models.find(({ method }) => method === rows.method)
    if (answer === undefined || (at > 0 && rows.method !== HAZARD_METHOD)) return rows
    const patterns = at === 0 ? answers.patterns : hazardPatterns(learned, converting)
    const whole = patterns.map((one) => split?.meanCredit(one) ?? { conversions: one })
    return {
      ...rows,
      rows: [
        ...rows.rows,
        ...segmentRows(segments, { patterns: whole, credits: answer.credits, converting }, manifest),
      ],
    }
  })
}

function hazardPatterns({ model }: LearnedModel, converting: ConvertingPatterns): readonly PatternCredit[] {
  const found: PatternCredit[] = []
  attributeByHazard(model.hazard, converting, (one) => void found.push(one))
  return found
}

/** @throws {Error} if credits, baseline and entry conversions differ from all conversions by more than 1e-9 of them. */
function checkConversions(manifest: ExportManifest, credits: CellCredits): Identity {
  const { conversions, entryConversions } = manifest.counts.credited
  const credited = compensatedSum([...credits.conversions, credits.baselineConversions, entryConversions])
  if (Math.abs(credited - conversions) > 1e-9 * conversions) {
    throw new Error(`credits and baseline add up to ${credited} instead of ${conversions} conversions`)
  }
  return { credited, conversions }
}

/** Warns of a model that is worse than a constant, and of a method without shares. */
function warnOfAnswers({ logger }: World, { models }: ModelAnswers): void {
  for (const { method, credits, quality: measured } of models) {
    if (measured !== undefined && measured.quality.logLoss >= measured.quality.constantLogLoss) {
      const { model, quality } = measured
      const { logLoss, constantLogLoss } = quality
      logger.warn(
        { model, logLoss, constantLogLoss },
        'found a model worse than a constant on held-out users',
      )
    }
    if (maybeShares(credits.conversions) !== undefined) continue
    logger.warn({ method }, 'found no positive total of credit over all channels: shares are NULL')
  }
}

/** In the seed format there is no baseline that could have what no channel has. */
function unsharedConversions(
  { counts, seedFormat }: ExportManifest,
  leading: MethodCredits,
): readonly Finding[] {
  const { conversions } = counts.credited
  if (!seedFormat || conversions === 0 || maybeShares(leading.credits.conversions) !== undefined) return []
  const what = `that ${leading.method} can't share among the channels`
  return [finding('conversions-without-credit', { count: conversions, what })]
}

const creditOptions = ['model', 'evaluations', 'signalDraws', 'seed'] as const

/** @returns the options that the report shows; those of earlier steps are in their manifests. */
function shownOptions(options: ShapleyOptions): ShapleyDocument['options'] {
  return Object.fromEntries(creditOptions.map((name) => [name, options[name] ?? null]))
}
