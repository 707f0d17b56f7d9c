import { DataError } from '../errors.ts'
import { type WordLayout, wordLayoutOf } from '../examples/pattern-words.ts'
import type { Storage } from '../storage/storage.ts'
import { evidenceRowBytes } from './evidence-files.ts'
import {
  type ExportManifest,
  type ModelManifest,
  maybeReadExportManifest,
  type ReadExport,
  readExportManifest,
} from './manifest.ts'
import { negativesStoodFor } from './pattern-source.ts'
import type { StoredRecords } from './stored-file.ts'

/** What does not fit, and where. */
interface Misfit {
  readonly path: readonly string[]
  readonly message: string
}

/** Frame of a TFRecord without any content: https://www.tensorflow.org/tutorials/load_data/tfrecord */
const FRAME_BYTES = 16
const DAY_SEC = 86_400

/**
 * @returns the manifest and the CRC32C of its bytes, by which a model says what export it belongs to.
 * @throws {DataError} where there is none, a field isn't as this version writes it, or fields don't fit together.
 */
export async function readCheckedExport(storage: Storage): Promise<ReadExport> {
  return checked(storage, await readExportManifest(storage), 'export again')
}

/**
 * @param again what to do if it can't be used.
 * @returns the same, undefined where there is none.
 */
export async function maybeReadCheckedExport(
  storage: Storage,
  again: string,
): Promise<ReadExport | undefined> {
  const read = await maybeReadExportManifest(storage, again)
  return read && checked(storage, read, again)
}

function checked({ location }: Storage, read: ReadExport, again: string): ReadExport {
  for (const { path, message } of checkExport(read.manifest)) {
    throw new DataError(`${location}/manifest.json: ${path.join('.')}: ${message}: ${again}`)
  }
  return read
}

/** @returns what in an export's manifest can't be, where each field by itself could. */
function* checkExport(manifest: ExportManifest): Generator<Misfit> {
  yield* checkCounts(manifest)
  yield* checkSampled(manifest)
  yield* checkCampaigns(manifest)
  yield* checkChannels(manifest)
  yield* checkTimes(manifest)
  yield* checkFiles(manifest)
}

type Counts = Omit<ExportManifest['counts'], 'credited'>

/** The smaller one, and the one that it is part of. */
const partsOf: readonly (readonly [part: keyof Counts, whole: keyof Counts])[] = [
  ['touches', 'rows'],
  ['users', 'rows'],
  ['conversions', 'rows'],
  ['mergedConversionRows', 'rows'],
  ['entryConversions', 'conversions'],
  ['positiveExamples', 'conversions'],
  ['positiveValidationExamples', 'positiveExamples'],
  ['negativeValidationExamples', 'negativeExamples'],
]

const creditedParts = [
  ['conversions', 'conversions'],
  ['entryConversions', 'entryConversions'],
  ['examples', 'positiveExamples'],
] as const

function* checkCounts({
  counts,
  sampled,
  positiveShards,
  negativeShards,
}: ExportManifest): Generator<Misfit> {
  for (const [part, whole] of partsOf) {
    if (counts[part] <= counts[whole]) continue
    yield { path: ['counts', part], message: `${counts[part]}, but ${whole} is ${counts[whole]}` }
  }
  const standsFor = negativesStoodFor({ counts, sampled }).negativeExamples
  if (counts.emptyNegativeExamples > standsFor) {
    const message = `${counts.emptyNegativeExamples}, but negativeExamples is ${standsFor}`
    yield { path: ['counts', 'emptyNegativeExamples'], message }
  }
  for (const [part, whole] of creditedParts) {
    if (counts.credited[part] <= counts[whole]) continue
    const message = `${counts.credited[part]}, but counts.${whole} is ${counts[whole]}`
    yield { path: ['counts', 'credited', part], message }
  }
  const sums = [
    ['positivePatterns', positiveShards],
    ['negativePatterns', negativeShards],
  ] as const
  for (const [name, shards] of sums) {
    const records = shards.reduce((sum, shard) => sum + shard.records, 0)
    if (shards.length === 0 || records === counts[name]) continue
    yield { path: ['counts', name], message: `${counts[name]}, but its shards have ${records} records` }
  }
}

function* checkSampled({ counts, sampled, channels, options }: ExportManifest): Generator<Misfit> {
  if (sampled === undefined) return
  const cells = channels.length * options.lookbackWindowDays
  for (const [list, whole] of [
    ['negativeCells', 'negativeExamples'],
    ['negativeValidationCells', 'negativeValidationExamples'],
  ] as const) {
    const path = ['sampled', list]
    if (sampled[list].length !== cells) {
      yield { path, message: `${sampled[list].length} cells, but the patterns have ${cells}` }
    }
    const most = sampled[list].reduce((max, examples) => Math.max(max, examples), 0)
    if (most > counts[whole]) yield { path, message: `${most}, but counts.${whole} is ${counts[whole]}` }
  }
  if (sampled.negativeValidationExamples > sampled.negativeExamples) {
    const message = `${sampled.negativeValidationExamples}, but negativeExamples is ${sampled.negativeExamples}`
    yield { path: ['sampled', 'negativeValidationExamples'], message }
  }
}

function* checkCampaigns({ campaigns, channels, options }: ExportManifest): Generator<Misfit> {
  if (campaigns === undefined) return
  const { leaves, negativeCells } = campaigns
  const astray = leaves.find(({ channel }) => channel >= channels.length)
  if (astray !== undefined) {
    const message = `${JSON.stringify(astray.campaign)} is of channel ${astray.channel}, of ${channels.length}`
    yield { path: ['campaigns', 'leaves'], message }
  }
  const cells = leaves.length * options.lookbackWindowDays
  if (negativeCells.length !== cells) {
    const message = `${negativeCells.length} cells, but the patterns have ${cells}`
    yield { path: ['campaigns', 'negativeCells'], message }
  }
}

function* checkChannels({ channels, channelColumns, options }: ExportManifest): Generator<Misfit> {
  const { maxChannels } = options
  // Besides, (other).
  if (channels.length > maxChannels + 1) {
    yield { path: ['channels'], message: `${channels.length} channels, but maxChannels is ${maxChannels}` }
  }
  if (channelColumns.length !== channels.length) {
    const message = `${channelColumns.length} columns for ${channels.length} channels`
    yield { path: ['channelColumns'], message }
  }
  for (const [path, names] of [
    ['channels', channels],
    ['channelColumns', channelColumns],
  ] as const) {
    const twice = names.find((name, at) => names.indexOf(name) !== at)
    if (twice !== undefined) yield { path: [path], message: `${JSON.stringify(twice)} is there twice` }
  }
}

function* checkTimes({ period, options, evidence }: ExportManifest): Generator<Misfit> {
  const { firstAtSec, lastAtSec } = period
  if (firstAtSec > lastAtSec) {
    yield { path: ['period', 'firstAtSec'], message: `${firstAtSec} is after lastAtSec, ${lastAtSec}` }
  }
  const { from, to, creditFrom } = options
  if (from !== null && to !== null && from >= to) {
    yield { path: ['options', 'from'], message: `${from} is not before to, ${to}` }
  }
  if (creditFrom !== null && (creditFrom < (from ?? creditFrom) || creditFrom >= (to ?? creditFrom + 1))) {
    yield { path: ['options', 'creditFrom'], message: `${creditFrom} is not in the range of from and to` }
  }
  // Local days begin at most a day before or after those of UTC, and one more may begin in the period.
  const mostDays = Math.ceil((lastAtSec - firstAtSec) / DAY_SEC) + 2
  if (evidence.days > mostDays) {
    const message = `${evidence.days}, but the period is over after ${mostDays} at most`
    yield { path: ['evidence', 'days'], message }
  }
  if (Math.abs(evidence.firstDay - firstAtSec / DAY_SEC) > 2) {
    const message = `${evidence.firstDay}, but the period begins on day ${Math.floor(firstAtSec / DAY_SEC)}`
    yield { path: ['evidence', 'firstDay'], message }
  }
}

function* checkFiles(manifest: ExportManifest): Generator<Misfit> {
  const { positiveShards, negativeShards, evidence, options, channels, campaigns } = manifest
  const folders = [
    ['positiveShards', 'positive_tfrecords/', positiveShards],
    ['negativeShards', 'negative_tfrecords/', negativeShards],
    ['evidence.files', 'evidence/', evidence.files],
    ['campaigns.shards', 'campaign_tfrecords/', campaigns?.shards ?? []],
  ] as const
  for (const [list, folder, files] of folders) yield* checkNames(list.split('.'), folder, files)
  const shards = [...positiveShards, ...negativeShards, ...(campaigns?.shards ?? [])]
  for (const { name, records, bytes } of shards) {
    if (records * FRAME_BYTES <= bytes) continue
    yield { path: [name], message: `${records} records in ${bytes} bytes` }
  }
  const layout = wordLayoutOf({ lookbackDays: options.lookbackWindowDays, channelCount: channels.length })
  for (const file of evidence.files) yield* checkEvidenceBytes(file, layout)
}

function* checkNames(
  path: readonly string[],
  folder: string,
  files: readonly StoredRecords[],
): Generator<Misfit> {
  const names = files.map(({ name }) => name)
  const astray = names.find((name) => !name.startsWith(folder))
  if (astray !== undefined) yield { path, message: `${astray} is not in ${folder}` }
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) yield { path, message: `${twice} is there twice` }
}

function* checkEvidenceBytes({ name, records, bytes }: StoredRecords, layout: WordLayout): Generator<Misfit> {
  const needed = records * evidenceRowBytes(layout)
  if (needed !== bytes)
    yield { path: [name], message: `${records} records need ${needed} bytes, not ${bytes}` }
}

/**
 * @returns what is wrong with the shape of a hazard model, and what it has to be; undefined where it fits its channels.
 */
export function maybeHazardMisfit({ channels, hazard }: ModelManifest): string | undefined {
  const { weights, pairs, exposure } = hazard
  const curves = Object.values(hazard.decay).flat().length
  const columns = 1 + channels.length * curves + pairs.length
  const fits =
    weights.length === channels.length &&
    weights.every((ofChannel) => ofChannel.length === curves) &&
    pairs.every(({ channels: [first, second] }) => first < second && second < channels.length) &&
    exposure.length === columns
  if (fits) return undefined
  return (
    `hazard: weights of ${weights.length} channels, ${pairs.length} pairs and ${exposure.length} exposures, ` +
    `${channels.length} channels with ${curves} curves of decay need ${channels.length}, pairs of them and ${columns}`
  )
}
