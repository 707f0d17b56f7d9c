import type { ExportManifest } from '../artifacts/manifest.ts'
import { type LocalDays, localDaysOf } from '../examples/local-days.ts'
import type { ExampleRules } from '../examples/touchpoints.ts'
import { otherPositionOf } from '../examples/vocabulary.ts'
import { optionsOfRecord } from '../options/shaping.ts'
import { readSpanOf, SECONDS_PER_DAY, withinSpan } from '../queries/time-sql.ts'
import { planScan } from '../queries/touchpoint-scan.ts'
import type { TouchpointParts } from '../queries/touchpoints-sql.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { exampleRules, touchpointSource } from './example-options.ts'

/** The touchpoints that an export read, for a later step that reads them again. */
export interface ExportedTouchpoints extends TouchpointParts {
  readonly rules: ExampleRules
  readonly days: LocalDays
}

/**
 * @returns them as the manifest describes them.
 * @throws {ConfigError} where the table or a column isn't there any more.
 */
export async function readExportedTouchpoints(
  warehouse: Warehouse,
  manifest: ExportManifest,
): Promise<ExportedTouchpoints> {
  const { channels, period } = manifest
  const exported = optionsOfRecord(manifest.options)
  // One query reads all users.
  const rules = {
    ...exampleRules(exported),
    usersPerShard: undefined,
    userTable: undefined,
    userRndColumn: '',
  }
  // Rows that came after the export, or that it left out, are no part of its run.
  const firstSec = Math.floor(period.firstAtSec / SECONDS_PER_DAY) * SECONDS_PER_DAY
  const span = withinSpan(readSpanOf(rules), { fromSec: firstSec, toSec: period.lastAtSec + 1 })
  const distinct = manifest.counts.duplicateRows > 0
  const { rules: channelRules, names } = manifest.channelRules ?? {}
  const source = { ...touchpointSource(exported, channelRules), ruledNames: names }
  return {
    ...(await planScan(warehouse, source, span, distinct)),
    rules,
    channels,
    otherPosition: otherPositionOf(channels, exported.maxChannels),
    days: localDaysOf(rules.timeZone, period.firstAtSec, Math.max(period.lastAtSec, rules.fromSec ?? 0)),
  }
}
