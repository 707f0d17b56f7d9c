import { DataError } from '../errors.ts'
import type { CellGrid } from '../examples/pattern.ts'
import type { LabelledPool } from '../examples/pattern-pool.ts'
import { createRandom } from '../numerics/random.ts'
import {
  type OpenPatterns,
  type SurveyedPart,
  surveyClass,
  takeSample,
  validationWeight,
} from './class-survey.ts'
import { PatternDraws } from './pattern-draws.ts'
import { TrainingBatches } from './training-batches.ts'

/** How examples are read. */
export interface ExampleOptions {
  readonly grid: CellGrid
  readonly batchSize: number
  readonly shuffleBufferSize: number
  readonly seed: number
  /** Examples as the manifest counts them. */
  readonly totals: ExampleTotals
}

/** Examples of each class and part. */
export interface ExampleTotals {
  readonly positiveTraining: number
  readonly negativeTraining: number
  readonly positiveValidation: number
  readonly negativeValidation: number
}

/** Both classes as streams that can be read again and again. */
export interface TrainingSource {
  positives: OpenPatterns
  negatives: OpenPatterns
}

/** Examples ready to be drawn; `validation` is empty if no user is held out. */
export interface SurveyedExamples {
  readonly batches: TrainingBatches
  readonly validation: readonly LabelledPool[]
}

/**
 * Most draws of a class for validation: more would cost time, and the noise that they leave in a loss of 0.04 is below
 * 0.0001 and the same in every epoch.
 */
const MOST_VALIDATION_DRAWS = 32_768

/**
 * Reads both classes once. Of more validation patterns than {@link MOST_VALIDATION_DRAWS} a sample is taken in proportion
 * to the examples, the same for every epoch.
 * @throws {DataError} where one class has no training examples, or the streams don't contain what `totals` say.
 * @throws the signal's reason when it is aborted.
 */
export async function surveyExamples(
  options: ExampleOptions,
  source: TrainingSource,
  signal: AbortSignal,
): Promise<SurveyedExamples> {
  const { grid, shuffleBufferSize: most, seed, totals } = options
  const mostValidation = Math.min(most, MOST_VALIDATION_DRAWS)
  checkTrainable(totals)
  const drawn = []
  const validation: LabelledPool[] = []
  for (const label of [1, 0] as const) {
    const name = label === 1 ? 'positive' : 'negative'
    const open = () => (label === 1 ? source.positives() : source.negatives())
    const survey = await surveyClass(grid, open, { training: most, validation: mostValidation }, signal)
    checkTotal(`${name} training`, survey.training.examples, totals[`${name}Training`])
    checkTotal(`${name} validation`, survey.validation.examples, totals[`${name}Validation`])
    const random = createRandom(seed, `${name} draws`)
    const draws = new PatternDraws(grid, open, survey.training, most, random)
    drawn.push({ label, draws, examples: survey.training.examples })
    const held = await hold(grid, open, survey.validation, mostValidation, seed, signal)
    if (survey.validation.examples > 0) validation.push({ label, patterns: held })
  }
  return { batches: new TrainingBatches(grid, drawn, options.batchSize), validation }
}

async function hold(
  grid: CellGrid,
  open: OpenPatterns,
  part: SurveyedPart,
  most: number,
  seed: number,
  signal: AbortSignal,
) {
  if (part.patterns !== undefined) return part.patterns
  const random = createRandom(seed, 'validation sample')
  return takeSample(grid, open, { weightOf: validationWeight, total: part.examples, most, random }, signal)
}

function checkTrainable({ positiveTraining, negativeTraining }: ExampleTotals): void {
  if (positiveTraining > 0 && negativeTraining > 0) return
  throw new DataError(
    `bilstm: got ${positiveTraining} training examples with a conversion and ${negativeTraining} without, ` +
      'needs at least 1 of each; lower --validation-fraction (VALIDATION_FRACTION) or check the time range',
  )
}

function checkTotal(what: string, found: number, expected: number): void {
  if (found === expected) return
  throw new DataError(`bilstm: found ${found} ${what} examples, the manifest says ${expected}; export again`)
}
