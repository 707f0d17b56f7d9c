import type { ExportManifest } from '../artifacts/manifest.ts'
import type { EvidenceRow, MethodRows, SignalVerdict } from '../artifacts/results.ts'
import type { ModelQuality } from '../evidence/held-out.ts'
import { type CreditNoise, INTERVAL_REACH } from '../evidence/intervals.ts'
import { lossVerdict, rankVerdict } from '../evidence/verdicts.ts'
import { compensatedSum } from '../numerics/compensated-sum.ts'
import type { Options } from '../options/option-table.ts'
import { type AttributionRow, BASELINE_CHANNEL } from '../shapley/totals.ts'
import type { OutputColumn, TableWrite } from '../warehouse/warehouse.ts'
import { outputTables, type Stamp, stampedWrite } from './output-tables.ts'

const evidenceColumns: readonly OutputColumn[] = [
  { name: 'measure', type: 'varchar' },
  { name: 'value', type: 'double' },
  { name: 'lower', type: 'double' },
  { name: 'upper', type: 'double' },
  { name: 'verdict', type: 'varchar' },
]

/** @returns the rows of the table `evidence`: signal test first, then a few measures for each model. */
export function evidenceRows(
  signal: SignalVerdict,
  qualities: readonly ModelQuality[],
): readonly EvidenceRow[] {
  const row = (measure: string, value: number, verdict: string | null = null): EvidenceRow => {
    return { measure, value, lower: null, upper: null, verdict }
  }
  const [first] = qualities
  return [
    row('signal_p_value', signal.pValue, signal.verdict),
    row('signal_statistic', signal.statistic),
    row('signal_draws', signal.draws),
    ...(first === undefined ? [] : [row('log_loss_constant', first.quality.constantLogLoss)]),
    ...qualities.flatMap(({ model, quality }) => [
      row(`log_loss_${model}`, quality.logLoss, lossVerdict(quality)),
      row(`auc_${model}`, quality.auc, rankVerdict(quality)),
      row(`calibration_error_${model}`, quality.calibrationError),
    ]),
  ]
}

/** @returns the write of the table `evidence`. */
export function evidenceWrite(options: Options, stamp: Stamp, rows: readonly EvidenceRow[]): TableWrite {
  return stampedWrite(
    options,
    stamp,
    outputTables(options).evidence,
    evidenceColumns,
    rows.map(({ measure, value, lower, upper, verdict }) => [measure, value, lower, upper, verdict]),
  )
}

/**
 * @param rows of a method whose credits are exact but for sampling noise, cells in the grid's order.
 * @param least no interval reaches below it: 0 where credits can't be negative.
 * @returns the rows with their intervals, and those of the channels' sums over their days.
 */
export function withIntervals(
  { method, rows }: Pick<MethodRows, 'method' | 'rows'>,
  noise: CreditNoise,
  { channels }: Pick<ExportManifest, 'channels'>,
  least: number,
): MethodRows {
  const ends = (conversions: number, deviation: number) => ({
    lower: Math.max(least, conversions - INTERVAL_REACH * deviation),
    upper: conversions + INTERVAL_REACH * deviation,
  })
  const withEnds = rows.map((row, at): AttributionRow => {
    if (row.conversions === null) return row
    const deviation = row.channel === BASELINE_CHANNEL ? noise.baseline : (noise.cells[at] ?? 0)
    return { ...row, ...ends(row.conversions, deviation) }
  })
  const isKnown = rows.every(({ conversions }) => conversions !== null)
  const sums = channels.map((channel, at) => {
    const own = rows.filter((row) => row.channel === channel && row.daysBefore !== null)
    const conversions = compensatedSum(own.map((row) => row.conversions ?? 0))
    return { channel, ...ends(conversions, noise.channels[at] ?? 0) }
  })
  return { method, rows: withEnds, channels: isKnown ? sums : null }
}
