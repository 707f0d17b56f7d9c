import { DataError } from '../errors.ts'
import { DistinctPatterns } from '../examples/distinct-patterns.ts'
import { type LeafGrid, LeafPatterns } from '../examples/leaf-patterns.ts'
import type { CellGrid, ConvertingPatterns, PatternRecord } from '../examples/pattern.ts'
import { CellCounts } from '../hazard/exposure.ts'
import type { SampledExamples } from '../hazard/hazard.ts'
import type { Storage } from '../storage/storage.ts'
import type { ExportManifest } from './manifest.ts'
import { readShards } from './shards.ts'

/** The exported patterns as streams that can be read again and again. */
export interface PatternSource {
  positives(): AsyncIterable<readonly PatternRecord[]>
  negatives(): AsyncIterable<readonly PatternRecord[]>
  /** Where the negatives are a sample, what there is of them. */
  readonly counted?: CountedNegatives | undefined
}

/** Examples without a conversion of all users, kept or not; one in `oneOf` users is. */
export interface CountedNegatives {
  readonly all: SampledExamples
  /** Of users who don't validate. */
  readonly training: SampledExamples
}

/** @returns streams over the shards that the manifest lists; each is checked against it while it is read. */
export function openPatternSource(
  storage: Storage,
  manifest: ExportManifest,
  signal: AbortSignal,
): PatternSource {
  return {
    positives: () => readShards(storage, manifest.positiveShards, signal, 1),
    negatives: () => readShards(storage, manifest.negativeShards, signal, 0),
    counted: maybeCounted(manifest),
  }
}

function maybeCounted(manifest: ExportManifest): CountedNegatives | undefined {
  const { sampled, counts } = manifest
  if (sampled === undefined) return undefined
  const { oneOf, negativeCells, negativeValidationCells } = sampled
  const training = negativeCells.map((examples, cell) => examples - (negativeValidationCells[cell] ?? 0))
  const grid = gridOf(manifest)
  const trainingExamples = counts.negativeExamples - counts.negativeValidationExamples
  return {
    all: { oneOf, negatives: CellCounts.of(grid, counts.negativeExamples, negativeCells) },
    training: { oneOf, negatives: CellCounts.of(grid, trainingExamples, training) },
  }
}

/** @returns how many examples the negative patterns stand for: where they are a sample, about as many as there are. */
export function negativesStoodFor({
  counts,
  sampled,
}: Pick<ExportManifest, 'counts' | 'sampled'>): Pick<
  ExportManifest['counts'],
  'negativeExamples' | 'negativeValidationExamples'
> {
  return sampled ?? counts
}

/** @returns the same examples, to be learned from: none of them are held out. */
export function withoutHoldOut(source: PatternSource): PatternSource {
  async function* learned(batches: AsyncIterable<readonly PatternRecord[]>) {
    for await (const batch of batches) yield batch.map((record) => ({ ...record, validationCount: 0 }))
  }
  return { positives: () => learned(source.positives()), negatives: () => learned(source.negatives()) }
}

/** @returns the grid of cells of the manifest's patterns. */
export function gridOf(manifest: ExportManifest): CellGrid {
  return { lookbackDays: manifest.options.lookbackWindowDays, channelCount: manifest.channels.length }
}

/** @returns what the campaigns of an export are; undefined where there are none. */
export function maybeLeafGrid(manifest: ExportManifest): LeafGrid | undefined {
  if (manifest.campaigns === undefined) return undefined
  const { leaves } = manifest.campaigns
  const channelGrid = gridOf(manifest)
  return { leaves, grid: { ...channelGrid, channelCount: leaves.length }, channelGrid }
}

/**
 * Reads the patterns of campaigns that led to conversions.
 * @returns undefined where there are no campaigns. @throws {DataError} where a file is not what the manifest says.
 */
export async function maybeLeafPatterns(
  storage: Storage,
  manifest: ExportManifest,
  signal: AbortSignal,
): Promise<LeafPatterns | undefined> {
  const of = maybeLeafGrid(manifest)
  if (of === undefined) return undefined
  const patterns = new LeafPatterns(of)
  for await (const batch of readShards(storage, manifest.campaigns?.shards ?? [], signal, 1)) {
    for (const record of batch) patterns.add(record)
  }
  return patterns
}

/** The patterns that led to conversions, each once, in the order in which they were first read. */
export interface ExportedConversions {
  /** Those of all conversions that models are fitted to. */
  readonly learned: ConvertingPatterns
  /** Those of the conversions to credit, which are some of these. */
  readonly credited: ConvertingPatterns
}

/**
 * Reads all patterns that led to conversions.
 * @throws {DataError} where the number of conversions is not what the manifest says.
 */
export async function readConvertingPatterns(
  manifest: ExportManifest,
  { positives }: Pick<PatternSource, 'positives'>,
): Promise<ExportedConversions> {
  const { positiveExamples, credited } = manifest.counts
  const distinct = new DistinctPatterns(gridOf(manifest))
  const some = credited.examples === positiveExamples ? undefined : new DistinctPatterns(gridOf(manifest))
  for await (const batch of positives()) {
    for (const record of batch) {
      distinct.add(record)
      some?.addCredited(record)
    }
  }
  const learned = checkTotal('conversions', distinct.build(), positiveExamples)
  return {
    learned,
    credited: some ? checkTotal('conversions to credit', some.build(), credited.examples) : learned,
  }
}

function checkTotal(what: string, converting: ConvertingPatterns, expected: number): ConvertingPatterns {
  const total = converting.conversions.reduce((sum, conversions) => sum + conversions, 0)
  if (total === expected) return converting
  throw new DataError(
    `the positive TFRecords hold ${total} ${what}, the manifest says ${expected}: export again`,
  )
}
