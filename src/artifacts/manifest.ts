import { z } from 'zod'
import { DataError } from '../errors.ts'
import { findingType } from '../findings/finding.ts'
import { recordedOptionsType } from '../options/shaping.ts'
import type { Storage, StoredObject } from '../storage/storage.ts'
import { maybeReadDocument, writeDocument } from './documents.ts'

const wholeNumber = z.int().nonnegative()
const runIdText = z.string().regex(/^[\w.:+-]{1,200}$/)
/** As many as --max-channels allows, and (other). */
const channelNames = z.array(z.string()).min(1).max(1001)
/** Unix seconds up to the year 3237, where milliseconds begin. */
const atSec = z.number().min(-4e10).max(4e10)
/** Days of such times. */
const dayNumber = z.int().min(-500_000).max(500_000)
const crc32cSum = z.int().min(0).max(0xffff_ffff)

const shardEntry = z.strictObject({
  name: z.string(),
  records: wholeNumber,
  bytes: wholeNumber,
  crc32c: crc32cSum,
})

const storedFile = z.strictObject({ name: z.string(), bytes: wholeNumber, crc32c: crc32cSum })

/** The run that learned a model, and its session. */
export const modelOrigin = z.strictObject({ runId: runIdText, sessionTime: z.iso.datetime() })

const exportManifest = z.strictObject({
  schemaVersion: z.literal(6),
  kind: z.literal('export'),
  runId: runIdText,
  sessionTime: z.iso.datetime(),
  /** What shaped the examples, by the names of the options. */
  options: recordedOptionsType(),
  /** The model whose channels these are, where the run uses that of another run. */
  modelFrom: modelOrigin.optional(),
  channels: channelNames,
  channelColumns: channelNames,
  /** What channels of the touchpoints were called, where rules said it. */
  channelRules: z
    .strictObject({
      /** In their order; null leaves touches out. */
      rules: z
        .array(z.strictObject({ pattern: z.string().min(1), channel: z.string().min(1).nullable() }))
        .min(1),
      /** Names of the touchpoints that a rule matches. */
      names: z.array(z.strictObject({ name: z.string(), channel: z.string().min(1).nullable() })),
      /** Channels that several names of the touchpoints became. */
      merged: z.array(z.string()),
    })
    .optional(),
  seedFormat: z.boolean(),
  period: z.strictObject({ firstAtSec: atSec, lastAtSec: atSec }),
  counts: z.strictObject({
    rows: wholeNumber,
    rowsWithoutUser: wholeNumber,
    rowsWithoutTime: wholeNumber,
    /** Rows that are equal to another one: they count once. */
    duplicateRows: wholeNumber,
    touches: wholeNumber,
    users: wholeNumber,
    /** Those in the range, which models are fitted to. */
    conversions: wholeNumber,
    mergedConversionRows: wholeNumber,
    entryConversions: wholeNumber,
    /** Those of them that are credited: from --credit-from on. */
    credited: z.strictObject({
      conversions: wholeNumber,
      examples: wholeNumber,
      entryConversions: wholeNumber,
      value: z.number(),
      entryValue: z.number(),
    }),
    positiveExamples: wholeNumber,
    negativeExamples: wholeNumber,
    /** Where users are sampled, those that the kept ones stand for. */
    emptyNegativeExamples: wholeNumber,
    positivePatterns: wholeNumber,
    negativePatterns: wholeNumber,
    positiveValidationExamples: wholeNumber,
    negativeValidationExamples: wholeNumber,
  }),
  /** Where only some users' days without a conversion are kept. */
  sampled: z
    .strictObject({
      /** One user in this many was drawn, and each example of theirs counts this many times. */
      oneOf: z.int().min(2),
      /** Examples that the negative patterns stand for; `counts` say how many there are. */
      negativeExamples: wholeNumber,
      negativeValidationExamples: wholeNumber,
      /** Examples without a conversion that touched each cell, days before * channels + channel, of all users. */
      negativeCells: z.array(wholeNumber),
      negativeValidationCells: z.array(wholeNumber),
    })
    .optional(),
  /** With a column of campaigns, what is known of them. */
  campaigns: z
    .strictObject({
      /** The campaigns of all channels, by the position of their channel. */
      leaves: z
        .array(z.strictObject({ channel: z.int().min(0), campaign: z.string() }))
        .min(1)
        .max(2500),
      /** Examples without a conversion that touched each cell, days before * leaves + leaf; those of one channel and day share it. */
      negativeCells: z.array(z.number().nonnegative()),
      /** Patterns of campaigns that led to conversions, in the place of channels. */
      shards: z.array(shardEntry),
    })
    .optional(),
  /** What was noticed about the data. */
  findings: z.array(findingType),
  positiveShards: z.array(shardEntry),
  negativeShards: z.array(shardEntry),
  /** The evidence sample: what its rows hold, and where they are. */
  evidence: z.strictObject({
    rate: z.number().positive().max(1),
    slots: z
      .int()
      .positive()
      .max(2 ** 26),
    firstDay: dayNumber,
    days: z.int().positive().max(1_000_000),
    /** First day of examples; null where that is each user's own. */
    firstExampleDay: dayNumber.nullable(),
    files: z.array(shardEntry),
  }),
})

const net = z.strictObject({
  /** Whose examples it was fitted to: of the training users, judged by the validating ones, or of all. */
  learnedFrom: z.enum(['training', 'all']),
  files: z.array(storedFile),
  keptEpoch: z.int().min(0).max(10_000),
  valLoss: z.number().nonnegative().nullable(),
  /** What the model said of a few patterns when it was saved; other weights say something else. */
  probes: z.array(z.number().min(0).max(1)).max(100),
})

const modelManifest = z.strictObject({
  schemaVersion: z.literal(2),
  kind: z.literal('model'),
  runId: runIdText,
  sessionTime: z.iso.datetime(),
  exportCrc32c: crc32cSum,
  model: z.enum(['stacked', 'bilstm', 'hazard']),
  lookbackDays: z.int().min(1).max(365),
  channels: channelNames,
  seedFormat: z.boolean(),
  backend: z.string().nullable(),
  bilstm: z
    .strictObject({
      width: z.int().min(1).max(1024),
      dropoutRate: z.number().min(0).lt(1),
      baseRate: z.number().min(0).max(1),
      /** All are averaged. The first one is judged by the validating users, if there are any. */
      nets: z.array(net).min(1).max(101),
    })
    .nullable(),
  hazard: z.strictObject({
    baseline: z.number().nonnegative().max(1e15),
    decay: z.union([
      z.strictObject({ halfLivesDays: z.array(z.number().positive().max(3650)).max(100).readonly() }),
      z.strictObject({ lastDays: z.array(z.int().min(0).max(364)).max(365).readonly() }),
    ]),
    /** Of each channel, for each half-life or last day. */
    weights: z
      .array(z.array(z.number().nonnegative().max(1e15)).readonly())
      .max(1001)
      .readonly(),
    /** Positions of two channels, and what they have together. */
    pairs: z
      .array(
        z.strictObject({
          channels: z.tuple([z.int().min(0), z.int().min(0)]).readonly(),
          weight: z.number().nonnegative().max(1e15),
        }),
      )
      .max(1000)
      .readonly(),
    /** Days that each column of the fit was at work on: the baseline, those of each channel, the pairs. */
    exposure: z.array(z.number().nonnegative().max(1e15)),
    logLikelihood: z.number(),
    iterations: z.int().min(0).max(1e9),
  }),
  /** Of an export with campaigns: how strongly their touches work, in parts of their channel's. */
  campaigns: z
    .strictObject({
      /** Shape of the gamma distribution that factors are drawn towards; the larger, the more alike campaigns are. */
      strength: z.number().positive().max(1e9),
      /** Of each channel, what a campaign has of which nothing is known. */
      typical: z.array(z.number().nonnegative().max(1e15)),
      factors: z.array(
        z.strictObject({
          channel: z.int().min(0),
          campaign: z.string(),
          factor: z.number().nonnegative().max(1e15),
          /** Standard deviation of the factor's logarithm. */
          deviation: z.number().nonnegative().max(1e9),
        }),
      ),
    })
    .optional(),
})

/** What an export was made from and what it made; the later steps believe nothing else. Written last. */
export type ExportManifest = z.infer<typeof exportManifest>

/** One of the networks. */
export type NetRecord = z.infer<typeof net>

/** The run that a model is from. */
export type ModelOrigin = z.infer<typeof modelOrigin>

/** What a model was fitted to and where it lies. The hazard model is in it, a BiLSTM's files are named by it. */
export type ModelManifest = z.infer<typeof modelManifest>

const EXPORT_MANIFEST_NAME = 'manifest.json'
const MODEL_MANIFEST_NAME = 'model/manifest.json'

/** An export's manifest and the CRC32C of its bytes. */
export interface ReadExport {
  readonly manifest: ExportManifest
  readonly crc32c: number
}

/**
 * As it is; steps read it by `readCheckedExport`.
 * @returns the manifest and the CRC32C of its bytes, by which a model says what export it belongs to.
 * @throws {DataError} where there is none, or naming the field that isn't as this version writes it.
 */
export async function readExportManifest(storage: Storage): Promise<ReadExport> {
  const read = await maybeReadExportManifest(storage, 'export again')
  if (read === undefined) throw missing(storage, EXPORT_MANIFEST_NAME, 'export')
  return read
}

/**
 * @param again what to do if it can't be read.
 * @returns undefined where there is none.
 * @throws {DataError} naming the field that isn't as this version writes it.
 */
export async function maybeReadExportManifest(
  storage: Storage,
  again: string,
): Promise<ReadExport | undefined> {
  const read = await maybeReadDocument(storage, EXPORT_MANIFEST_NAME, exportManifest, again)
  return read && { manifest: read.content, crc32c: read.crc32c }
}

/** @throws {DataError} where the manifest would not be readable again. */
export async function writeExportManifest(storage: Storage, manifest: ExportManifest): Promise<StoredObject> {
  return await writeDocument(storage, EXPORT_MANIFEST_NAME, exportManifest, manifest, 2)
}

/** @throws {DataError} where there is none, or naming the field that isn't as this version writes it. */
export async function readModelManifest(storage: Storage): Promise<ModelManifest> {
  const manifest = await maybeReadModelManifest(storage)
  if (manifest === undefined) throw missing(storage, MODEL_MANIFEST_NAME, 'train')
  return manifest
}

/**
 * @param again what to do if it can't be read.
 * @returns undefined where there is none.
 * @throws {DataError} naming the field that isn't as this version writes it.
 */
export async function maybeReadModelManifest(
  storage: Storage,
  again = 'train again',
): Promise<ModelManifest | undefined> {
  return (await maybeReadDocument(storage, MODEL_MANIFEST_NAME, modelManifest, again))?.content
}

/** @throws {DataError} where the manifest would not be readable again. */
export async function writeModelManifest(storage: Storage, manifest: ModelManifest): Promise<StoredObject> {
  return await writeDocument(storage, MODEL_MANIFEST_NAME, modelManifest, manifest, 2)
}

function missing(storage: Storage, name: string, step: 'export' | 'train'): DataError {
  const what = step === 'export' ? 'export' : 'model'
  // A bucket is the same for everybody; a directory can be one that ended with its container.
  const elsewhere = storage.location.includes('://')
    ? ''
    : `; where it did run, it wrote to a directory that is not this one: --data-dir (DATA_DIR) has to be ` +
      'gs://bucket/prefix or s3://bucket/prefix, or on a volume that every container mounts'
  return new DataError(
    `no ${what} in ${storage.location}: run td-mta ${step} first (looked for ${storage.location}/${name})${elsewhere}`,
  )
}
