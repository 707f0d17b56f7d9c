import { HazardColumns } from '../hazard/columns.ts'
import { HALF_LIVES } from '../hazard/decay.ts'
import { EventRowsBuilder } from '../hazard/event-rows.ts'
import { addUpExposure, CellCounts, type ExposureRule } from '../hazard/exposure.ts'
import { type EventRows, maximizePoisson } from '../numerics/non-negative-poisson.ts'
import { addUpGroups, groupExposures } from './group-cells.ts'
import type { EvidenceSample } from './sample.ts'
import { UserDays } from './user-days.ts'

/** How much touches still work after the conversion that they came before. */
export interface UsedTouches {
  /** The most likely of {@link FACTORS}: 0 where they are used up, 1 where they work as before. */
  readonly factor: number
  /** Twice the log likelihood of factor 1 over that of factor 0. */
  readonly keptOverUsedUp: number
  /** Conversions with such a touch in their window. */
  readonly conversions: number
}

const FACTORS: readonly number[] = [0, 0.25, 0.5, 0.75, 1]

/** Conversions by the touches since the previous one, by the touches before it, and by whether there was one in the window. */
interface Split {
  readonly fresh: EventRows
  readonly used: EventRows
  readonly isRepeated: readonly boolean[]
  readonly freshExposure: Float64Array
  readonly usedExposure: Float64Array
  readonly repeatedExposure: number
}

/**
 * The hazard model with used touches at a factor, by maximum likelihood: their decayed sums, times the factor, are added to those
 * of touches since the previous conversion. A column of its own says that the user has converted in the window: who converts often for
 * other reasons also has used touches, which must not seem to work because of that.
 * Of a day with a conversion, touches of a channel before and after it can't be told apart: they count as used.
 * One pass over the sample and one fit per factor, each O(conversions * entries^2).
 */
export function estimateUsedTouches(sample: EvidenceSample, rule: ExposureRule): UsedTouches {
  const split = splitWindows(sample, rule)
  const conversions = split.used.rowStart.reduce((sum, start, row) => {
    const entries = row === 0 ? 0 : start - split.used.rowStart[row - 1]!
    return sum + (entries > 1 ? split.used.count[row - 1]! : 0)
  }, 0)
  if (conversions === 0) return { factor: 0, keptOverUsedUp: 0, conversions }
  const likelihoods = FACTORS.map((factor) => {
    const { rows, exposure } = joinAt(split, factor)
    return maximizePoisson(rows, exposure).logLikelihood
  })
  const best = likelihoods.indexOf(Math.max(...likelihoods))
  return {
    factor: FACTORS[best]!,
    keptOverUsedUp: 2 * (likelihoods.at(-1)! - likelihoods[0]!),
    conversions,
  }
}

function splitWindows(sample: EvidenceSample, rule: ExposureRule): Split {
  const columns = new HazardColumns(sample.grid, HALF_LIVES)
  const [fresh, used] = [new EventRowsBuilder(columns), new EventRowsBuilder(columns)]
  const exposed = new CellCounts(sample.grid)
  const isRepeated: boolean[] = []
  const user = new UsedDays(sample)
  let repeatedExposure = 0
  for (let at = 0; at < sample.users; at++) {
    user.read(at)
    repeatedExposure += user.addExposure(exposed)
    for (const span of user.conversions) {
      user.addWindow(span, fresh, used)
      isRepeated.push(user.hasConverted(sample.day[span]!))
    }
  }
  const whole = addUpGroups(groupExposures(sample, columns, rule))
  const usedExposure = addUpExposure(columns, new CellCounts(sample.grid), exposed, rule)
  const isKept = sample.afterConversion === 'keep'
  return {
    fresh: fresh.eventRows(),
    used: used.eventRows(),
    isRepeated,
    freshExposure: whole.map((days, j) => (isKept && j > 0 ? Math.max(1e-9, days - usedExposure[j]!) : days)),
    usedExposure,
    repeatedExposure,
  }
}

/** A user's touches with the days on which conversions used them. */
class UsedDays {
  /** Spans, days ascending. */
  conversions: readonly number[] = []
  private readonly days: UserDays
  private readonly sample: EvidenceSample
  /** By touch, the day of the first conversion at or after it. */
  private readonly usedOn = new Map<number, number>()

  constructor(sample: EvidenceSample) {
    this.sample = sample
    this.days = new UserDays(sample)
  }

  read(user: number): void {
    const { converts, day, userStart, grid } = this.sample
    this.days.read(user)
    const all = Array.from(
      { length: userStart[user + 1]! - userStart[user]! },
      (_, k) => userStart[user]! + k,
    )
    this.conversions = all.filter((span) => converts[span] === 1)
    this.usedOn.clear()
    if (this.conversions.length === 0) return
    for (const touch of this.days.touches) {
      const channel = touch % grid.channelCount
      const on = (touch - channel) / grid.channelCount
      const by = this.conversions.find(
        (span) => day[span]! > on || (day[span] === on && this.isOwn(span, channel)),
      )
      if (by !== undefined) this.usedOn.set(touch, day[by]!)
    }
  }

  /** Whether a conversion's window has a touch of the channel on its own day. */
  private isOwn(span: number, channel: number): boolean {
    const { cells, cellStart } = this.sample
    return cells.subarray(cellStart[span]!, cellStart[span + 1]!).includes(channel)
  }

  /** @returns whether there was a conversion on an earlier day of the window. */
  hasConverted(on: number): boolean {
    const { day, grid } = this.sample
    return this.conversions.some((span) => day[span]! < on && day[span]! > on - grid.lookbackDays)
  }

  /** Adds the examples that have each used touch in their window. @returns the examples after a conversion. */
  addExposure({ cells }: CellCounts): number {
    const { grid, days } = this.sample
    const { examples } = this.days
    for (const [touch, usedOn] of this.usedOn) {
      const channel = touch % grid.channelCount
      const on = (touch - channel) / grid.channelCount
      for (let day = usedOn + 1; day < Math.min(on + grid.lookbackDays, days); day++) {
        cells[(day - on) * grid.channelCount + channel]! += examples[day]!
      }
    }
    if (this.conversions.length === 0) return 0
    return examples.reduce((sum, count, day) => (count > 0 && this.hasConverted(day) ? sum + count : sum), 0)
  }

  /** Adds a conversion's row to both. */
  addWindow(span: number, fresh: EventRowsBuilder, used: EventRowsBuilder): void {
    const { cells, cellStart, day, weight, grid, afterConversion } = this.sample
    const own = cells.subarray(cellStart[span]!, cellStart[span + 1]!)
    const on = day[span]!
    const usedCells = new Set<number>()
    for (const [touch, usedOn] of this.usedOn) {
      const channel = touch % grid.channelCount
      const daysBefore = on - (touch - channel) / grid.channelCount
      const cell = daysBefore * grid.channelCount + channel
      if (usedOn >= on || daysBefore >= grid.lookbackDays) continue
      if (afterConversion === 'keep' || !own.includes(cell)) usedCells.add(cell)
    }
    for (const cell of own) if (!usedCells.has(cell)) fresh.touch(cell)
    for (const cell of usedCells) used.touch(cell)
    fresh.endRow(weight[span]!)
    used.endRow(weight[span]!)
  }
}

/** Rows and exposure with used touches at a factor; the last column is that of repeated conversions. */
function joinAt(split: Split, factor: number): { readonly rows: EventRows; readonly exposure: Float64Array } {
  const { fresh, used, isRepeated, freshExposure, usedExposure, repeatedExposure } = split
  const rowStart = [0]
  const column: number[] = []
  const entry: number[] = []
  for (let row = 0; row < isRepeated.length; row++) {
    const sums = new Map<number, number>()
    for (let k = fresh.rowStart[row]!; k < fresh.rowStart[row + 1]!; k++)
      sums.set(fresh.column[k]!, fresh.entry[k]!)
    // The first entry is the baseline's, which both have.
    for (let k = used.rowStart[row]! + 1; factor > 0 && k < used.rowStart[row + 1]!; k++) {
      sums.set(used.column[k]!, (sums.get(used.column[k]!) ?? 0) + factor * used.entry[k]!)
    }
    if (isRepeated[row]) sums.set(freshExposure.length, 1)
    for (const j of [...sums.keys()].sort((left, right) => left - right)) {
      column.push(j)
      entry.push(sums.get(j)!)
    }
    rowStart.push(column.length)
  }
  return {
    rows: {
      rowStart: Uint32Array.from(rowStart),
      column: Uint16Array.from(column),
      entry: Float64Array.from(entry),
      count: fresh.count,
    },
    exposure: Float64Array.from([
      ...freshExposure.map((days, j) => (j === 0 ? days : days + factor * usedExposure[j]!)),
      repeatedExposure,
    ]),
  }
}
