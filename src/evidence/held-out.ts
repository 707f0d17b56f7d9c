import type { ExportManifest } from '../artifacts/manifest.ts'
import { gridOf, negativesStoodFor, type PatternSource } from '../artifacts/pattern-source.ts'
import type { PatternRecord, ValueFunction } from '../examples/pattern.ts'
import { PatternPool, predictPools } from '../examples/pattern-pool.ts'
import { exposureRuleOf } from '../hazard/exposure.ts'
import { fitHazard } from '../hazard/hazard.ts'
import type { HazardModel } from '../hazard/model.ts'
import { hazardValueFunction } from '../hazard/terms.ts'
import { createRandom, type Random } from '../numerics/random.ts'
import { SystematicSampler } from '../numerics/systematic-sampler.ts'
import type { WeightedPredictions } from '../numerics/weighted-metrics.ts'
import { measureQuality, type Quality } from './quality.ts'

/** How good a model is on held-out users. */
export interface ModelQuality {
  /** As in method names: `stacked`, `bilstm` or `hazard`. */
  readonly model: string
  readonly quality: Quality
}

/** Examples of users that no model was fitted to, and the hazard model fitted to all other users. */
export interface HeldOut {
  readonly positives: PatternPool
  readonly negatives: PatternPool
  readonly hazard: HazardModel
  /** Conversions per example of the users that models are fitted to. */
  readonly baseRate: number
  /** Part of the day for which its own touches have an effect, on average. */
  readonly dayZeroExposure: number
}

/** Patterns of a class that are kept; of more, a sample is taken in proportion to examples. */
const MOST_PATTERNS = 32_768
const BATCH_PATTERNS = 4096

/**
 * Reads all examples once: fits the hazard model to the users that are not held out for validation, keeps the examples
 * of those who are.
 * @returns undefined if nobody is held out, or one part has no conversion.
 */
export async function maybeHoldOut(
  manifest: ExportManifest,
  source: PatternSource,
  seed: number,
  signal: AbortSignal,
): Promise<HeldOut | undefined> {
  const { counts } = manifest
  const rule = exposureRuleOf(manifest)
  const trainingPositives = counts.positiveExamples - counts.positiveValidationExamples
  const trainingNegatives = counts.negativeExamples - counts.negativeValidationExamples
  if (trainingPositives === 0 || counts.positiveValidationExamples === 0) return undefined
  const { positivePatterns, negativePatterns } = counts
  const positives = new HeldOutPool(
    manifest,
    positivePatterns,
    counts.positiveValidationExamples,
    counts.positiveValidationExamples,
    createRandom(seed, 'positive held out'),
  )
  const negatives = new HeldOutPool(
    manifest,
    negativePatterns,
    negativesStoodFor(manifest).negativeValidationExamples,
    counts.negativeValidationExamples,
    createRandom(seed, 'negative held out'),
  )
  const hazard = await fitHazard(
    gridOf(manifest),
    {
      positives: () => positives.passOn(source.positives()),
      negatives: () => negatives.passOn(source.negatives()),
    },
    { exposure: rule, sampled: source.counted?.training, signal },
  )
  return {
    positives: positives.pool,
    negatives: negatives.pool,
    hazard,
    baseRate: trainingPositives / (trainingPositives + trainingNegatives),
    dayZeroExposure: rule.dayZeroExposure,
  }
}

/** Keeps the validation examples of a stream of patterns, and passes on the others. */
class HeldOutPool {
  readonly pool: PatternPool
  private readonly sampler: SystematicSampler | undefined
  private readonly scale: number

  /** @param stoodFor examples by the patterns' counts. @param examples that there are, which the pool stands for. */
  constructor(
    manifest: ExportManifest,
    patterns: number,
    stoodFor: number,
    examples: number,
    random: Random,
  ) {
    this.pool = new PatternPool(gridOf(manifest))
    const isWhole = patterns <= MOST_PATTERNS
    this.scale = isWhole ? examples / Math.max(1, stoodFor) : examples / MOST_PATTERNS
    if (!isWhole) this.sampler = new SystematicSampler(stoodFor, MOST_PATTERNS, random.uniform())
  }

  async *passOn(records: AsyncIterable<readonly PatternRecord[]>) {
    for await (const batch of records) {
      for (const record of batch) this.keep(record)
      const others = batch.map((record) => ({ ...record, count: record.count - record.validationCount }))
      yield others.filter(({ count }) => count > 0)
    }
  }

  private keep(record: PatternRecord): void {
    if (record.validationCount === 0) return
    if (this.sampler === undefined) {
      this.pool.add(record, record.validationCount * this.scale)
      return
    }
    const times = this.sampler.times(record.validationCount)
    if (times > 0) this.pool.add(record, times * this.scale)
  }
}

/** @returns what the training users' hazard model says of the held-out examples. */
export async function predictByHazard(heldOut: HeldOut): Promise<WeightedPredictions> {
  const { hazard, positives, dayZeroExposure } = heldOut
  return await predictHeldOut(heldOut, hazardValueFunction(hazard, positives.grid, dayZeroExposure))
}

/** @returns what a model says of the held-out examples, in the same order for every model. */
export async function predictHeldOut(
  { positives, negatives }: Pick<HeldOut, 'positives' | 'negatives'>,
  predict: ValueFunction,
): Promise<WeightedPredictions> {
  const pools = [
    { label: 1, patterns: positives },
    { label: 0, patterns: negatives },
  ] as const
  return await predictPools(pools, predict, BATCH_PATTERNS)
}

/** @param predictions of a model that was fitted to the training users. @returns how good they are. */
export function measureModel(
  model: string,
  { baseRate }: Pick<HeldOut, 'baseRate'>,
  predictions: WeightedPredictions,
): ModelQuality {
  return { model, quality: measureQuality(predictions, baseRate) }
}
