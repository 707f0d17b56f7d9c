import type { ExportManifest } from '../artifacts/manifest.ts'
import { type PerformanceDocument, readResult, writeResult } from '../artifacts/results.ts'
import { localDaysOf, startOfDay } from '../examples/local-days.ts'
import { otherPositionOf } from '../examples/vocabulary.ts'
import type { Options } from '../options/option-table.ts'
import { readSpend, type Spend, type SpendPeriod } from '../queries/spend.ts'
import type { MethodRows } from '../tables/attribution.ts'
import { maybeTable, maybeTableName, type Stamp } from '../tables/output-tables.ts'
import { type PerformanceRow, performance, performanceRows } from '../tables/performance.ts'
import type { WrittenTable } from '../warehouse/warehouse.ts'
import type { World } from './world.ts'

/** The spend of a run, and what a former step of it wrote of it. */
export interface RunSpend {
  readonly spend: Spend
  readonly hasValue: boolean
  readonly exportCrc32c: number
  readonly former: PerformanceDocument | undefined
}

/**
 * Reads the spend, before any other work: a bad table ends the step at once.
 * @param exportCrc32c of the export's manifest.
 * @returns undefined without `--spend-table`.
 * @throws {ConfigError} {DataError} where it can't be used.
 */
export async function readRunSpend(
  options: Options,
  world: World,
  manifest: ExportManifest,
  exportCrc32c: number,
): Promise<RunSpend | undefined> {
  const table = maybeTable(options, 'spendTable')
  if (table === undefined) return undefined

  const { channels } = manifest
  const keepsAll = otherPositionOf(channels, manifest.options.maxChannels) === undefined
  const folded = keepsAll ? undefined : new Set(channels)
  const spend = await readSpend(world.warehouse, table, spendPeriod(manifest), folded, world.signal)
  if (spend.withoutChannel > 0) {
    world.logger.warn({ spend: spend.withoutChannel, table }, 'left out spend of rows without a channel')
  }
  return {
    spend,
    hasValue: manifest.options.valueColumn !== null,
    exportCrc32c,
    former: await readResult(world.storage, 'performance', exportCrc32c),
  }
}

/** The range of the export; where it is open, the days of the data, of which the first and last may be half. */
function spendPeriod({ options, period }: ExportManifest): SpendPeriod {
  const { timeZone, from, to } = options
  const days = localDaysOf(timeZone, period.firstAtSec, period.lastAtSec)
  return {
    fromSec: from ?? startOfDay(timeZone, days.dayOf(period.firstAtSec)),
    toSec: to ?? startOfDay(timeZone, days.dayOf(period.lastAtSec) + 1),
  }
}

/**
 * @param methods of all steps so far, as in the `attribution` table.
 * @returns what they cost and brought; none without spend.
 */
export function runPerformanceRows(
  methods: readonly MethodRows[],
  runSpend: RunSpend | undefined,
): readonly PerformanceRow[] {
  return runSpend === undefined ? [] : performanceRows(methods, runSpend.spend, runSpend.hasValue)
}

/** Leaves the rows for the steps after; nothing without spend. */
export async function writePerformance(
  options: Options,
  world: World,
  stamp: Stamp,
  rows: readonly PerformanceRow[],
  runSpend: RunSpend | undefined,
  written: readonly WrittenTable[],
): Promise<void> {
  if (runSpend === undefined) return
  await writeResult(world.storage, {
    schemaVersion: 1,
    kind: 'performance',
    runId: stamp.runId,
    sessionTime: stamp.sessionTime,
    exportCrc32c: runSpend.exportCrc32c,
    rows,
    tableSkipped: written.some(
      ({ table, skipped }) => skipped && table.table === maybeTableName(performance, options)?.table,
    ),
  })
}
