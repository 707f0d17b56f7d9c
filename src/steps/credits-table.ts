import type { ExportManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import { wordLayoutOf } from '../examples/pattern-words.ts'
import { conversionCreditsSql, patternCreditColumns, wordNames } from '../queries/conversion-credits-sql.ts'
import type { WindowParts } from '../queries/window-sql.ts'
import { credits } from '../tables/credits.ts'
import { maybeTarget, stampCells, type WritingOptions } from '../tables/output-tables.ts'
import { sqlColumns, sqlRows } from '../tables/table.ts'
import type { QueryWrite, WrittenTable } from '../warehouse/warehouse.ts'
import { type ExportedTouchpoints, readExportedTouchpoints } from './exported-touchpoints.ts'
import type { Exported } from './frame.ts'
import { type ConversionCredits, lookupRows } from './pattern-credit-rows.ts'
import type { World } from './world.ts'

/**
 * Writes a row for each conversion and touched cell, and one for its baseline: made in the warehouse, by joining the
 * conversions with the credits of their patterns, so that no conversion passes through here. The rows' incremental
 * credits add up to 1 for each conversion, over the table to `attribution`.
 * @throws {DataError} where the touchpoints are no longer those that were exported.
 */
export async function writeCreditsTables(
  options: WritingOptions<'creditsTable'>,
  world: World,
  { manifest, stamp }: Exported,
  credited: ConversionCredits,
): Promise<readonly WrittenTable[]> {
  const target = maybeTarget(credits, options, stamp)
  if (target === undefined) return []
  const touchpoints = await readExportedTouchpoints(world.warehouse, manifest)
  const parts = windowParts(manifest, touchpoints)
  const { rows, expectedRows } = lookupRows(manifest, credited)
  const constants = stampCells(stamp).map(({ type, value }) => {
    return type === 'timestamp' ? Date.parse(value) / 1000 : value
  })
  const write: QueryWrite = {
    ...target,
    lookup: {
      columns: sqlColumns(patternCreditColumns, wordNames(parts.layout)),
      rows: sqlRows(patternCreditColumns, rows),
    },
    sql: (lookup) => conversionCreditsSql(parts, lookup, constants),
    expectedRows,
    advice:
      'the touchpoints have changed since the export; export again, with --to (TO) where rows are still being added',
  }
  return await world.warehouse.writeTables([write], world.signal)
}

function windowParts(manifest: ExportManifest, touchpoints: ExportedTouchpoints): WindowParts {
  return {
    ...touchpoints,
    layout: wordLayoutOf(gridOf(manifest)),
    batch: 0,
    batches: 1,
    onlyUpToConversions: true,
  }
}
