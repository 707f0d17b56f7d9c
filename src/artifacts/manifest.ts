import { crc32c } from '@node-rs/crc32'
import { z } from 'zod'
import { DataError, messageOf } from '../errors.ts'
import type { Storage, StoredObject } from '../storage/storage.ts'

const wholeNumber = z.int().nonnegative()
const crc32cSum = z.int().min(0).max(0xffff_ffff)

const shardEntry = z.strictObject({
  name: z.string(),
  records: wholeNumber,
  bytes: wholeNumber,
  crc32c: crc32cSum,
})

const storedFile = z.strictObject({ name: z.string(), bytes: wholeNumber, crc32c: crc32cSum })

const exportManifest = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.literal('export'),
  runId: z.string().min(1),
  sessionTime: z.iso.datetime(),
  options: z.strictObject({
    database: z.string(),
    table: z.string(),
    userColumn: z.string(),
    timeColumn: z.string(),
    actionColumn: z.string(),
    conversionColumn: z.string(),
    valueColumn: z.string().nullable(),
    conversionTypeColumn: z.string().nullable(),
    conversionType: z.string().nullable(),
    userTable: z.string().nullable(),
    usersPerTfrecord: z.int().positive().nullable(),
    from: z.number().nullable(),
    to: z.number().nullable(),
    timeZone: z.string(),
    lookbackDays: z.int().positive(),
    maxChannels: z.int().positive(),
    examples: z.enum(['user-days', 'td-mta']),
    validationFraction: z.number().min(0).max(1),
    seed: z.int(),
  }),
  channels: z.array(z.string()).min(1),
  channelColumns: z.array(z.string()).min(1),
  seedFormat: z.boolean(),
  period: z.strictObject({ firstAtSec: z.number(), lastAtSec: z.number() }),
  counts: z.strictObject({
    rows: wholeNumber,
    rowsWithoutUser: wholeNumber,
    rowsWithoutTime: wholeNumber,
    touches: wholeNumber,
    users: wholeNumber,
    conversions: wholeNumber,
    mergedConversionRows: wholeNumber,
    entryConversions: wholeNumber,
    entryValue: z.number(),
    conversionValue: z.number(),
    positiveExamples: wholeNumber,
    negativeExamples: wholeNumber,
    emptyNegativeExamples: wholeNumber,
    positivePatterns: wholeNumber,
    negativePatterns: wholeNumber,
    positiveValidationExamples: wholeNumber,
    negativeValidationExamples: wholeNumber,
  }),
  positiveShards: z.array(shardEntry),
  negativeShards: z.array(shardEntry),
  /** The evidence sample: what its rows hold, and where they are. */
  evidence: z.strictObject({
    rate: z.number().min(0).max(1),
    slots: z.int().positive(),
    firstDay: z.int(),
    days: z.int().positive(),
    /** First day of examples; null where that is each user's own. */
    firstExampleDay: z.int().nullable(),
    files: z.array(shardEntry),
  }),
})

const modelManifest = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.literal('model'),
  runId: z.string().min(1),
  sessionTime: z.iso.datetime(),
  exportCrc32c: crc32cSum,
  model: z.enum(['bilstm', 'hazard']),
  lookbackDays: z.int().positive(),
  channels: z.array(z.string()).min(1),
  seedFormat: z.boolean(),
  backend: z.string().nullable(),
  files: z.array(storedFile),
  bilstm: z
    .strictObject({
      width: z.int().positive(),
      dropoutRate: z.number().min(0).lt(1),
      keptEpoch: wholeNumber,
      valLoss: z.number().nullable(),
      baseRate: z.number().min(0).max(1),
    })
    .nullable(),
  /** Files of each BiLSTM that was fitted to resampled users; none unless asked for. */
  refits: z.array(z.array(storedFile)),
  hazard: z.strictObject({
    baseline: z.number().nonnegative(),
    halfLivesDays: z.array(z.number().positive()),
    weights: z.array(z.array(z.number().nonnegative())),
    /** Days that each column of the fit was at work on: the baseline, then the half-lives of each channel. */
    exposure: z.array(z.number().nonnegative()),
    logLikelihood: z.number(),
    iterations: wholeNumber,
  }),
})

/** What an export was made from and what it made; the later steps believe nothing else. Written last. */
export type ExportManifest = z.infer<typeof exportManifest>

/** What a model was fitted to and where it lies. The hazard model is in it, a BiLSTM's files are named by it. */
export type ModelManifest = z.infer<typeof modelManifest>

const EXPORT_MANIFEST_NAME = 'manifest.json'
const MODEL_MANIFEST_NAME = 'model/manifest.json'

/**
 * @returns the manifest and the CRC32C of its bytes, by which a model says what export it belongs to.
 * @throws {DataError} where there is none, or naming the field that isn't as this version writes it.
 */
export async function readExportManifest(
  storage: Storage,
  name: string = EXPORT_MANIFEST_NAME,
): Promise<{ readonly manifest: ExportManifest; readonly crc32c: number }> {
  const bytes = await storage.read(name)
  if (bytes === undefined) throw missing(storage, name, 'export')
  return { manifest: parseManifest(exportManifest, storage, name, bytes), crc32c: crc32c(bytes) }
}

/** @throws {DataError} where the manifest would not be readable again. */
export async function writeExportManifest(
  storage: Storage,
  manifest: ExportManifest,
  name: string = EXPORT_MANIFEST_NAME,
): Promise<StoredObject> {
  return storage.write(name, [encodeManifest(exportManifest, storage, name, manifest)])
}

/** @throws {DataError} where there is none, or naming the field that isn't as this version writes it. */
export async function readModelManifest(
  storage: Storage,
  name: string = MODEL_MANIFEST_NAME,
): Promise<ModelManifest> {
  const bytes = await storage.read(name)
  if (bytes === undefined) throw missing(storage, name, 'train')
  return parseManifest(modelManifest, storage, name, bytes)
}

/** @throws {DataError} where the manifest would not be readable again. */
export async function writeModelManifest(
  storage: Storage,
  manifest: ModelManifest,
  name: string = MODEL_MANIFEST_NAME,
): Promise<StoredObject> {
  return storage.write(name, [encodeManifest(modelManifest, storage, name, manifest)])
}

function missing(storage: Storage, name: string, step: 'export' | 'train'): DataError {
  const what = step === 'export' ? 'export' : 'model'
  // A bucket is the same for everybody; a directory can be one that ended with its container.
  const elsewhere = storage.location.includes('://')
    ? ''
    : `; where it did run, it wrote to a directory that is not this one: --data-dir (DATA_DIR) has to be ` +
      'gs://bucket/prefix, or on a volume that every container mounts'
  return new DataError(
    `no ${what} in ${storage.location}: run td-mta ${step} first (looked for ${storage.location}/${name})${elsewhere}`,
  )
}

/** Keys in the schema's order, whatever the order they were made in: the same manifest gives the same bytes. */
function encodeManifest<T>(schema: z.ZodType<T>, storage: Storage, name: string, manifest: T): Uint8Array {
  const checked = checkManifest(schema, storage, name, manifest)
  return new TextEncoder().encode(`${JSON.stringify(checked, null, 2)}\n`)
}

function parseManifest<T>(schema: z.ZodType<T>, storage: Storage, name: string, bytes: Uint8Array): T {
  let content: unknown
  try {
    content = JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    throw new DataError(
      `${storage.location}/${name} is no JSON (${messageOf(error)}): was it changed by hand? run the step again`,
      { cause: error },
    )
  }
  return checkManifest(schema, storage, name, content)
}

function checkManifest<T>(schema: z.ZodType<T>, storage: Storage, name: string, content: unknown): T {
  const checked = schema.safeParse(content)
  if (checked.success) return checked.data
  const [first] = checked.error.issues
  const field = first?.path.join('.') || 'the whole'
  const versions =
    field === 'schemaVersion'
      ? ' (this version reads schema 1: use the version that wrote it, or export again)'
      : ''
  throw new DataError(`${storage.location}/${name}: ${field}: ${first?.message}${versions}`, {
    cause: checked.error,
  })
}
