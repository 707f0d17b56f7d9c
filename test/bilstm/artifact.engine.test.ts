import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { expect, it } from 'vitest'
import { loadModel, saveModel } from '../../src/bilstm/artifact.ts'
import { DataError } from '../../src/errors.ts'
import type { CellGrid } from '../../src/examples/pattern.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import type { Storage, StoredObject } from '../../src/storage/storage.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { plainNetwork } from './plain-lstm.ts'
import { someWeights } from './some-net.ts'
import { startTensorflow } from './tensorflow-reference.ts'

const grid: CellGrid = { lookbackDays: 3, channelCount: 2 }
const topology = { grid, width: 4, dropoutRate: 0.5 }

async function saved() {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const files = await saveModel(topology, someWeights(topology), storage, 'model/')
  const entry = (suffix: string): StoredObject => files.find(({ name }) => name.endsWith(suffix))!
  return { storage, files, weights: entry('weights.bin'), description: entry('model.json') }
}

/** The message that loading fails with. */
async function failure({ storage, files }: Pick<Awaited<ReturnType<typeof saved>>, 'storage' | 'files'>) {
  const error: unknown = await loadModel(storage, files, grid).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(DataError)
  return error instanceof Error ? error.message : ''
}

it('reads weights that lie anywhere in memory that others share', async () => {
  const { storage, files } = await saved()
  const pooled: Pick<Storage, 'read' | 'location'> = {
    location: storage.location,
    read: async (name) => {
      const bytes = (await storage.read(name)) ?? new Uint8Array()
      const pool = Buffer.alloc(bytes.length + 64, 0xff)
      pool.set(bytes, 24)
      return pool.subarray(24, 24 + bytes.length)
    },
  }
  expect((await loadModel({ ...storage, ...pooled }, files, grid)).weights).toEqual(someWeights(topology))
})

it('reads what it wrote, to the last bit', async () => {
  const { storage, files } = await saved()
  expect(files.map(({ name }) => name)).toEqual(['model/weights.bin', 'model/model.json'])
  expect(await loadModel(storage, files, grid)).toEqual({ grid, width: 4, weights: someWeights(topology) })
})

it('writes a model that TensorFlow.js loads and that predicts what the equations give', async () => {
  await startTensorflow()
  const { storage } = await saved()
  const bytes = (await storage.read('model/weights.bin'))!
  const { modelTopology, weightsManifest } = JSON.parse(
    new TextDecoder().decode(await storage.read('model/model.json')),
  ) as tf.io.ModelJSON
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights)
  const weightData = new Uint8Array(bytes).buffer
  const model = await layers.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }))
  const rows = [
    [
      [0, 1],
      [0, 0],
      [1, 1],
    ],
    [
      [1, 0],
      [0, 1],
      [0, 0],
    ],
  ]
  const predicted = tf.tidy(() => (model.predict(tf.tensor3d(rows)) as tf.Tensor).dataSync())
  predicted.forEach((probability, at) => {
    // Some 40 roundings a unit and day through two layers of slopes up to 1.
    expect(Math.abs(probability - plainNetwork(someWeights(topology), rows[at]!))).toBeLessThan(
      2 * 3 * 40 * 2 ** -24,
    )
  })
  // Described as TensorFlow.js itself would describe it.
  expect(modelTopology).toEqual(model.toJSON(undefined, false))
})

it('writes the same bytes for the same weights, and others for others', async () => {
  const [first, second] = [await saved(), await saved()]
  expect(second.files).toEqual(first.files)
  const { storage } = second
  const other = await saveModel(topology, someWeights(topology, 2), storage, 'other/')
  expect(other[0]?.crc32c).not.toBe(first.weights.crc32c)
  expect(other[1]?.crc32c).toBe(first.description.crc32c)
})

it('writes the files that TensorFlow.js defines', async () => {
  const { storage } = await saved()
  const text = new TextDecoder().decode(await storage.read('model/model.json'))
  const document = JSON.parse(text)
  expect(document).toMatchObject({
    format: 'layers-model',
    modelTopology: { class_name: 'Sequential' },
    weightsManifest: [{ paths: ['weights.bin'] }],
  })
  expect(document.weightsManifest[0].weights).toHaveLength(16)
  expect(document.weightsManifest[0].weights[0]).toEqual({
    name: 'first/forward_first_lstm/kernel',
    shape: [2, 16],
    dtype: 'float32',
  })
})

it('refuses a file that is missing, cut or changed', async () => {
  const whole = await saved()
  const { storage, weights, description } = whole
  const bytes = await storage.read(weights.name)
  const place = `${storage.location}/model/weights.bin`
  await storage.write(weights.name, [bytes!.subarray(0, 100)])
  expect(await failure(whole)).toBe(
    `${place}: bytes 100, the manifest says ${weights.bytes} (changed since the training? train again)`,
  )
  const flipped = bytes!.slice()
  flipped[17]! ^= 4
  const changed = await storage.write(weights.name, [flipped])
  const hexadecimal = (sum: number) => `0x${sum.toString(16).padStart(8, '0')}`
  expect(await failure(whole)).toBe(
    `${place}: crc32c ${hexadecimal(changed.crc32c)}, the manifest says ${hexadecimal(weights.crc32c)} ` +
      '(changed since the training? train again)',
  )
  await storage.delete(weights.name)
  expect(await failure(whole)).toBe(`${place} is missing, but the manifest lists it: train again`)
  expect(await failure({ storage, files: [description] })).toBe(
    `${storage.location}: the model's manifest lists no weights.bin; train again`,
  )
})

it('refuses a model of other patterns, and what is not a model', async () => {
  const { storage, files, weights } = await saved()
  const place = `${storage.location}/model/model.json`
  await expect(loadModel(storage, files, { lookbackDays: 4, channelCount: 2 })).rejects.toThrow(
    new DataError(`${place}: the model takes 3 x 2 cells, the export has 4 x 2; train again`),
  )
  const noModel = await storage.write('model/model.json', [new TextEncoder().encode('{"format":1}')])
  expect(await failure({ storage, files: [weights, noModel] })).toMatch(
    /model\.json is not a model that this version can read \(.+\); train again$/,
  )
})

it('refuses weights that are not numbers', async () => {
  const { storage, weights, description } = await saved()
  const bytes = (await storage.read(weights.name))!.slice()
  new DataView(bytes.buffer).setFloat32(40, Number.NaN, true)
  const broken = await storage.write(weights.name, [bytes])
  expect(await failure({ storage, files: [broken, description] })).toBe(
    `${storage.location}/model/weights.bin holds a weight that is not a finite number; train again`,
  )
})
