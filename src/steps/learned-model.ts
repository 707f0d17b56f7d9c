import { isDeepStrictEqual } from 'node:util'
import {
  type ExportManifest,
  type ModelManifest,
  type ModelOrigin,
  maybeReadModelManifest,
  type ReadExport,
  readModelManifest,
} from '../artifacts/manifest.ts'
import { maybeHazardMisfit, maybeReadCheckedExport } from '../artifacts/manifest-relations.ts'
import { ConfigError, DataError } from '../errors.ts'
import { labelOf } from '../options/resolve.ts'
import { optionsOfRecord, shapingEntries } from '../options/shaping.ts'
import type { Learned } from '../queries/extraction-plan.ts'
import type { Storage } from '../storage/storage.ts'
import type { World } from './world.ts'

/** A model, and the export that it was learned from, which lies beside it. */
export interface LearnedModel {
  readonly storage: Storage
  readonly model: ModelManifest
  /** Of the export that the model was learned from. */
  readonly manifest: ExportManifest
}

/**
 * @param asked the model of `--model`, where the step knows it.
 * @returns the model of `--model-from`, undefined where the run uses its own.
 * @throws {DataError} where there is none that can be used, or not the one that is asked for.
 * @throws {ConfigError} where it lies in the run's own data directory.
 */
export async function maybeModelFrom(
  { storage, modelStorage }: Pick<World, 'storage' | 'modelStorage'>,
  asked: ModelManifest['model'] | undefined,
): Promise<LearnedModel | undefined> {
  if (modelStorage === undefined) return undefined
  if (modelStorage.location === storage.location) {
    throw new ConfigError(
      `--model-from (MODEL_FROM) is the data directory of this run, ${storage.location}, whose export would replace the one ` +
        'that the model was learned from: give the run another --data-dir (DATA_DIR), or leave --model-from out',
    )
  }
  const learned = await ofModelFrom(modelStorage, () => readOther(modelStorage))
  if (asked !== undefined && asked !== 'hazard' && learned.model.bilstm === null) {
    throw new DataError(
      `${describeOrigin(learned)} was learned with --model hazard, --model (MODEL) is ${asked} here: ` +
        `give --model (MODEL) hazard here, too, or learn again there with --model (MODEL) ${asked}`,
    )
  }
  return learned
}

const LEARN_AGAIN = 'learn again there'

/** @throws {DataError} from the work, with the name of the option that led to it. */
async function ofModelFrom<T>({ location }: Storage, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    throw new DataError(`--model-from (MODEL_FROM) ${location}: ${error.message}`, { cause: error })
  }
}

async function readOther(storage: Storage): Promise<LearnedModel> {
  const model = await maybeReadModelManifest(storage, LEARN_AGAIN)
  if (model === undefined) {
    throw new DataError(
      'no model is there (looked for model/manifest.json in it): give the data directory of a run that trained one',
    )
  }
  const exported = await maybeReadCheckedExport(storage, LEARN_AGAIN)
  if (exported === undefined) {
    throw new DataError(
      `the export of the model is not there (looked for manifest.json in it): ${LEARN_AGAIN}`,
    )
  }
  return modelOf(storage, exported, model, LEARN_AGAIN)
}

/**
 * @param exported in the storage.
 * @returns the model in the storage.
 * @throws {DataError} where there is none, or it doesn't belong to the export.
 */
export async function readLearnedModel(storage: Storage, exported: ReadExport): Promise<LearnedModel> {
  return modelOf(storage, exported, await readModelManifest(storage), 'train again')
}

function modelOf(
  storage: Storage,
  { manifest, crc32c }: ReadExport,
  model: ModelManifest,
  again: string,
): LearnedModel {
  if (model.exportCrc32c !== crc32c) {
    throw new DataError(
      `the model was trained on another export (its run ${model.runId}, the export's run ${manifest.runId}): ${again}`,
    )
  }
  checkSameGrid(manifest, model, again)
  const misfit = maybeHazardMisfit(model)
  if (misfit !== undefined) throw new DataError(`model/manifest.json: ${misfit}: ${again}`)
  return { storage, model, manifest }
}

function checkSameGrid(manifest: ExportManifest, model: ModelManifest, again: string): void {
  if (model.lookbackDays === manifest.options.lookbackWindowDays && hasSameChannels(manifest, model)) return
  throw new DataError(
    `the model was trained on ${model.channels.length} channels and ${model.lookbackDays} days, ` +
      `the export has ${manifest.channels.length} and ${manifest.options.lookbackWindowDays}, or other channels: ${again}`,
  )
}

/** @throws {DataError} where an export can't be credited by the model of another run. */
export function checkFits(learned: LearnedModel, manifest: ExportManifest): void {
  checkSameMeaning(learned, optionsOfRecord(manifest.options))
  const { model } = learned
  if (!hasSameChannels(manifest, model)) {
    throw new DataError(
      `${describeOrigin(learned)} knows ${model.channels.length} channels, the export has ${manifest.channels.length}, or ` +
        'others, or in another order: export again with --model-from (MODEL_FROM), which takes them from the model',
    )
  }
  if (manifest.seedFormat === model.seedFormat) return
  const place = (seedFormat: boolean) =>
    seedFormat ? 'always on rows with a channel' : 'also on rows without a channel'
  throw new DataError(
    `${describeOrigin(learned)} was learned where conversions are ${place(model.seedFormat)}, in the export they are ` +
      `${place(manifest.seedFormat)}: export again with --model-from (MODEL_FROM)`,
  )
}

/** @returns whether both have the same channels in the same order. */
function hasSameChannels(
  { channels }: Pick<ExportManifest, 'channels'>,
  model: Pick<ModelManifest, 'channels'>,
): boolean {
  return isDeepStrictEqual(channels, model.channels)
}

/** @returns what the model decides of how touchpoints become examples. */
export function learnedFormat({ manifest }: Pick<LearnedModel, 'manifest'>): Learned {
  const { channels, seedFormat, options } = manifest
  return {
    channels,
    seedFormat,
    maxChannels: options.maxChannels,
    afterConversion: options.afterConversion ?? 'used-up',
  }
}

/** @returns the run that learned the model, as documents name it. */
export function originOf({ model }: Pick<LearnedModel, 'model'>): ModelOrigin {
  return { runId: model.runId, sessionTime: model.sessionTime }
}

/** @returns `the model of run r1 in gs://bucket/weekly`. */
export function describeOrigin({ model, storage }: Pick<LearnedModel, 'model' | 'storage'>): string {
  return `the model of run ${model.runId} in ${storage.location}`
}

/**
 * Where the rows are, and which, may differ from the export that a model was learned from; what an example means may not.
 * @throws {DataError} naming the option, both values and what to do.
 */
export function checkSameMeaning(learned: LearnedModel, here: Readonly<Record<string, unknown>>): void {
  const there: Readonly<Record<string, unknown>> = learned.manifest.options
  for (const [name, spec] of shapingEntries()) {
    if (spec.shapesExamples !== 'checked' || spec.describesRows) continue
    // Unset, it is the model's.
    if (name === 'afterConversion' && here[name] === undefined) continue
    if (isDeepStrictEqual(here[name] ?? null, there[name] ?? null)) continue
    throw new DataError(
      `${describeOrigin(learned)} was learned with ${labelOf(name, spec)} ${shown(there[name])}, this export has ${shown(here[name])}: ` +
        'give both the same value, or learn again',
    )
  }
}

function shown(value: unknown): string {
  return value === undefined || value === null ? 'unset' : String(value)
}
