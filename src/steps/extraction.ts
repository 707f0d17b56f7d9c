import { evidenceName, writeEvidence } from '../artifacts/evidence-files.ts'
import type { ExportManifest } from '../artifacts/manifest.ts'
import { SEGMENTS_NAME } from '../artifacts/segments.ts'
import { shardName, writeShard } from '../artifacts/shards.ts'
import { isPartName, type StoredRecords } from '../artifacts/stored-file.ts'
import type { Leaf } from '../examples/leaves.ts'
import { cellCount } from '../examples/pattern.ts'
import type { WordPatterns } from '../examples/word-patterns.ts'
import { type BatchTotals, extractBatch, setBatchesAside, spanParts } from '../queries/extract.ts'
import { extractCampaigns, leafLayoutOf } from '../queries/extract-campaigns.ts'
import type { ExtractionPlan } from '../queries/extraction-plan.ts'
import type { SampledNegatives } from '../queries/negative-cells.ts'
import type { Storage } from '../storage/storage.ts'
import type { World } from './world.ts'

/** Of an export, and the extension of their files. */
const folders = {
  positive_tfrecords: 'tfrecord',
  negative_tfrecords: 'tfrecord',
  campaign_tfrecords: 'tfrecord',
  evidence: 'spans',
}

/** Removes the manifest first, so that an incomplete export is never read. */
export async function removeFormerExport(storage: Storage): Promise<void> {
  await storage.delete('manifest.json')
  await storage.delete(SEGMENTS_NAME)
  for (const [folder, extension] of Object.entries(folders)) {
    for (const name of await storage.list(`${folder}/`)) {
      // What else lies there is somebody else's.
      if (isPartName(name, folder, extension)) await storage.delete(name)
    }
  }
}

/** The files of an export, and what each batch counted. */
export interface Extracted {
  readonly positiveShards: readonly StoredRecords[]
  readonly negativeShards: readonly StoredRecords[]
  readonly evidence: readonly StoredRecords[]
  readonly totals: readonly BatchTotals[]
  /** Of each batch, where days without a conversion are those of some users. */
  readonly sampled: readonly SampledNegatives[]
  /** Undefined without campaigns. */
  readonly campaigns: ExportManifest['campaigns']
}

/** Reduces the touchpoints batch by batch and writes each one's shards. */
export async function extractAll(world: World, plan: ExtractionPlan): Promise<Extracted> {
  const { warehouse, storage, progress, signal } = world
  const positiveShards: StoredRecords[] = []
  const negativeShards: StoredRecords[] = []
  const evidence: StoredRecords[] = []
  const totals: BatchTotals[] = []
  const sampled: SampledNegatives[] = []
  const aside = await setBatchesAside(warehouse, plan, signal)
  for (let batch = 0; batch < plan.batches; batch++) {
    signal.throwIfAborted()
    const extraction = extractBatch(warehouse, plan, batch, signal, aside?.table)
    const { positives, negatives } = splitByLabel(extraction.patterns)
    const write = (label: 'positive' | 'negative', patterns: AsyncIterable<WordPatterns>) =>
      writeShard(storage, shardName(label, batch, plan.batches), plan.layout, patterns, signal)
    positiveShards.push(await write('positive', positives))
    negativeShards.push(await write('negative', negatives))
    evidence.push(await writeEvidence(storage, evidenceName(batch, plan.batches), extraction.evidence()))
    totals.push(extraction.totals())
    sampled.push(...[extraction.sampled() ?? []].flat())
    progress.update('export', batch + 1, plan.batches)
  }
  await aside?.remove()
  const campaigns = plan.campaignLeaves && (await extractAllCampaigns(world, plan, plan.campaignLeaves))
  return { positiveShards, negativeShards, evidence, totals, sampled, campaigns }
}

/** Reads what is known of campaigns, in the same batches. */
async function extractAllCampaigns(
  { warehouse, storage, signal }: World,
  plan: ExtractionPlan,
  leaves: readonly Leaf[],
): Promise<NonNullable<ExportManifest['campaigns']>> {
  const layout = leafLayoutOf(plan.rules.lookbackDays, leaves)
  const negativeCells: number[] = Array(cellCount(layout.grid)).fill(0)
  const shards: StoredRecords[] = []
  for (let batch = 0; batch < plan.batches; batch++) {
    signal.throwIfAborted()
    const campaigns = extractCampaigns(warehouse, spanParts(plan, batch), leaves, signal)
    const name = shardName('campaign', batch, plan.batches)
    shards.push(await writeShard(storage, name, layout, campaigns.patterns, signal))
    for (const [cell, examples] of (await campaigns.negativeCells()).entries()) {
      negativeCells[cell] = (negativeCells[cell] ?? 0) + examples
    }
  }
  return { leaves: [...leaves], negativeCells, shards }
}

/**
 * Splits a stream that has all patterns of label 1 before those of label 0, without holding either part.
 * @returns two streams over the one: `positives` has to be read to its end before `negatives` is begun.
 */
function splitByLabel(patterns: AsyncIterable<WordPatterns>): {
  readonly positives: AsyncIterable<WordPatterns>
  readonly negatives: AsyncIterable<WordPatterns>
} {
  const source = patterns[Symbol.asyncIterator]()
  let firstNegatives: WordPatterns | undefined
  async function* positives() {
    for (let next = await source.next(); !next.done; next = await source.next()) {
      if (next.value.label === 1) yield next.value
      else {
        firstNegatives = next.value
        return
      }
    }
  }
  async function* negatives() {
    if (firstNegatives === undefined) return
    yield firstNegatives
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
  }
  return { positives: positives(), negatives: negatives() }
}
