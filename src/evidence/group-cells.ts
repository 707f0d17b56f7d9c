import type { HazardColumns } from '../hazard/columns.ts'
import { addUpExposure, CellCounts, type ExposureRule } from '../hazard/exposure.ts'
import { cellEndAt, type EvidenceSample } from './sample.ts'

/** @returns for each group its examples with and without a conversion. One pass over all windows and their cells. */
export function countGroupCells(sample: EvidenceSample): {
  readonly positives: readonly CellCounts[]
  readonly negatives: readonly CellCounts[]
} {
  const { grid, groups, cells, cellStart } = sample
  const create = () => new CellCounts(grid)
  const positives = Array.from({ length: groups }, create)
  const negatives = Array.from({ length: groups }, create)
  for (let span = 0; span < sample.count; span++) {
    const group = sample.group[span]!
    const side = (sample.converts[span] === 1 ? positives : negatives)[group]!
    const weight = sample.weight[span]!
    negatives[group]!.examples += weight * sample.emptyDays[span]!
    for (let age = sample.firstAge[span]!; age < sample.endAge[span]!; age++) {
      side.examples += weight
      const end = cellEndAt(sample, span, age)
      const aged = age * grid.channelCount
      for (let k = cellStart[span]!; k < end; k++) side.cells[cells[k]! + aged]! += weight
    }
  }
  return { positives, negatives }
}

/** @returns for each group the exposure per column of the hazard model, in days. */
export function groupExposures(
  sample: EvidenceSample,
  columns: HazardColumns,
  rule: ExposureRule,
): readonly Float64Array[] {
  const { positives, negatives } = countGroupCells(sample)
  const pairs = groupPairExposures(sample, columns, rule)
  return positives.map((positive, group) =>
    addUpExposure(columns, positive, negatives[group]!, rule, pairs[group]),
  )
}

/** @returns for each group the exposure of the columns' pairs. One pass over all windows and their cells. */
function groupPairExposures(
  sample: EvidenceSample,
  { pairs, pairCurve }: HazardColumns,
  rule: ExposureRule,
): readonly Float64Array[] {
  const exposures = Array.from({ length: sample.groups }, () => new Float64Array(pairs.length))
  if (pairs.length === 0) return exposures
  const { channelCount } = sample.grid
  const sums = new Float64Array(channelCount)
  for (let span = 0; span < sample.count; span++) {
    const exposure = exposures[sample.group[span]!]!
    const ofDayZero = sample.converts[span] === 1 ? 1 : rule.dayZeroExposure
    for (let age = sample.firstAge[span]!; age < sample.endAge[span]!; age++) {
      sums.fill(0)
      for (let k = sample.cellStart[span]!; k < cellEndAt(sample, span, age); k++) {
        const channel = sample.cells[k]! % channelCount
        const daysBefore = (sample.cells[k]! - channel) / channelCount + age
        sums[channel]! += pairCurve[daysBefore]! * (daysBefore === 0 ? ofDayZero : 1)
      }
      pairs.forEach(([first, second], at) => {
        exposure[at]! += sample.weight[span]! * sums[first]! * sums[second]!
      })
    }
  }
  return exposures
}

/** @returns sums over all groups. */
export function addUpGroups(groups: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(groups[0]?.length ?? 0)
  for (const group of groups) for (let j = 0; j < total.length; j++) total[j]! += group[j]!
  return total
}
