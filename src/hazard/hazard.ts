import { DataError } from '../errors.ts'
import { DistinctPatterns } from '../examples/distinct-patterns.ts'
import type { CellGrid, PatternRecord } from '../examples/pattern.ts'
import { chooseColumns } from './choose-columns.ts'
import { CellCounts, type ExposureRule, MOMENT_EXPOSURE } from './exposure.ts'
import type { HazardFit } from './model.ts'
import { PairExposure } from './pairs.ts'

/** The examples: each stream is read once, in batches. */
export interface HazardExamples {
  positives(): AsyncIterable<readonly PatternRecord[]>
  negatives(): AsyncIterable<readonly PatternRecord[]>
}

/** What there is where the stream has the examples without a conversion of one in `oneOf` users, which stand for all. */
export interface SampledExamples {
  readonly oneOf: number
  readonly negatives: CellCounts
}

/** How {@link fitHazard} reads the examples. */
export interface HazardFitOptions {
  /** Absent: examples are users at a moment. */
  readonly exposure?: ExposureRule
  /** Absent: the stream has all examples without a conversion. */
  readonly sampled?: SampledExamples | undefined
  /** Stops the fit between two batches. */
  readonly signal?: AbortSignal
}

/**
 * Fits the additive hazard model by maximum likelihood, weights >= 0: the sum of log h(x) over conversions minus the
 * hazard that all examples were exposed to. All touches of a conversion come before it, so they count in full in h(x);
 * in the exposure they count for the part of the day given by `options`. The baseline is exposed on all days in full.
 * Of a sample of the examples without a conversion, only the exposure of pairs is estimated.
 * How effects fall with time, and which pairs of channels have an effect together, is chosen by {@link chooseColumns}.
 * @param source examples of all users, those held out for validation included, as nothing is tuned on them.
 * @throws DataError where there are no conversions or a record lies outside the grid.
 * @throws the signal's reason when it is aborted.
 *
 * One pass over each class. Memory: one number per cell and per pair of channels for the negatives, the distinct patterns
 * of the positives.
 */
export async function fitHazard(
  grid: CellGrid,
  source: HazardExamples,
  options: HazardFitOptions = {},
): Promise<HazardFit> {
  const { signal, exposure: rule = MOMENT_EXPOSURE, sampled } = options
  const positives = new CellCounts(grid)
  const negatives = sampled?.negatives ?? new CellCounts(grid)
  const pairs = new PairExposure(grid, rule, sampled?.oneOf)
  const distinct = new DistinctPatterns(grid)
  for await (const records of source.positives()) {
    signal?.throwIfAborted()
    for (const record of records) {
      if (record.count === 0) continue
      positives.add(record)
      pairs.add(record)
      distinct.add(record)
    }
  }
  for await (const records of source.negatives()) {
    signal?.throwIfAborted()
    for (const record of records) {
      if (sampled === undefined) negatives.add(record)
      pairs.add(record)
    }
  }
  if (positives.examples === 0) {
    throw new DataError('hazard model: got 0 conversions, needs at least 1; check the time range')
  }
  return chooseColumns(distinct.build(), { positives, negatives, pairs, rule })
}
