import { DataError } from '../errors.ts'
import { type CellGrid, cellCount } from '../examples/pattern.ts'
import { type ChannelPair, HazardColumns } from './columns.ts'
import { buildCurves, type Decay } from './decay.ts'

/** What two channels have together. */
export interface PairEffect {
  /** Positions, the lower one first. */
  readonly channels: ChannelPair
  /** Conversions per user-day just after a touch of each; not negative. */
  readonly weight: number
}

/**
 * The additive hazard model: conversions of a user are a Poisson process whose rate per user-day is
 * h(x) = baseline + sum over touched cells (d, c) of sum over curves b of weights[c][b] * curve_b(d)
 *   + sum over pairs (c, e) of weight * (sum over touches of c of k(d)) * (sum over touches of e of k(d)).
 * Every touch adds to it and nothing reduces it, so a conversion has one cause, known up to a probability.
 */
export interface HazardModel {
  /** Conversions per user-day without any touch; not negative. */
  readonly baseline: number
  /** How effects fall with the days before. */
  readonly decay: Decay
  /** Channel x curve: conversions per user-day just after a touch; not negative. */
  readonly weights: readonly (readonly number[])[]
  /** Those that the data ask for, in the order in which they were found. */
  readonly pairs: readonly PairEffect[]
  /** Of the Poisson process, up to a constant that depends on the examples only. */
  readonly logLikelihood: number
  /** Newton steps of the fit. */
  readonly iterations: number
}

/** A fitted model with the exposure that it was fitted to. */
export interface HazardFit extends HazardModel {
  /** Days of exposure per column of the fit. */
  readonly exposure: Float64Array
}

/** @returns the columns that a model of patterns on this grid was fitted by. */
export function columnsOf(
  { decay, pairs }: Pick<HazardModel, 'decay' | 'pairs'>,
  grid: CellGrid,
): HazardColumns {
  return new HazardColumns(
    grid,
    decay,
    pairs.map(({ channels }) => channels),
  )
}

/** @returns the model with other weights, in the order of the fit's columns. */
export function withWeights(
  model: Pick<HazardModel, 'decay' | 'logLikelihood' | 'iterations'>,
  columns: HazardColumns,
  weights: Float64Array,
): HazardModel {
  const { channelCount } = columns.grid
  return {
    ...model,
    baseline: weights[0]!,
    weights: Array.from({ length: channelCount }, (_, channel) =>
      Array.from(weights.subarray(columns.columnOf(channel, 0), columns.columnOf(channel + 1, 0))),
    ),
    pairs: columns.pairs.map((channels, at) => ({ channels, weight: weights[columns.pairColumn(at)]! })),
  }
}

/** @returns the weights in the order of the fit's columns. */
export function weightsOf({ baseline, weights, pairs }: HazardModel): Float64Array {
  return Float64Array.from([baseline, ...weights.flat(), ...pairs.map(({ weight }) => weight)])
}

/**
 * @returns what a touch in each cell adds to the hazard by itself, conversions per user-day; cells as bits of a pattern.
 * @throws DataError where the model has other channels than the grid. O(cells * curves).
 */
export function buildCellHazards(model: HazardModel, grid: CellGrid): Float64Array {
  if (model.weights.length !== grid.channelCount) {
    throw new DataError(
      `hazard model: has ${model.weights.length} channels, the patterns have ${grid.channelCount}; train the model again`,
    )
  }
  const curves = buildCurves(model.decay, grid.lookbackDays)
  return Float64Array.from({ length: cellCount(grid) }, (_, cell) => {
    const daysBefore = Math.floor(cell / grid.channelCount)
    const weights = model.weights[cell % grid.channelCount] ?? []
    return weights.reduce((sum, weight, b) => sum + weight * (curves[b]?.[daysBefore] ?? 0), 0)
  })
}
