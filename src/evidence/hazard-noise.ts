import { type ConvertingPatterns, cellCount, cellsOf } from '../examples/pattern.ts'
import type { HazardColumns } from '../hazard/columns.ts'
import { buildRows, EventRowsBuilder } from '../hazard/event-rows.ts'
import type { ExposureRule } from '../hazard/exposure.ts'
import { columnsOf, type HazardModel, weightsOf } from '../hazard/model.ts'
import { HazardTerms } from '../hazard/terms.ts'
import { type EventRows, ratesOf } from '../numerics/non-negative-poisson.ts'
import { maximizeQuadratic } from '../numerics/non-negative-quadratic.ts'
import { groupExposures } from './group-cells.ts'
import type { EvidenceSample } from './sample.ts'

/** The quadratic approximation of the log likelihood at its maximum, in the columns' shares of all conversions. */
export class LikelihoodShape {
  readonly columns: HazardColumns
  /** Days of exposure per column. */
  readonly exposure: Float64Array
  private readonly conversions: number
  private readonly start: Float64Array
  private readonly gradient: Float64Array
  private readonly hessian: Float64Array

  /** O(entries of patterns^2). @param exposure of all examples, as in the fit. */
  constructor(model: HazardModel, converting: ConvertingPatterns, exposure: Float64Array) {
    this.exposure = exposure
    this.columns = columnsOf(model, converting.patterns.grid)
    const rows = buildRows(this.columns, converting.patterns, converting.conversions)
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
   * @param noise added to the score, one entry per column of weights.
   * @returns the weights at the maximum of the likelihood with that noise, none below 0; those of columns
   *   without a conversion stay as they are. A few times O(columns of conversions^3).
   */
  maximumWith(noise: Float64Array): Float64Array {
    const { exposure, conversions, start } = this
    const tilted = this.gradient.map((slope, j) => slope + (exposure[j]! > 0 ? noise[j]! / exposure[j]! : 0))
    const shares = maximizeQuadratic(this.hessian, tilted, start)
    return shares.map((share, j) => (exposure[j]! > 0 ? (share * conversions) / exposure[j]! : 0))
  }
}

/** Each group of users' part of the score and of the credits, less the average of the groups. */
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
  const terms = new HazardTerms(model, sample.grid)
  const columns = columnsOf(model, sample.grid)
  const scores = groupExposures(sample, columns, rule).map((exposure) => exposure.map((days) => -days))
  const credits = scores.map(() => new Float64Array(cellCount(sample.grid) + 1))
  const rows = new EventRowsBuilder(columns)
  for (let span = 0; span < sample.count; span++) {
    if (sample.converts[span] !== 1) continue
    const [from, to] = [sample.cellStart[span]!, sample.cellStart[span + 1]!]
    const weight = sample.weight[span]!
    const credited = sample.isCredited[span] === 1 ? weight : 0
    const rate = terms.credit(sample.cells, from, to, credited, credits[sample.group[span]!]!)
    if (rate <= 0) continue
    rows.clear()
    for (let k = from; k < to; k++) rows.touch(sample.cells[k]!)
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
  // The mean is estimated from the groups themselves, so their squares are too small by one group's part.
  const widened = Math.sqrt(groups.length / Math.max(1, groups.length - 1))
  return groups.map((group) => group.map((amount, j) => (amount - mean[j]!) * widened))
}

function addUpDerivatives(rows: EventRows, weights: Float64Array) {
  const { rowStart, column, entry, count } = rows
  const rates = ratesOf(rows, weights)
  const size = weights.length
  const pulls = new Float64Array(size)
  const curvature = new Float64Array(size * size)
  for (let row = 0; row < count.length; row++) {
    const rate = rates[row]!
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

/** The cells of converting patterns, unpacked once to be credited by many models. O(touched cells). */
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

  /** @returns the credits by a model of each cell and, last, of the baseline. O(touched cells of all patterns). */
  of(model: HazardModel): Float64Array {
    const { patterns, conversions } = this.converting
    const terms = new HazardTerms(model, patterns.grid)
    const credits = new Float64Array(cellCount(patterns.grid) + 1)
    for (let at = 0; at < patterns.count; at++) {
      terms.credit(this.cells, this.start[at]!, this.start[at + 1]!, conversions[at]!, credits)
    }
    return credits
  }
}
