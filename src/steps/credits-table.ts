import type { ExportManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import { wordLayoutOf } from '../examples/pattern-words.ts'
import { isBlank } from '../examples/vocabulary.ts'
import type { Options } from '../options/option-table.ts'
import { conversionCreditsSql, patternCreditColumns } from '../queries/conversion-credits-sql.ts'
import type { WindowSqlParts } from '../queries/extraction-sql.ts'
import { inSpanSql } from '../queries/rows-read.ts'
import { quoteTable } from '../queries/sql.ts'
import { type Stamp, stampedWrite } from '../tables/output-tables.ts'
import type { OutputColumn, QueryWrite, TableName, WrittenTable } from '../warehouse/warehouse.ts'
import { type ExportedTouchpoints, readExportedTouchpoints } from './exported-touchpoints.ts'
import { type ConversionCredits, lookupRows } from './pattern-credit-rows.ts'
import type { World } from './world.ts'

const creditColumns: readonly OutputColumn[] = [
  { name: 'user_id', type: 'varchar' },
  { name: 'conversion_time', type: 'timestamp' },
  { name: 'channel', type: 'varchar' },
  { name: 'days_before_conversion', type: 'bigint' },
  { name: 'influenced_credit', type: 'double' },
  { name: 'incremental_credit', type: 'double' },
  { name: 'value', type: 'double' },
]

/** @returns where the credits of single conversions go; nowhere where nobody asked for them. */
export function creditsTables({ db, creditsTable: table }: Options): readonly TableName[] {
  return table === undefined ? [] : [{ database: db, table }]
}

/**
 * Writes a row for each conversion and touched cell, and one for its baseline: made in the warehouse, by joining the
 * conversions with the credits of their patterns, so that no conversion passes through here. The rows' incremental
 * credits add up to 1 for each conversion, over the table to `attribution`.
 * @throws {DataError} where the touchpoints are no longer those that were exported.
 */
export async function writeCreditsTables(
  options: Options,
  world: World,
  stamp: Stamp,
  manifest: ExportManifest,
  credited: ConversionCredits,
): Promise<readonly WrittenTable[]> {
  const [table] = creditsTables(options)
  if (table === undefined) return []
  const touchpoints = await readExportedTouchpoints(options, world.warehouse, manifest)
  const parts = await windowParts(world, manifest, touchpoints)
  const { columns, ifExists, runId } = stampedWrite(options, stamp, table, creditColumns, [])
  const { rows, expectedRows } = lookupRows(manifest, credited)
  const constants = [
    ...(stamp.conversionType === null ? [] : [stamp.conversionType]),
    stamp.runId,
    Date.parse(stamp.sessionTime) / 1000,
  ]
  const write: QueryWrite = {
    table,
    columns,
    ifExists,
    runId,
    lookup: { columns: patternCreditColumns(parts.layout), rows },
    sql: (lookup) => conversionCreditsSql(parts, lookup, constants),
    expectedRows,
    advice:
      'the touchpoints have changed since the export; export again, with --to (TO) where rows are still being added',
  }
  return await world.warehouse.writeTables([write], world.signal)
}

async function windowParts(
  { warehouse, signal }: World,
  manifest: ExportManifest,
  touchpoints: ExportedTouchpoints,
): Promise<WindowSqlParts> {
  const keepsAll = touchpoints.otherPosition === undefined
  return {
    ...touchpoints,
    blankChannels: keepsAll ? [] : await readBlankChannels(warehouse, touchpoints, signal),
    layout: wordLayoutOf(gridOf(manifest)),
    batch: 0,
    batches: 1,
    onlyUpToConversions: true,
  }
}

/** Where channels are left over, blank ones must not pass for one of them. */
async function readBlankChannels(
  warehouse: World['warehouse'],
  { source, columns, prune, span }: ExportedTouchpoints,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const blank: string[] = []
  const conditions = [inSpanSql(span, columns.atSec), ...(prune === undefined ? [] : [prune])]
  const sql = `SELECT DISTINCT ${columns.channel} FROM ${quoteTable(source.table)} WHERE ${conditions.join(' AND ')}`
  for await (const rows of warehouse.query(sql, signal)) {
    for (const [channel] of rows) if (typeof channel === 'string' && isBlank(channel)) blank.push(channel)
  }
  return blank
}
