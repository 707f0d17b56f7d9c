import { crc32c } from '@node-rs/crc32'
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import * as layers from '@tensorflow/tfjs-layers'
import { DataError, messageOf } from '../errors.ts'
import type { CellGrid } from '../examples/pattern.ts'
import { hexadecimal32 } from '../hexadecimal.ts'
import type { Storage, StoredObject } from '../storage/storage.ts'

const TOPOLOGY_NAME = 'model.json'
const WEIGHTS_NAME = 'weights.bin'

/**
 * Writes a model as TensorFlow.js's own files, `model.json` and `weights.bin`, which `tf.loadLayersModel` reads.
 * @param prefix such as `model/`.
 * @returns both files as written, for the manifest. The same weights give the same bytes: no dates are in them.
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
 * Reads a model that {@link saveModel} wrote, onto the current backend. The caller disposes of it.
 * @param files as the model's manifest names them.
 * @throws {DataError} naming the file, where one is missing, or its size or checksum is not the manifest's, or what is
 * in it is no model for patterns on this grid.
 */
export async function loadModel(
  storage: Storage,
  files: readonly StoredObject[],
  grid: CellGrid,
): Promise<LayersModel> {
  const topology = await readChecked(storage, files, TOPOLOGY_NAME)
  const weights = await readChecked(storage, files, WEIGHTS_NAME)
  checkFinite(storage, weights)
  const model = await decodeModel(storage, topology, weights)
  const found = model.inputs[0]?.shape.slice(1).join(' x ')
  const wanted = `${grid.lookbackDays} x ${grid.channelCount}`
  if (found === wanted) return model
  model.dispose()
  throw new DataError(
    `${storage.location}/${topology.name}: the model takes ${found} cells, the export has ${wanted}; train again`,
  )
}

interface CheckedFile {
  readonly name: string
  readonly bytes: Uint8Array
}

async function readChecked(
  storage: Storage,
  files: readonly StoredObject[],
  suffix: string,
): Promise<CheckedFile> {
  const entry = files.find(({ name }) => name === suffix || name.endsWith(`/${suffix}`))
  if (entry === undefined) {
    throw new DataError(`${storage.location}: the model's manifest names no ${suffix}; train again`)
  }
  const bytes = await storage.read(entry.name)
  const place = `${storage.location}/${entry.name}`
  if (bytes === undefined) throw new DataError(`${place} is missing; train again`)
  if (bytes.length !== entry.bytes) {
    throw new DataError(
      `${place} has ${bytes.length} bytes, the manifest says ${entry.bytes} (truncated?); train again`,
    )
  }
  const sum = crc32c(bytes)
  if (sum === entry.crc32c) return { name: entry.name, bytes }
  throw new DataError(
    `${place} has the crc32c ${hexadecimal32(sum)}, the manifest says ${hexadecimal32(entry.crc32c)} ` +
      '(changed since the training?); train again',
  )
}

async function decodeModel(
  storage: Storage,
  topology: CheckedFile,
  weights: CheckedFile,
): Promise<LayersModel> {
  try {
    const document = JSON.parse(new TextDecoder().decode(topology.bytes)) as tf.io.ModelJSON
    const handler = tf.io.fromMemory({
      modelTopology: document.modelTopology,
      weightSpecs: document.weightsManifest.flatMap((group) => group.weights),
      weightData: copyOf(weights.bytes),
    })
    return await layers.loadLayersModel(handler)
  } catch (error) {
    throw new DataError(
      `${storage.location}/${topology.name} is no model that this version reads (${messageOf(error)}); train again`,
      { cause: error },
    )
  }
}

function checkFinite(storage: Storage, { name, bytes }: CheckedFile): void {
  const values = new Float32Array(copyOf(bytes), 0, Math.floor(bytes.length / 4))
  if (values.every(Number.isFinite)) return
  throw new DataError(`${storage.location}/${name} holds a weight that is no finite number; train again`)
}

/** A Buffer's own `slice` is no copy: small ones lie anywhere in a pool that others share. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
