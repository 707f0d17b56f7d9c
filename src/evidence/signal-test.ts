import { setImmediate } from 'node:timers/promises'
import { HazardColumns } from '../hazard/columns.ts'
import { HALF_LIVES } from '../hazard/decay.ts'
import { EventRowsBuilder } from '../hazard/event-rows.ts'
import type { ExposureRule } from '../hazard/exposure.ts'
import { type EventRows, maximizePoisson } from '../numerics/non-negative-poisson.ts'
import type { Random } from '../numerics/random.ts'
import { addUpGroups, groupExposures } from './group-cells.ts'
import { cellEndAt, type EvidenceSample } from './sample.ts'
import {
  conversionsByUser,
  drawUserOn,
  maybeWindowOn,
  type UserConversions,
  type UserWindow,
} from './user-windows.ts'

/** Options of {@link testSignal}. */
export interface SignalTestOptions {
  readonly rule: ExposureRule
  /** Permutations; the smallest p-value is 1 / (1 + draws). */
  readonly draws: number
  readonly random: Random
  readonly signal?: AbortSignal
}

export interface SignalTestResult {
  /** Twice the gain in log likelihood of the hazard model over a constant. */
  readonly statistic: number
  /** (1 + permutations that reach the statistic) / (1 + draws). */
  readonly pValue: number
  readonly draws: number
  readonly conversions: number
  /** Examples that the conversions are compared with, themselves included. */
  readonly windows: number
}

/**
 * Do conversions have other windows than other users on the same calendar day? The statistic is the likelihood ratio of
 * the hazard model against a constant. It is compared with its values after the days on which a user converted are
 * given to another user, drawn from all: so campaigns and sales that rise and fall together over the calendar are not a
 * signal, nor are users who convert again and again. p-values from draws: Phipson and Smyth 2010,
 * https://doi.org/10.2202/1544-6115.1585.
 *
 * Where touches are used up, a conversion's window begins after the previous one; so in a drawn window, no touch up to
 * the user's previous conversion is kept.
 * It tests association: whatever makes users both see ads and convert counts as signal.
 * @throws the signal's reason when it is aborted. One fit per draw, each O(conversions * entries^2).
 */
export async function testSignal(
  sample: EvidenceSample,
  options: SignalTestOptions,
): Promise<SignalTestResult> {
  const { rule, draws, signal } = options
  const columns = new HazardColumns(sample.grid, HALF_LIVES)
  const exposure = addUpGroups(groupExposures(sample, columns, rule))
  const users = conversionsByUser(sample)
  const conversions = users.reduce((sum, own) => sum + own.length, 0)
  const windows = exposure[0]!
  if (conversions === 0) return { statistic: 0, pValue: 1, draws, conversions, windows }
  const rows = new EventRowsBuilder(columns)
  const statistic = likelihoodRatio(observedRows(sample, users, rows), exposure, conversions)
  let reached = 0
  for (let draw = 0; draw < draws; draw++) {
    // Without this no signal handler would run.
    await setImmediate()
    signal?.throwIfAborted()
    const permuted = likelihoodRatio(drawnRows(sample, users, rows, options), exposure, conversions)
    // Rounding must not make equal arrangements differ.
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

function observedRows(
  sample: EvidenceSample,
  users: readonly UserConversions[],
  rows: EventRowsBuilder,
): EventRows {
  rows.clear()
  for (const own of users) {
    for (const span of own) {
      for (let k = sample.cellStart[span]!; k < sample.cellStart[span + 1]!; k++) rows.touch(sample.cells[k]!)
      rows.endRow(1)
    }
  }
  return rows.eventRows()
}

function drawnRows(
  sample: EvidenceSample,
  users: readonly UserConversions[],
  rows: EventRowsBuilder,
  { random }: SignalTestOptions,
): EventRows {
  rows.clear()
  const isUsedUp = sample.afterConversion === 'used-up'
  let empty = 0
  for (const own of users) {
    let other = -1
    own.forEach((span, at) => {
      const day = sample.day[span]!
      const limit = at > 0 && isUsedUp ? Math.max(1, day - sample.day[own[at - 1]!]!) : sample.days
      let window = other < 0 ? undefined : maybeWindowOn(sample, other, day)
      if (window === undefined) {
        const drawn = drawUserOn(sample, day, random, { span, age: 0 })
        other = drawn.user
        window = drawn.window
      }
      const cells = cellsOf(sample, window, limit)
      if (cells.length === 0) empty++
      else addRow(rows, cells)
    })
  }
  if (empty > 0) rows.endRow(empty)
  return rows.eventRows()
}

function addRow(rows: EventRowsBuilder, cells: readonly number[]): void {
  for (const cell of cells) rows.touch(cell)
  rows.endRow(1)
}

/** @returns the window's cells that are less than `limit` days before: older ones are used up by the previous conversion. */
function cellsOf(sample: EvidenceSample, { span, age }: UserWindow, limit: number): readonly number[] {
  if (span < 0) return []
  const { channelCount } = sample.grid
  const kept: number[] = []
  for (let k = sample.cellStart[span]!; k < cellEndAt(sample, span, age); k++) {
    const cell = sample.cells[k]! + age * channelCount
    if (cell >= limit * channelCount) break
    kept.push(cell)
  }
  return kept
}

/** Above this p-value the data contain no signal. */
const SIGNIFICANCE = 0.05

/** @returns whether the windows of conversions differ from chance. */
export function hasSignal({ pValue }: SignalTestResult): boolean {
  return pValue <= SIGNIFICANCE
}

/** @returns the result in one sentence. */
export function signalVerdict(result: SignalTestResult): string {
  const p = `p = ${result.pValue.toFixed(3)}`
  if (result.conversions === 0) return 'no conversions to test: the shares mean nothing'
  return hasSignal(result)
    ? `touches and conversions go together (${p}); this is association, not proof of effect`
    : `no signal (${p}): conversions follow touches no more often than by chance, so the shares mean nothing`
}
