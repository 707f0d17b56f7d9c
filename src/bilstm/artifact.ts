import { z } from 'zod'
import { readFile } from '../artifacts/stored-file.ts'
import { DataError, messageOf } from '../errors.ts'
import type { CellGrid } from '../examples/pattern.ts'
import type { Storage, StoredObject } from '../storage/storage.ts'
import { describeModel, type Topology } from './topology.ts'
import { type NetShape, type Weight, weightShapes } from './weights.ts'

const TOPOLOGY_NAME = 'model.json'
const WEIGHTS_NAME = 'weights.bin'

/**
 * Writes a model as TensorFlow.js's own files, `model.json` and `weights.bin`, which `tf.loadLayersModel` reads.
 * @param weights in the order of `weightShapes`.
 * @param prefix such as `model/`.
 * @returns both files as written, for the manifest. The same weights give the same bytes.
 */
export async function saveModel(
  topology: Topology,
  weights: readonly Weight[],
  storage: Storage,
  prefix: string,
): Promise<readonly StoredObject[]> {
  const text = new TextEncoder().encode(`${JSON.stringify(describeModel(topology, WEIGHTS_NAME))}\n`)
  return [
    await storage.write(prefix + WEIGHTS_NAME, [encodeWeights(weights)]),
    await storage.write(prefix + TOPOLOGY_NAME, [text]),
  ]
}

/** A model as it was saved. */
export interface SavedModel extends NetShape {
  readonly weights: readonly Weight[]
}

/**
 * Reads a model written by {@link saveModel}.
 * @param files as the model's manifest lists them.
 * @throws {DataError} naming the file, where one is missing, or its size or checksum is not the manifest's, or it does
 * not hold a model for patterns on this grid.
 */
export async function loadModel(
  storage: Storage,
  files: readonly StoredObject[],
  grid: CellGrid,
): Promise<SavedModel> {
  const [topology, weights] = [entryOf(storage, files, TOPOLOGY_NAME), entryOf(storage, files, WEIGHTS_NAME)]
  const document = await readFile(storage, topology, 'train')
  const numbers = decodeNumbers(await readFile(storage, weights, 'train'))
  if (!numbers.every(Number.isFinite)) {
    throw new DataError(
      `${storage.location}/${weights.name} holds a weight that is not a finite number; train again`,
    )
  }
  const place = `${storage.location}/${topology.name}`
  const { cells, shapes } = decodeTopology(place, document)
  checkCells(place, cells, grid)
  const width = (shapes[0]?.at(-1) ?? 0) / 4
  checkShapes(place, shapes, { grid, width })
  return { grid, width, weights: splitNumbers(`${storage.location}/${weights.name}`, numbers, shapes) }
}

function entryOf(storage: Storage, files: readonly StoredObject[], suffix: string): StoredObject {
  const entry = files.find(({ name }) => name === suffix || name.endsWith(`/${suffix}`))
  if (entry !== undefined) return entry
  throw new DataError(`${storage.location}: the model's manifest lists no ${suffix}; train again`)
}

const layer = z.object({ config: z.object({ batch_input_shape: z.array(z.int().nullable()).optional() }) })

/** What of the description is looked at: it is that of a checksum in the manifest. */
const savedDocument = z.object({
  modelTopology: z.object({ config: z.object({ layers: z.array(layer).min(1) }) }),
  weightsManifest: z.array(z.object({ weights: z.array(z.object({ shape: z.array(z.int()) })) })),
})

/** @returns the cells that the model takes, [days, channels], and the shapes of its weights. */
function decodeTopology(place: string, bytes: Uint8Array) {
  try {
    const document = savedDocument.parse(JSON.parse(new TextDecoder().decode(bytes)))
    const [, ...cells] = document.modelTopology.config.layers[0]?.config.batch_input_shape ?? []
    const shapes = document.weightsManifest.flatMap(({ weights }) => weights.map(({ shape }) => shape))
    return { cells, shapes }
  } catch (error) {
    const reason =
      error instanceof z.ZodError ? z.prettifyError(error).replaceAll(/\s+/g, ' ') : messageOf(error)
    throw new DataError(`${place} is not a model that this version can read (${reason}); train again`, {
      cause: error,
    })
  }
}

function checkCells(place: string, cells: readonly (number | null)[], grid: CellGrid): void {
  const found = cells.join(' x ')
  const wanted = `${grid.lookbackDays} x ${grid.channelCount}`
  if (found === wanted) return
  throw new DataError(`${place}: the model takes ${found} cells, the export has ${wanted}; train again`)
}

/** Computations take the weights by their places. @throws {DataError} where they are not those of a net of ours. */
function checkShapes(place: string, shapes: readonly (readonly number[])[], shape: NetShape): void {
  const found = shapes.map((one) => one.join(' x '))
  const wanted = weightShapes(shape).map((one) => one.join(' x '))
  const at = wanted.findIndex((one, of) => one !== found[of])
  if (at < 0 && found.length === wanted.length) return
  const which = Math.max(at, 0)
  throw new DataError(
    `${place}: the model has ${found.length} weights, number ${which + 1} is ${found[which] ?? 'missing'}, ` +
      `${wanted.length} are needed, and that one is ${wanted[which]}; train again`,
  )
}

function splitNumbers(
  place: string,
  numbers: Float32Array,
  shapes: readonly (readonly number[])[],
): readonly Weight[] {
  let from = 0
  const weights = shapes.map((shape) => {
    const to = from + shape.reduce((product, length) => product * length, 1)
    const values = numbers.slice(from, to)
    from = to
    return { values, shape }
  })
  if (from === numbers.length) return weights
  throw new DataError(
    `${place} holds ${numbers.length} numbers, the model's description says ${from}; train again`,
  )
}

/** One after another, in the byte order of all processors that Node.js runs on. */
function encodeWeights(weights: readonly Weight[]): Uint8Array {
  const bytes = new Uint8Array(weights.reduce((sum, { values }) => sum + values.byteLength, 0))
  let at = 0
  for (const { values } of weights) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
    at += values.byteLength
  }
  return bytes
}

/** Copies: a Buffer may lie anywhere in memory that others share. */
function decodeNumbers(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer, 0, Math.floor(bytes.length / 4))
}
