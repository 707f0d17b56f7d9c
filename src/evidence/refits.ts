import type { ExportManifest } from '../artifacts/manifest.ts'
import type { PatternSource } from '../artifacts/pattern-source.ts'
import type { ExampleTotals } from '../bilstm/training-examples.ts'
import { type CellGrid, cellCount, type PatternRecord } from '../examples/pattern.ts'
import { standardDeviation } from '../numerics/compensated-sum.ts'
import { createRandom } from '../numerics/random.ts'
import type { CellCredits } from '../shapley/credit.ts'
import { creditTotals } from './credit-totals.ts'
import type { CreditNoise } from './intervals.ts'
import { cellEndAt, type EvidenceSample } from './sample.ts'

/** Examples of resampled users: groups of the evidence sample, drawn with replacement. */
export interface ResampledExamples {
  readonly positives: readonly PatternRecord[]
  readonly negatives: readonly PatternRecord[]
}

/**
 * @param refit which of the resamples; each has its own groups.
 * @param part how many groups are drawn, of all; see {@link refitNoise}.
 * @returns equal patterns as one record, in the order in which they first occur. Whole groups are held out for validation.
 * O(windows of the sample).
 */
export function resampleExamples(
  sample: EvidenceSample,
  { options }: ExportManifest,
  seed: number,
  refit: number,
  part = 1,
): ResampledExamples {
  const random = createRandom(seed, `refit ${refit}`)
  const times = new Uint32Array(sample.groups)
  for (let drawn = 0; drawn < groupsDrawn(sample, part); drawn++) times[random.below(sample.groups)]!++
  const validating = Math.round(options.validationFraction * sample.groups)
  const classes = [new PatternCounts(sample.grid), new PatternCounts(sample.grid)] as const
  for (let span = 0; span < sample.count; span++) {
    const group = sample.group[span]!
    const count = sample.weight[span]! * times[group]!
    if (count === 0) continue
    const validates = group < validating
    for (let age = sample.firstAge[span]!; age < sample.endAge[span]!; age++) {
      const own = sample.cells.subarray(sample.cellStart[span]!, cellEndAt(sample, span, age))
      const credited = sample.isCredited[span] === 1 ? count : 0
      const patterns = classes[sample.converts[span] === 1 ? 1 : 0]
      patterns.add(own, age * sample.grid.channelCount, {
        count,
        validating: validates ? count : 0,
        credited,
      })
    }
    const empty = count * sample.emptyDays[span]!
    const counts = { count: empty, validating: validates ? empty : 0, credited: 0 }
    if (empty > 0) classes[0].add(sample.cells.subarray(0, 0), 0, counts)
  }
  return { positives: classes[1].records(1), negatives: classes[0].records(0) }
}

/** Always as many in all resamples: a number of groups that varies would itself be noise, of 1 / sqrt(groups). */
function groupsDrawn({ groups }: Pick<EvidenceSample, 'groups'>, part: number): number {
  return Math.max(1, Math.round(groups * part))
}

interface ExampleCounts {
  readonly count: number
  readonly validating: number
  readonly credited: number
}

class PatternCounts {
  private readonly grid: CellGrid
  private readonly byCells = new Map<string, { cells: readonly number[] } & ExampleCounts>()

  constructor(grid: CellGrid) {
    this.grid = grid
  }

  add(own: Uint32Array, aged: number, added: ExampleCounts): void {
    const cells = Array.from(own, (cell) => cell + aged)
    const key = cells.join(' ')
    const former = this.byCells.get(key) ?? { count: 0, validating: 0, credited: 0 }
    this.byCells.set(key, {
      cells,
      count: former.count + added.count,
      validating: former.validating + added.validating,
      credited: former.credited + added.credited,
    })
  }

  records(label: 0 | 1): readonly PatternRecord[] {
    const { channelCount } = this.grid
    return [...this.byCells.values()].map(({ cells, count, validating, credited }) => ({
      daysBefore: cells.map((cell) => Math.floor(cell / channelCount)),
      channels: cells.map((cell) => cell % channelCount),
      label,
      count,
      validationCount: validating,
      ...(label === 1 ? { creditedCount: credited } : {}),
      value: 0,
    }))
  }
}

/** @returns the resampled examples as streams to train on. */
export function sourceOf({ positives, negatives }: ResampledExamples): PatternSource {
  async function* streamOf(records: readonly PatternRecord[]) {
    for (let first = 0; first < records.length; first += BATCH) yield records.slice(first, first + BATCH)
  }
  return { positives: () => streamOf(positives), negatives: () => streamOf(negatives) }
}

/** @returns how many examples there are of each class and part. */
export function totalsOf({ positives, negatives }: ResampledExamples): ExampleTotals {
  const sum = (records: readonly PatternRecord[], of: (record: PatternRecord) => number) =>
    records.reduce((total, record) => total + of(record), 0)
  const training = ({ count, validationCount }: PatternRecord) => count - validationCount
  const validation = ({ validationCount }: PatternRecord) => validationCount
  return {
    positiveTraining: sum(positives, training),
    negativeTraining: sum(negatives, training),
    positiveValidation: sum(positives, validation),
    negativeValidation: sum(negatives, validation),
  }
}

const BATCH = 4096

/**
 * Models and sums of credits both come from a sample of the users, so that resamples of it vary by sqrt(rate) of what all users
 * do. Credits of another export do so as well, if learned rate / credited rate of its groups are drawn: its conversions are then
 * at the learned rate, too.
 * @param refits credits by each refitted model of its own resampled conversions, of at least 2, of such parts.
 * @param rate part of the users that the models were learned from.
 * @returns how much the refits vary, scaled to all users.
 */
export function refitNoise(
  refits: readonly Pick<CellCredits, 'conversions' | 'baselineConversions'>[],
  { grid, rate }: Pick<EvidenceSample, 'grid' | 'rate'>,
  { counts, seedFormat }: ExportManifest,
): CreditNoise {
  const columns = refits.map((credits) => creditTotals(credits, grid, { seedFormat }))
  const deviation = (values: readonly number[]) => standardDeviation(values) / Math.sqrt(rate)
  const columnOf = (length: number, of: (column: (typeof columns)[number], at: number) => number) =>
    Float64Array.from({ length }, (_, at) => deviation(columns.map((column) => of(column, at))))
  return {
    cells: columnOf(cellCount(grid), ({ cells }, at) => cells[at]!),
    channels: columnOf(grid.channelCount, ({ channels }, at) => channels[at]!),
    allChannels: deviation(columns.map(({ allChannels }) => allChannels)),
    baseline: Math.hypot(
      deviation(columns.map(({ baseline }) => baseline)),
      Math.sqrt(counts.credited.entryConversions),
    ),
  }
}
