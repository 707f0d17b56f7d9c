import type { ExportManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import type { Options } from '../options/option-table.ts'
import type { CellCredits } from '../shapley/credit.ts'
import {
  type AttributionRow,
  buildAttributionRows,
  buildShapleyChannelShares,
  buildShapleyRows,
} from '../shapley/totals.ts'
import type { OutputColumn, TableWrite } from '../warehouse/warehouse.ts'
import { outputTables, type Stamp, stampedWrite } from './output-tables.ts'

/** The credits that one method gives, under its name in the `attribution` table. */
export interface MethodCredits {
  readonly method: string
  readonly credits: CellCredits
}

/** @returns the rows of one method in the `attribution` table. */
export function attributionRowsOf(credits: CellCredits, manifest: ExportManifest): readonly AttributionRow[] {
  return buildAttributionRows(credits, {
    grid: gridOf(manifest),
    channels: manifest.channels,
    entryConversions: manifest.counts.entryConversions,
    entryValue: manifest.counts.entryValue,
    seedFormat: manifest.seedFormat,
    hasValue: manifest.options.valueColumn !== null,
  })
}

/**
 * @param leading the method whose shares fill them.
 * @returns the tables `shapley` and `shapley_channel`.
 */
export function shapleyWrites(
  options: Options,
  stamp: Stamp,
  manifest: ExportManifest,
  leading: MethodCredits,
): readonly TableWrite[] {
  const tables = outputTables(options)
  const grid = gridOf(manifest)
  const channelColumns = manifest.channelColumns.map((name): OutputColumn => ({ name, type: 'double' }))
  const dayColumn: OutputColumn = { name: 'days_before_conversion', type: 'bigint' }
  const shapleyRows = buildShapleyRows(leading.credits, grid).map((row) => [row.daysBefore, ...row.shares])
  const channelRow = buildShapleyChannelShares(leading.credits, grid)
  return [
    stampedWrite(options, stamp, tables.shapley, [dayColumn, ...channelColumns], shapleyRows),
    stampedWrite(options, stamp, tables.shapleyChannel, channelColumns, [channelRow]),
  ]
}
