import type { ExposureRule } from '../model/hazard-rows.ts'
import { type EventRows, maximizePoisson } from '../model/non-negative-poisson.ts'
import type { Random } from '../random.ts'
import { DayPools } from './day-pools.ts'
import { addUpGroups, groupExposures } from './group-cells.ts'
import { cellEndAt, type EvidenceSample } from './sample.ts'
import { WindowRows } from './window-rows.ts'

/** How {@link testSignal} goes about it. */
export interface SignalTestOptions {
  readonly rule: ExposureRule
  /** Permutations; the smallest p-value is 1 / (1 + draws). */
  readonly draws: number
  readonly random: Random
  readonly signal?: AbortSignal
}

export interface SignalTestResult {
  /** Twice what the hazard model gains in log likelihood over a constant. */
  readonly statistic: number
  /** (1 + permutations that reach the statistic) / (1 + draws). */
  readonly pValue: number
  readonly draws: number
  readonly conversions: number
  /** Examples that conversions were drawn from. */
  readonly windows: number
}

/**
 * Do conversions have other windows than the rest of the examples of the same calendar day? The statistic is the
 * likelihood ratio of the hazard model against a constant. It is compared with what it would be had the day's
 * conversions met any of the day's examples, of other users or the same, each as likely as any other: so campaigns and
 * sales that rise and fall together by the calendar are no signal. The p-value is exact in that null hypothesis
 * whatever the distribution of the statistic (Phipson and Smyth 2010, https://doi.org/10.2202/1544-6115.1585).
 *
 * A conversion's window ends at the conversion, that of another example with its day. So of an example drawn, each touch
 * of its own day is kept with the part of the day that had passed at a random time.
 * It tests association: whatever makes users both see ads and convert is signal to it.
 * @throws the signal's reason when it is aborted. A fit a draw, O(conversions * entries^2) each.
 */
export function testSignal(sample: EvidenceSample, options: SignalTestOptions): SignalTestResult {
  const { rule, draws, random, signal } = options
  const exposure = addUpGroups(groupExposures(sample, rule))
  const pools = new DayPools(sample)
  const conversions = pools.conversions.reduce((sum, count) => sum + count, 0)
  const windows = pools.examples.reduce((sum, count) => sum + count, 0)
  if (conversions === 0) return { statistic: 0, pValue: 1, draws, conversions, windows }
  const rows = new WindowRows(sample.grid)
  const statistic = likelihoodRatio(observedRows(sample, rows), exposure, conversions)
  let reached = 0
  for (let draw = 0; draw < draws; draw++) {
    signal?.throwIfAborted()
    const permuted = likelihoodRatio(drawnRows(sample, pools, rows, options, random), exposure, conversions)
    // Rounding must not tell equal arrangements apart.
    if (permuted >= statistic - TOLERANCE * conversions) reached++
  }
  return { statistic, pValue: (1 + reached) / (1 + draws), draws, conversions, windows }
}

const TOLERANCE = 1e-9

function likelihoodRatio(rows: EventRows, exposure: Float64Array, conversions: number): number {
  const constant = conversions / exposure[0]!
  const near = new Float64Array(exposure.length)
  near[0] = constant
  const { logLikelihood } = maximizePoisson(rows, exposure, near)
  return Math.max(0, 2 * (logLikelihood - conversions * (Math.log(constant) - 1)))
}

function observedRows(sample: EvidenceSample, rows: WindowRows): EventRows {
  rows.clear()
  for (let span = 0; span < sample.count; span++) {
    if (sample.converts[span] !== 1) continue
    for (let k = sample.cellStart[span]!; k < sample.cellStart[span + 1]!; k++) rows.touch(sample.cells[k]!)
    rows.endRow(sample.weight[span]!)
  }
  return rows.eventRows()
}

function drawnRows(
  sample: EvidenceSample,
  pools: DayPools,
  rows: WindowRows,
  { rule }: SignalTestOptions,
  random: Random,
): EventRows {
  const { channelCount } = sample.grid
  rows.clear()
  let empty = 0
  const take = (span: number, age: number) => {
    const end = cellEndAt(sample, span, age)
    const aged = age * channelCount
    const isWhole = sample.converts[span] === 1 || rule.dayZeroExposure === 1
    const passed = isWhole ? 1 : random.uniform()
    for (let k = sample.cellStart[span]!; k < end; k++) {
      const cell = sample.cells[k]! + aged
      if (cell >= channelCount || isWhole || random.uniform() < passed) rows.touch(cell)
    }
    rows.endRow(1)
  }
  for (let day = 0; day < sample.days; day++) empty += pools.draw(day, random, take)
  if (empty > 0) rows.endRow(empty)
  return rows.eventRows()
}
