import type { Options } from '../config/options.ts'
import type { ExportManifest } from '../examples/manifest.ts'
import { type ReadSpan, readSpanOf } from '../examples/rows-read.ts'
import type { ExampleRules, TouchpointSource } from '../examples/touchpoints.ts'
import { exampleRules } from './example-options.ts'

/** The touchpoints that an export read, for a later step that reads them once more. */
export interface ExportedTouchpoints {
  readonly source: TouchpointSource
  readonly rules: ExampleRules
  /** Up to the last row that the export saw: what came later is no part of its run. */
  readonly span: ReadSpan
  /** Position of `(other)` in the vocabulary; undefined where every channel is kept. */
  readonly otherPosition: number | undefined
}

/** @returns them as the manifest tells; of the options only what the examples don't depend on is taken. */
export function exportedTouchpoints(options: Options, manifest: ExportManifest): ExportedTouchpoints {
  const { channels, period, options: exported } = manifest
  const { conversionTypeColumn: column, conversionType: type } = exported
  const rules: ExampleRules = {
    ...exampleRules(options),
    kind: exported.examples,
    lookbackDays: exported.lookbackDays,
    maxChannels: exported.maxChannels,
    timeZone: exported.timeZone,
    fromSec: exported.from ?? undefined,
    toSec: exported.to ?? undefined,
  }
  return {
    source: {
      table: { database: exported.database, table: exported.table },
      userColumn: exported.userColumn,
      timeColumn: exported.timeColumn,
      actionColumn: exported.actionColumn,
      conversionColumn: exported.conversionColumn,
      valueColumn: exported.valueColumn ?? undefined,
      conversionKind: column === null || type === null ? undefined : { column, type },
    },
    rules,
    span: {
      ...readSpanOf(rules),
      toSec: Math.min(rules.toSec ?? Number.POSITIVE_INFINITY, period.lastAtSec + 1),
    },
    otherPosition: channels.length > exported.maxChannels ? channels.length - 1 : undefined,
  }
}
