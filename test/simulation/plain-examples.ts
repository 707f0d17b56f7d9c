import type { CellGrid, PatternRecord } from '../../src/examples/pattern.ts'
import type { EstimatedCauses } from '../../src/simulation/error-measures.ts'
import type { Simulation } from '../../src/simulation/simulate.ts'
import type { TouchpointRow } from '../../src/simulation/user-simulator.ts'

const SECONDS_PER_DAY = 86_400

export interface PlainExamples {
  readonly grid: CellGrid
  readonly channels: readonly string[]
  readonly positives: readonly PatternRecord[]
  readonly negatives: readonly PatternRecord[]
  /** Conversions that brought their user into the table: the baseline's, but no examples. */
  readonly entrances: number
  readonly lastTouch: EstimatedCauses
}

export interface PlainRules {
  readonly lookbackDays: number
  readonly firstDay: number
  readonly days: number
  readonly seedFormat: boolean
  /** Draws the second of a day without a conversion at which it is seen; absent: it is seen whole. */
  readonly drawMoment?: () => number
}

/**
 * The rules for examples, spelled out row by row in memory: what the SQL of the export is to find, and fast enough for
 * a simulated table. At most 53 cells, since a pattern is a number's bits.
 */
export function plainExamples(
  simulation: Simulation,
  channels: readonly string[],
  rules: PlainRules,
): PlainExamples {
  const grid = { lookbackDays: rules.lookbackDays, channelCount: channels.length }
  const counts = [new Map<number, number>(), new Map<number, number>()] as const
  const lastTouch = new Map<string, number>()
  const totals = { entrances: 0, untouched: 0 }
  const channelBits = new Map(channels.map((channel, at) => [channel, 1 << at]))
  const base = 2 ** channels.length

  const addUser = (rows: readonly TouchpointRow[]) => {
    const masks = new Int32Array(rules.days)
    let last: TouchpointRow | undefined
    const emit = (day: number, label: 0 | 1) => {
      let key = 0
      for (let before = rules.lookbackDays - 1; before >= 0; before--) {
        key = key * base + (day >= before ? masks[day - before]! : 0)
      }
      counts[label].set(key, (counts[label].get(key) ?? 0) + 1)
    }
    const convert = (row: TouchpointRow, day: number, at: number) => {
      if (last !== undefined && dayOf(last, rules) > day - rules.lookbackDays) {
        lastTouch.set(last.channel ?? '', (lastTouch.get(last.channel ?? '') ?? 0) + 1)
      } else totals.untouched++
      const brought = at === 0 && row.channel === null && rows[1]?.atSec !== row.atSec
      if (brought) totals.entrances++
      else emit(day, 1)
      masks.fill(0, 0, day + 1)
      last = undefined
    }
    let at = 0
    for (let day = dayOf(rows[0]!, rules); day < rules.days; day++) {
      let converted = false
      let touched = false
      let [seen, isThere] = [0, at > 0]
      const moment = rules.drawMoment?.() ?? SECONDS_PER_DAY
      for (; at < rows.length && dayOf(rows[at]!, rules) === day; at++) {
        const row = rows[at]!
        if (row.channel !== null) {
          masks[day]! |= channelBits.get(row.channel) ?? 0
          last = row
          touched = true
        }
        if (row.atSec % SECONDS_PER_DAY <= moment) {
          isThere = true
          seen = masks[day]!
        }
        if (row.conversion === 0) continue
        convert(row, day, at)
        converted = true
      }
      if (converted || !(rules.seedFormat ? touched : isThere)) continue
      const whole = masks[day]!
      masks[day] = rules.seedFormat ? whole : seen
      emit(day, 0)
      masks[day] = whole
    }
  }

  let user: TouchpointRow[] = []
  for (const batch of simulation.rows) {
    for (const row of batch) {
      if (user.length > 0 && user[0]!.userId !== row.userId) {
        addUser(user)
        user = []
      }
      user.push(row)
    }
  }
  if (user.length > 0) addUser(user)
  const records = (label: 0 | 1) =>
    [...counts[label]].map(([key, count]) => decode(key, count, label, channels.length))
  return {
    grid,
    channels,
    positives: records(1),
    negatives: records(0),
    entrances: totals.entrances,
    lastTouch: { byChannel: lastTouch, baseline: totals.untouched },
  }
}

function dayOf(row: TouchpointRow, { firstDay }: PlainRules): number {
  return Math.floor(row.atSec / SECONDS_PER_DAY) - firstDay
}

function decode(key: number, count: number, label: 0 | 1, channelCount: number): PatternRecord {
  const daysBefore: number[] = []
  const channels: number[] = []
  for (let rest = key, cell = 0; rest > 0; rest = Math.floor(rest / 2), cell++) {
    if (rest % 2 === 0) continue
    daysBefore.push(Math.floor(cell / channelCount))
    channels.push(cell % channelCount)
  }
  return { daysBefore, channels, label, count, validationCount: 0, value: 0 }
}
