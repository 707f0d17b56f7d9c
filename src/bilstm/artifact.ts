import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import * as layers from '@tensorflow/tfjs-layers'
import { readFile } from '../artifacts/stored-file.ts'
import { DataError, messageOf } from '../errors.ts'
import type { CellGrid } from '../examples/pattern.ts'
import type { Storage, StoredObject } from '../storage/storage.ts'
import { weightShapes } from './initial-weights.ts'

const TOPOLOGY_NAME = 'model.json'
const WEIGHTS_NAME = 'weights.bin'

/**
 * Writes a model as TensorFlow.js's own files, `model.json` and `weights.bin`, which `tf.loadLayersModel` reads.
 * @param prefix such as `model/`.
 * @returns both files as written, for the manifest. The same weights give the same bytes: they contain no dates.
 */
export async function saveModel(
  model: LayersModel,
  storage: Storage,
  prefix: string,
): Promise<readonly StoredObject[]> {
  const topology: unknown = model.toJSON(undefined, false)
  const weights = Object.fromEntries(model.weights.map((weight) => [weight.originalName, weight.read()]))
  const { data, specs } = await tf.io.encodeWeights(weights)
  const document = {
    format: 'layers-model',
    generatedBy: 'td-mta',
    convertedBy: null,
    modelTopology: topology,
    weightsManifest: [{ paths: [WEIGHTS_NAME], weights: specs }],
  }
  const text = new TextEncoder().encode(`${JSON.stringify(document)}\n`)
  return [
    await storage.write(prefix + WEIGHTS_NAME, [new Uint8Array(data)]),
    await storage.write(prefix + TOPOLOGY_NAME, [text]),
  ]
}

/**
 * Reads a model written by {@link saveModel} onto the current backend. The caller disposes of it.
 * @param files as the model's manifest lists them.
 * @throws {DataError} naming the file, where one is missing, or its size or checksum is not the manifest's, or it does
 * not hold a model for patterns on this grid.
 */
export async function loadModel(
  storage: Storage,
  files: readonly StoredObject[],
  grid: CellGrid,
): Promise<LayersModel> {
  const [topology, weights] = [entryOf(storage, files, TOPOLOGY_NAME), entryOf(storage, files, WEIGHTS_NAME)]
  const document = await readFile(storage, topology, 'train')
  const numbers = copyOf(await readFile(storage, weights, 'train'))
  checkFinite(`${storage.location}/${weights.name}`, numbers)
  const model = await decodeModel(`${storage.location}/${topology.name}`, document, numbers)
  checkShapes(`${storage.location}/${topology.name}`, model, grid)
  const found = model.inputs[0]?.shape.slice(1).join(' x ')
  const wanted = `${grid.lookbackDays} x ${grid.channelCount}`
  if (found === wanted) return model
  model.dispose()
  throw new DataError(
    `${storage.location}/${topology.name}: the model takes ${found} cells, the export has ${wanted}; train again`,
  )
}

function entryOf(storage: Storage, files: readonly StoredObject[], suffix: string): StoredObject {
  const entry = files.find(({ name }) => name === suffix || name.endsWith(`/${suffix}`))
  if (entry !== undefined) return entry
  throw new DataError(`${storage.location}: the model's manifest lists no ${suffix}; train again`)
}

async function decodeModel(
  place: string,
  topology: Uint8Array,
  weightData: ArrayBuffer,
): Promise<LayersModel> {
  try {
    const { modelTopology, weightsManifest } = JSON.parse(
      new TextDecoder().decode(topology),
    ) as tf.io.ModelJSON
    const weightSpecs = weightsManifest.flatMap(({ weights }) => weights)
    return await layers.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }))
  } catch (error) {
    throw new DataError(
      `${place} is not a model that this version can read (${messageOf(error)}); train again`,
      { cause: error },
    )
  }
}

/**
 * Predictions take the weights by their places.
 * @throws {DataError} where they are not those of a model by `buildModel`; the model is disposed of.
 */
function checkShapes(place: string, model: LayersModel, grid: CellGrid): void {
  const shapes = model.weights.map(({ shape }) => shape.join(' x '))
  const width = (model.weights[0]?.shape.at(-1) ?? 0) / 4
  const channelCount = model.weights[0]?.shape[0] ?? grid.channelCount
  const wanted = weightShapes({ grid: { ...grid, channelCount }, width }).map((shape) => shape.join(' x '))
  const at = wanted.findIndex((shape, of) => shape !== shapes[of])
  if (at < 0 && shapes.length === wanted.length) return
  model.dispose()
  throw new DataError(
    `${place}: the model has ${shapes.length} weights, number ${Math.max(at, 0) + 1} is ${shapes[Math.max(at, 0)] ?? 'missing'}, ` +
      `${wanted.length} are needed, and that one is ${wanted[Math.max(at, 0)]}; train again`,
  )
}

function checkFinite(place: string, bytes: ArrayBuffer): void {
  const values = new Float32Array(bytes, 0, Math.floor(bytes.byteLength / 4))
  if (values.every(Number.isFinite)) return
  throw new DataError(`${place} holds a weight that is not a finite number; train again`)
}

/** A Buffer's own `slice` is not a copy: small buffers share a pool. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
