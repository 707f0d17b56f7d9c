import { cellCount, cellsOf } from '../examples/pattern.ts'
import { buildCellHazards, type HazardModel } from '../hazard/hazard.ts'
import { buildRows, columnOf, type ExposureRule } from '../hazard/hazard-rows.ts'
import type { EventRows } from '../numerics/non-negative-poisson.ts'
import { maximizeQuadratic } from '../numerics/non-negative-quadratic.ts'
import type { ConvertingPatterns } from '../shapley/attribution.ts'
import { groupExposures } from './group-cells.ts'
import type { EvidenceSample } from './sample.ts'
import { WindowRows } from './window-rows.ts'

/** The quadratic that the log likelihood is near its maximum, by the columns' shares of all conversions. */
export class LikelihoodShape {
  /** Days at work of each column. */
  readonly exposure: Float64Array
  private readonly conversions: number
  private readonly start: Float64Array
  private readonly gradient: Float64Array
  private readonly hessian: Float64Array

  /** O(entries of patterns^2). @param exposure of all examples, as the fit had it. */
  constructor(model: HazardModel, converting: ConvertingPatterns, exposure: Float64Array) {
    this.exposure = exposure
    const rows = buildRows(converting.patterns, converting.conversions)
    this.conversions = rows.count.reduce((sum, count) => sum + count, 0)
    this.start = weightsOf(model).map((weight, j) => (weight * exposure[j]!) / this.conversions)
    const scale = exposure.map((days) => (days > 0 ? this.conversions / days : 0))
    const { pulls, curvature } = addUpDerivatives(rows, weightsOf(model))
    this.gradient = pulls.map((pull, j) => (scale[j]! > 0 ? (pull * scale[j]!) / this.conversions - 1 : -1))
    const size = exposure.length
    this.hessian = curvature.map(
      (sum, at) => (sum * scale[Math.floor(at / size)]! * scale[at % size]!) / this.conversions,
    )
  }

  /**
   * @param noise added to the score, one a column of weights.
   * @returns the weights that the likelihood would then have its maximum at, none below 0. O(columns^3), a few times.
   */
  maximumWith(noise: Float64Array): Float64Array {
    const { exposure, conversions, start } = this
    const tilted = this.gradient.map((slope, j) => slope + (exposure[j]! > 0 ? noise[j]! / exposure[j]! : 0))
    const shares = maximizeQuadratic(this.hessian, tilted, start)
    return shares.map((share, j) => (exposure[j]! > 0 ? (share * conversions) / exposure[j]! : 0))
  }
}

/** What each group of users has of the score and of the credits, less what the groups have on average. */
export interface GroupInfluences {
  readonly scores: readonly Float64Array[]
  /** Credit of each cell, the baseline's last. */
  readonly credits: readonly Float64Array[]
}

/** One pass over the sample. */
export function groupInfluences(
  model: HazardModel,
  sample: EvidenceSample,
  rule: ExposureRule,
): GroupInfluences {
  const cells = cellCount(sample.grid)
  const cellHazards = buildCellHazards(model, sample.grid)
  const scores = groupExposures(sample, rule).map((exposure) => exposure.map((days) => -days))
  const credits = scores.map(() => new Float64Array(cells + 1))
  const rows = new WindowRows(sample.grid)
  for (let span = 0; span < sample.count; span++) {
    if (sample.converts[span] !== 1) continue
    const touched = sample.cells.subarray(sample.cellStart[span]!, sample.cellStart[span + 1]!)
    const rate = touched.reduce((sum, cell) => sum + cellHazards[cell]!, model.baseline)
    const weight = sample.weight[span]!
    const credit = credits[sample.group[span]!]!
    credit[cells]! += rate > 0 ? (weight * model.baseline) / rate : weight
    if (rate <= 0) continue
    for (const cell of touched) credit[cell]! += (weight * cellHazards[cell]!) / rate
    rows.clear()
    for (const cell of touched) rows.touch(cell)
    rows.endRow(1)
    const { column, entry } = rows.eventRows()
    const score = scores[sample.group[span]!]!
    column.forEach((j, k) => {
      score[j]! += (weight * entry[k]!) / rate
    })
  }
  return { scores: centred(scores), credits: centred(credits) }
}

function centred(groups: readonly Float64Array[]): Float64Array[] {
  const mean = new Float64Array(groups[0]?.length ?? 0)
  for (const group of groups) for (let j = 0; j < mean.length; j++) mean[j]! += group[j]! / groups.length
  // The groups' mean is known from the groups themselves: their squares are too small by one group's part.
  const widened = Math.sqrt(groups.length / Math.max(1, groups.length - 1))
  return groups.map((group) => group.map((amount, j) => (amount - mean[j]!) * widened))
}

/** @returns the weights in the order of the fit's columns. */
function weightsOf({ baseline, weights }: HazardModel): Float64Array {
  return Float64Array.from([baseline, ...weights.flat()])
}

/** @returns the model with other weights, in the order of the fit's columns. */
export function modelWith(model: HazardModel, weights: Float64Array): HazardModel {
  return {
    ...model,
    baseline: weights[0]!,
    weights: model.weights.map((_, channel) =>
      Array.from(weights.subarray(columnOf(channel, 0), columnOf(channel + 1, 0))),
    ),
  }
}

function addUpDerivatives({ rowStart, column, entry, count }: EventRows, weights: Float64Array) {
  const size = weights.length
  const pulls = new Float64Array(size)
  const curvature = new Float64Array(size * size)
  for (let row = 0; row < count.length; row++) {
    let rate = 0
    for (let k = rowStart[row]!; k < rowStart[row + 1]!; k++) rate += entry[k]! * weights[column[k]!]!
    if (rate <= 0) continue
    const pull = count[row]! / rate
    for (let k = rowStart[row]!; k < rowStart[row + 1]!; k++) {
      pulls[column[k]!]! += pull * entry[k]!
      const bend = (pull / rate) * entry[k]!
      for (let l = rowStart[row]!; l <= k; l++) curvature[column[k]! * size + column[l]!]! += bend * entry[l]!
    }
  }
  return { pulls, curvature }
}

/** @returns credits by a model, of each cell and, last, of the baseline. O(touched cells). */
export class PatternCredits {
  private readonly converting: ConvertingPatterns
  private readonly start: Uint32Array
  private readonly cells: Uint32Array

  constructor(converting: ConvertingPatterns) {
    const { patterns } = converting
    const touched: number[] = []
    this.converting = converting
    this.start = new Uint32Array(patterns.count + 1)
    for (let at = 0; at < patterns.count; at++) {
      for (const cell of cellsOf(patterns, at)) touched.push(cell)
      this.start[at + 1] = touched.length
    }
    this.cells = Uint32Array.from(touched)
  }

  /** O(touched cells of all patterns). */
  of(model: HazardModel): Float64Array {
    const { patterns, conversions } = this.converting
    const cellHazards = buildCellHazards(model, patterns.grid)
    const baseline = cellHazards.length
    const credits = new Float64Array(baseline + 1)
    for (let at = 0; at < patterns.count; at++) {
      let rate = model.baseline
      for (let k = this.start[at]!; k < this.start[at + 1]!; k++) rate += cellHazards[this.cells[k]!]!
      const count = conversions[at]!
      credits[baseline]! += rate > 0 ? (count * model.baseline) / rate : count
      if (rate <= 0) continue
      for (let k = this.start[at]!; k < this.start[at + 1]!; k++) {
        const cell = this.cells[k]!
        credits[cell]! += (count * cellHazards[cell]!) / rate
      }
    }
    return credits
  }
}
