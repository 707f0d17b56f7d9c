import type { CellGrid, PatternRecord } from '../examples/pattern.ts'
import { PatternPool } from '../examples/pattern-pool.ts'
import type { Random } from '../numerics/random.ts'
import { SystematicSampler } from '../numerics/systematic-sampler.ts'

/** How many of a record's examples belong to a part. */
export type WeightOf = (record: PatternRecord) => number

export const trainingWeight: WeightOf = ({ count, validationCount }) => count - validationCount
export const validationWeight: WeightOf = ({ validationCount }) => validationCount

/** One class of examples, as a stream that can be read again and again. */
export type OpenPatterns = () => AsyncIterable<readonly PatternRecord[]>

/** What one pass over a class found. */
export interface ClassSurvey {
  readonly training: SurveyedPart
  readonly validation: SurveyedPart
}

/** Totals of a part, and its patterns if they are few enough to keep. */
export interface SurveyedPart {
  readonly examples: number
  readonly patterns: PatternPool | undefined
}

/**
 * Reads a class once.
 * @param most patterns to keep of each part; a part with more is only counted.
 * @throws the signal's reason when it is aborted.
 */
export async function surveyClass(
  grid: CellGrid,
  open: OpenPatterns,
  most: { readonly training: number; readonly validation: number },
  signal: AbortSignal,
): Promise<ClassSurvey> {
  const training = new PartReader(grid, trainingWeight, most.training)
  const validation = new PartReader(grid, validationWeight, most.validation)
  for await (const records of open()) {
    signal.throwIfAborted()
    for (const record of records) {
      training.read(record)
      validation.read(record)
    }
  }
  return { training, validation }
}

class PartReader implements SurveyedPart {
  examples = 0
  patterns: PatternPool | undefined
  private readonly weightOf: WeightOf
  private readonly most: number

  constructor(grid: CellGrid, weightOf: WeightOf, most: number) {
    this.patterns = new PatternPool(grid)
    this.weightOf = weightOf
    this.most = most
  }

  read(record: PatternRecord): void {
    const weight = this.weightOf(record)
    if (weight <= 0) return
    this.examples += weight
    if (this.patterns === undefined) return
    if (this.patterns.count < this.most) this.patterns.add(record, weight)
    else this.patterns = undefined
  }
}

/** Options of {@link takeSample}. */
export interface SampleOptions {
  readonly weightOf: WeightOf
  /** Weight of all records. */
  readonly total: number
  /** Number of draws, an upper bound of the patterns. */
  readonly most: number
  readonly random: Random
}

/**
 * Reads a class once and takes a systematic sample in proportion to weight.
 * @returns the drawn patterns, weighted to represent all.
 * @throws the signal's reason when it is aborted.
 */
export async function takeSample(
  grid: CellGrid,
  open: OpenPatterns,
  { weightOf, total, most, random }: SampleOptions,
  signal: AbortSignal,
): Promise<PatternPool> {
  const sampler = new SystematicSampler(total, most, random.uniform())
  const pool = new PatternPool(grid)
  for await (const records of open()) {
    signal.throwIfAborted()
    for (const record of records) {
      const times = sampler.times(weightOf(record))
      if (times > 0) pool.add(record, (times * total) / most)
    }
  }
  return pool
}
