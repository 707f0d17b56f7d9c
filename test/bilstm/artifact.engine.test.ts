import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { buildModel } from '../../src/bilstm/architecture.ts'
import { loadModel, saveModel } from '../../src/bilstm/artifact.ts'
import { valueFunctionOf } from '../../src/bilstm/prediction.ts'
import { startWasm } from '../../src/bilstm/wasm/kernels.ts'
import { DataError } from '../../src/errors.ts'
import type { CellGrid } from '../../src/examples/pattern.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import type { Storage, StoredObject } from '../../src/storage/storage.ts'
import { packPatterns } from '../pack-patterns.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const grid: CellGrid = { lookbackDays: 3, channelCount: 2 }

beforeAll(startWasm)

function someModel(seed = 1): LayersModel {
  const model = buildModel({ grid, width: 4, dropoutRate: 0.5, seed, baseRate: 0.01 })
  onTestFinished(() => {
    model.dispose()
  })
  tf.tidy(() => {
    const weights = model.getWeights()
    weights[14] = tf.tensor2d([1, -2, 0.5, 3], [4, 1])
    model.setWeights(weights)
  })
  return model
}

async function saved() {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const files = await saveModel(someModel(), storage, 'model/')
  const entry = (suffix: string): StoredObject => files.find(({ name }) => name.endsWith(suffix))!
  return { storage, files, weights: entry('weights.bin'), topology: entry('model.json') }
}

const patterns = packPatterns(grid, [
  { daysBefore: [], channels: [] },
  { daysBefore: [0, 2], channels: [1, 0] },
])

/** The message that loading fails with. */
async function failure({ storage, files }: Pick<Awaited<ReturnType<typeof saved>>, 'storage' | 'files'>) {
  const before = tf.memory().numTensors
  const error: unknown = await loadModel(storage, files, grid).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(DataError)
  expect(tf.memory().numTensors).toBe(before)
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
  const loaded = await loadModel({ ...storage, ...pooled }, files, grid)
  expect(await valueFunctionOf(loaded, grid)(patterns)).toEqual(
    await valueFunctionOf(someModel(), grid)(patterns),
  )
  loaded.dispose()
})

it('reads what it wrote: the same probabilities to the last bit', async () => {
  const { storage, files } = await saved()
  expect(files.map(({ name }) => name)).toEqual(['model/weights.bin', 'model/model.json'])
  const before = tf.memory().numTensors
  const loaded = await loadModel(storage, files, grid)
  expect(await valueFunctionOf(loaded, grid)(patterns)).toEqual(
    await valueFunctionOf(someModel(), grid)(patterns),
  )
  loaded.dispose()
  // someModel's own sixteen weights.
  expect(tf.memory().numTensors).toBe(before + 16)
})

it('writes the same bytes for the same weights, whatever was built before, and others for others', async () => {
  const [first, second] = [await saved(), await saved()]
  expect(second.files).toEqual(first.files)
  const { storage } = second
  const other = await saveModel(someModel(2), storage, 'other/')
  expect(other[0]?.crc32c).not.toBe(first.weights.crc32c)
  expect(other[1]?.crc32c).toBe(first.topology.crc32c)
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
  const { storage, weights, topology } = whole
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
  expect(await failure({ storage, files: [topology] })).toBe(
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
  const { storage, weights, topology } = await saved()
  const bytes = (await storage.read(weights.name))!.slice()
  new DataView(bytes.buffer).setFloat32(40, Number.NaN, true)
  const broken = await storage.write(weights.name, [bytes])
  expect(await failure({ storage, files: [broken, topology] })).toBe(
    `${storage.location}/model/weights.bin holds a weight that is not a finite number; train again`,
  )
})
