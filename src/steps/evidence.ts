import { type EvidenceRows, readEvidence } from '../artifacts/evidence-files.ts'
import type { ExportManifest } from '../artifacts/manifest.ts'
import { type ExportedConversions, gridOf } from '../artifacts/pattern-source.ts'
import type { SignalVerdict } from '../artifacts/results.ts'
import { DataError } from '../errors.ts'
import { type CreditNoise, estimateHazardNoise } from '../evidence/intervals.ts'
import { lossVerdict, rankVerdict } from '../evidence/quality.ts'
import { buildEvidenceSample, type EvidenceSample, firstUsers } from '../evidence/sample.ts'
import { hasSignal, signalVerdict, testSignal } from '../evidence/signal-test.ts'
import { wordLayoutOf } from '../examples/pattern-words.ts'
import { exposureRuleOf } from '../hazard/exposure.ts'
import { createRandom } from '../numerics/random.ts'
import type { OptionsOf } from '../options/option-table.ts'
import { evidenceKeys } from '../queries/evidence-key.ts'
import type { Storage } from '../storage/storage.ts'
import type { EvidenceRow } from '../tables/evidence.ts'
import type { LearnedModel } from './learned-model.ts'
import type { ModelAnswers } from './model-answers.ts'
import type { World } from './world.ts'

/** Resamples for the intervals of the hazard's credits: they estimate a standard deviation to 5%. */
const NOISE_DRAWS = 200
/** Of the signal test, whose every draw fits the model again: more users would take longer, and show no more. */
const SIGNAL_SPANS = 60_000

/**
 * @returns the sample that the export left.
 * @throws {DataError} where its files are not what the manifest says.
 */
export async function readEvidenceSample(
  manifest: ExportManifest,
  storage: Storage,
): Promise<EvidenceSample> {
  const grid = gridOf(manifest)
  const layout = wordLayoutOf(grid)
  const parts = []
  const keys = evidenceKeys(manifest.evidence, grid.lookbackDays)
  for (const entry of manifest.evidence.files) {
    const rows = await readEvidence(storage, entry, layout)
    checkKeys(rows, keys, `${storage.location}/${entry.name}`)
    parts.push(rows)
  }
  const { examples } = manifest.options
  const afterConversion = manifest.options.afterConversion ?? 'used-up'
  return buildEvidenceSample(parts, { ...manifest.evidence, examples, afterConversion }, grid)
}

function checkKeys(rows: EvidenceRows, keys: number, place: string): void {
  for (let at = 0; at < rows.count; at++) {
    if (rows.keyOf(at) < keys) continue
    throw new DataError(
      `${place}: row ${at + 1} holds key ${rows.keyOf(at)}, this export has keys below ${keys}; export again`,
    )
  }
}

/** Tests the data for a signal, and logs the outcome: a warning where there is none. */
export async function judgeSignal(
  { signalDraws: draws, seed }: Pick<OptionsOf<'shapley'>, 'signalDraws' | 'seed'>,
  { logger, signal }: World,
  manifest: ExportManifest,
  sample: EvidenceSample,
): Promise<SignalVerdict> {
  const random = createRandom(seed, 'signal test')
  const result = await testSignal(firstUsers(sample, SIGNAL_SPANS), {
    rule: exposureRuleOf(manifest),
    draws,
    random,
    signal,
  })
  const verdict = { ...result, hasSignal: hasSignal(result), verdict: signalVerdict(result) }
  const { pValue } = result
  if (verdict.hasSignal) logger.info({ pValue }, 'found a signal: association, not proof of effect')
  else logger.warn({ pValue }, 'found no signal: shares mean nothing')
  return verdict
}

/** What is credited, and the sample of users that it is from. */
export interface CreditedSample {
  readonly manifest: ExportManifest
  readonly sample: EvidenceSample
}

/**
 * @param sample of the users that the model was learned from.
 * @returns how much the hazard model's credits would vary with other users.
 */
export async function hazardNoise(
  { seed }: Pick<OptionsOf<'shapley'>, 'seed'>,
  { signal }: World,
  { manifest, model }: Pick<LearnedModel, 'manifest' | 'model'>,
  conversions: ExportedConversions,
  sample: EvidenceSample,
  credited: CreditedSample,
): Promise<CreditNoise> {
  const fit = { ...model.hazard, exposure: Float64Array.from(model.hazard.exposure) }
  return await estimateHazardNoise(fit, conversions, sample, {
    rule: exposureRuleOf(manifest),
    draws: NOISE_DRAWS,
    random: createRandom(seed, 'credit noise'),
    creditedSample: credited.sample,
    entryConversions: credited.manifest.counts.credited.entryConversions,
    seedFormat: manifest.seedFormat,
    signal,
  })
}

/**
 * @param learned the export that the model was learned from.
 * @returns the rows of the table `evidence`: conversions, signal test, the stacked model's weight, then a few measures of
 *   each model.
 */
export function evidenceRows(
  { counts }: ExportManifest,
  learned: Pick<ExportManifest, 'counts'>,
  signal: SignalVerdict,
  { models, weight }: Pick<ModelAnswers, 'models' | 'weight'>,
): readonly EvidenceRow[] {
  const row = (measure: string, value: number, verdict: string | null = null): EvidenceRow => {
    return { measure, value, lower: null, upper: null, verdict }
  }
  const qualities = models.flatMap(({ quality }) => (quality === undefined ? [] : [quality]))
  const [first] = qualities
  return [
    row('learned_conversions', learned.counts.conversions),
    row('credited_conversions', counts.credited.conversions),
    row('signal_p_value', signal.pValue, signal.verdict),
    row('signal_statistic', signal.statistic),
    row('signal_draws', signal.draws),
    ...(weight === undefined ? [] : [row('stacked_weight', weight.weight, weight.verdict)]),
    ...(first === undefined ? [] : [row('log_loss_constant', first.quality.constantLogLoss)]),
    ...qualities.flatMap(({ model, quality }) => [
      row(`log_loss_${model}`, quality.logLoss, lossVerdict(quality)),
      row(`auc_${model}`, quality.auc, rankVerdict(quality)),
      row(`calibration_error_${model}`, quality.calibrationError),
    ]),
  ]
}
