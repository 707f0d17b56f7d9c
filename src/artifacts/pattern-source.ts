import type { CellGrid, PatternRecord } from '../examples/pattern.ts'
import type { Storage } from '../storage/storage.ts'
import type { ExportManifest } from './manifest.ts'
import { readShards } from './shards.ts'

/** The exported patterns as streams that can be begun again and again. */
export interface PatternSource {
  positives(): AsyncIterable<readonly PatternRecord[]>
  negatives(): AsyncIterable<readonly PatternRecord[]>
}

/** @returns streams over the shards that the manifest names; every pull checks them against it. */
export function openPatternSource(
  storage: Storage,
  manifest: ExportManifest,
  signal: AbortSignal,
): PatternSource {
  return {
    positives: () => readShards(storage, manifest.positiveShards, signal),
    negatives: () => readShards(storage, manifest.negativeShards, signal),
  }
}

/** @returns the grid of cells that the manifest's patterns live on. */
export function gridOf(manifest: ExportManifest): CellGrid {
  return { lookbackDays: manifest.options.lookbackDays, channelCount: manifest.channels.length }
}
